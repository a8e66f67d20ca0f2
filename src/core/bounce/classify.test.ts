import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { CATEGORIES, type Category } from '../pool/category.ts'
import { PROVIDERS } from '../pool/table/providers.ts'
import { RULES } from '../pool/table/rules.ts'
import { BOUNCE_RULES, classify, type Meant } from './classify.ts'
import { MEANINGS } from './meaning.ts'
import { ASKED } from './rule.ts'

/** Reads a line such as `550 5.1.1 Text`. */
function meant(line: string): Meant {
  const [, code = '', status = null, text = ''] = /^(\d{3})[ -](?:([245]\.\d{1,3}\.\d{1,3}) )?(.*)$/.exec(line) ?? []
  return classify({ provider: null, code: code === '' ? null : Number(code), status, text })
}

test('every rule is hit by its own lines and by none of those beside them', () => {
  for (const { id, tests, providers } of BOUNCE_RULES) {
    for (const line of tests.yes) assert.equal(meant(line).rule, id, line)
    for (const line of tests.no) assert.notEqual(meant(line).rule, id, line)
    assert.ok(tests.yes.length >= 3 || providers !== undefined, id)
    assert.ok(tests.no.length >= 2 || providers !== undefined, id)
  }
})

test('rules have names of their own, providers that exist, and a turn', () => {
  assert.equal(new Set(BOUNCE_RULES.map(({ id }) => id)).size, BOUNCE_RULES.length)
  for (const { id, providers = [], asked } of BOUNCE_RULES) {
    for (const key of providers) assert.ok(PROVIDERS.byKey.has(key), `${id}: ${key}`)
    assert.ok(ASKED.includes(asked), id)
  }
})

test('what is easily taken for something else is not', () => {
  const cases: readonly (readonly [line: string, category: Category])[] = [
    ['550 5.7.1 User budi blocked for sending spam from 192.0.2.1', 'block-ip'],
    ['550 5.7.1 The email account that you tried to reach does not exist', 'bad-mailbox'],
    ['550 5.1.1 Rejected: your IP is in an RBL', 'block-dnsbl'],
    ['550 5.1.1 <budi@far.example> mailbox is full', 'mailbox-full'],
    ['452 4.2.2 The inbox is out of storage space and inactive', 'mailbox-full-inactive'],
    ['550 Ip frequency limited', 'throttled'],
    ['550 5.4.1 Recipient address rejected: Access denied', 'bad-mailbox'],
    ['451 4.7.1 Greylisting in action, please come back later', 'greylist'],
    ['550 5.1.8 Sender address rejected: Domain not found', 'sender-rejected'],
    ['554 5.7.1 <budi@far.example>: Relay access denied', 'relay-denied'],
    ['550 5.7.1 <budi@far.example>: Recipient address rejected: User unknown', 'bad-mailbox'],
    ['550-5.7.26 Unauthenticated email is not accepted due to the domain’s DMARC policy', 'auth-failed'],
    ['550 Requested action not taken: mailbox unavailable', 'bad-mailbox'],
    ['450 Requested action not taken: mailbox unavailable', 'server-error'],
  ]
  for (const [line, category] of cases) assert.equal(meant(line).category, category, line)
})

test('a code that only the words hold counts, and a vague status gives way to it', () => {
  assert.equal(classify({ provider: null, code: null, status: '5.0.0', text: 'smtp; 550 5.1.6 recipient left' }).category, 'moved')
  assert.equal(classify({ provider: null, code: null, status: null, text: 'said: 552 no storage' }).category, 'mailbox-full')
})

/** What speaks of us, of the message or of the moment: nobody is left alone for it. */
const OURS: readonly Category[] = [
  'block-ip', 'block-dnsbl', 'block-domain', 'block-url', 'spam-content', 'spam-generic', 'auth-failed', 'throttled', 'greylist', 'policy', 'virus', 'attachment', 'too-large', 'protocol',
  'smtputf8-unsupported', 'too-many-recipients', 'sender-rejected', 'loop', 'recipient-rate', 'host-unreachable', 'dns-temp', 'timeout', 'server-busy', 'server-error', 'expired', 'unclassified',
]

test('categories that speak of us never suppress a recipient', () => {
  for (const category of OURS) assert.equal(MEANINGS[category].suppress, 'never', category)
})

test('no line of a rule that speaks of reputation, policy or authentication ever suppresses at once, under whatever code it comes', () => {
  const blocks = BOUNCE_RULES.filter(({ category, asked, codes }) => OURS.includes(category) && asked === 'first' && codes === undefined).flatMap(({ tests }) => tests.yes)
  const shaping = [...RULES.byId.values()].filter(({ scope }) => scope !== 'recipient').flatMap(({ tests }) => tests.yes).filter((line) => /^[45]\d\d /.test(line) && /spam|block|reputation|unusual|rate/i.test(line))
  const codes = fc.constantFrom('550 5.1.1', '550 5.7.1', '554', '450 4.2.0', '421 4.7.0', '550 5.0.0', '553 5.1.0', '550 5.2.1')
  fc.assert(
    fc.property(fc.constantFrom(...blocks, ...shaping), codes, (line, code) => {
      const { category } = meant(`${code} ${line.replace(/^\d{3}[ -](?:[245]\.\d+\.\d+ )?/, '')}`)
      const { suppress } = MEANINGS[category]
      return suppress === 'never' || suppress.after > 1
    }),
    { numRuns: 2_000 },
  )
})

test('no text throws, and long hostile ones cost no more than their length', () => {
  fc.assert(fc.property(fc.string({ maxLength: 3_000, unit: 'binary' }), (text) => CATEGORIES.includes(classify({ provider: null, code: 550, status: null, text }).category)))
  const pieces = ['user ', 'mailbox ', 'account  ', 'domain a', 'host ', 'spf ', 'sender ', '1.1.1.1 ', 'rate ', 'quota exceed ', 'ip ', 'attachment ', '<a@b>: ', 'not ', '. ']
  for (const piece of pieces) {
    // Rules that backtrack would take hours here, and the run has a limit.
    for (let i = 0; i < 50; i++) classify({ provider: null, code: 550, status: null, text: piece.repeat(1_000) })
  }
})

test('every category has its sentences in both languages', () => {
  for (const category of CATEGORIES) {
    const { what, advice } = MEANINGS[category]
    for (const text of [what.en, what.id, advice.en, advice.id]) assert.match(text, /^[A-Z].{5,120}\.$/, category)
  }
  assert.equal(Object.keys(MEANINGS).length, CATEGORIES.length)
})

test('every table is asked', () => {
  assert.deepEqual(readdirSync(new URL('./table', import.meta.url)).toSorted(), ['codes.ts', 'texts-other.ts', 'texts-recipient.ts', 'texts-sender.ts'])
})

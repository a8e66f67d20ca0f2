import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS } from '../../base/duration.ts'
import { BLOCKS } from './category.ts'
import { newStreamWindow, noteRecipient, unknownPercent } from './counts.ts'
import { MAX_REPLY_CHARS, STREAM_SAMPLE, STREAM_WINDOW } from './limits.ts'
import { loadRules, matchCount, matchRule, parseReplyLine } from './match-rule.ts'
import type { PeerReply } from './match-rule.ts'
import { perMinute } from './rate.ts'
import type { Rule } from './rule.ts'
import { atOnce, rate, reclass, retryAfter, SUSPEND } from './rule-words.ts'
import { PROVIDERS } from './table/providers.ts'
import { RULES } from './table/rules.ts'
import { hintedWaitMs, verdictOf } from './verdict.ts'

const GOOD: Rule = {
  id: 'X1', providers: ['gmail'], scope: 'source-site', when: [{ text: /slow down/i }], steps: [atOnce(HOUR_MS, rate(perMinute(1)))],
  note: { en: '', id: '' }, tests: { yes: ['450 slow down'], no: ['450 hello'] },
}
const KEYS = new Set(PROVIDERS.byKey.keys())

function reply(provider: string | null, line: string): PeerReply {
  const parsed = parseReplyLine(line)
  assert.ok(parsed !== null)
  return { ...parsed, provider, stage: 'final' }
}

test('All 56 rules are there, and each passes its own tests', () => {
  for (let n = 1; n <= 56; n++) assert.ok(RULES.byId.has(`A${n}`), `A${n}`)
  for (const { note, tests } of RULES.byId.values()) assert.ok(note.en !== '' && note.id !== '' && tests.yes.length > 0 && tests.no.length > 0)
})

test('A broken rule is refused with one line that names it', () => {
  const broken: readonly (readonly [Partial<Rule>, string])[] = [
    [{ providers: ['mss'] }, 'no provider has the key mss'],
    [{ tests: { yes: [], no: ['x'] } }, 'it needs a test of each kind'],
    [{ steps: [] }, 'it does nothing'],
    [{ when: [] }, 'nothing can hit it'],
    [{ when: [{ text: /(slow)+ down/i }] }, 'pattern /(slow)+ down/: nothing may repeat without an end or look around'],
    [{ when: [{ text: /slow.* down/i }] }, 'pattern /slow.* down/: nothing may repeat without an end or look around'],
    [{ when: [{ text: /slow(?= down)/i }] }, 'pattern /slow(?= down)/: nothing may repeat without an end or look around'],
    [{ when: [{ text: /slow.{0,200}down/i }] }, 'pattern /slow.{0,200}down/: one gap of 80 at most'],
    [{ when: [{ text: /slow.{0,20}do.{0,20}wn/i }] }, 'pattern /slow.{0,20}do.{0,20}wn/: one gap of 80 at most'],
    [{ when: [{ text: /slow down/ }] }, 'pattern /slow down/: want the flag i and no other'],
    [{ when: [{ text: /slow down/gi }] }, 'pattern /slow down/: want the flag i and no other'],
    [{ steps: [atOnce(null, SUSPEND)] }, 'a step that lasts needs to say how long'],
    [{ scope: 'recipient' }, 'a step that lasts needs a scope that does'],
    [{ steps: [{ ...atOnce(HOUR_MS, SUSPEND), after: { hits: 1, withinMs: HOUR_MS } }] }, 'a step after 1 hits: want 2 to 20'],
    [{ steps: [atOnce(HOUR_MS, rate({ count: 0, perMs: 1 }))] }, 'count must be a whole number from 1 to 1,000,000'],
    [{ steps: [atOnce(HOUR_MS, { do: 'rate', atMost: null, percent: 100 })] }, 'a share must be 1 to 99 percent'],
    [{ steps: [atOnce(null, reclass('bad-luck' as 'policy'))] }, 'no category is called bad-luck'],
    [{ steps: [atOnce(HOUR_MS, { do: 'hit', rule: 'X9' })] }, 'no other rule is called X9'],
    [{ steps: [atOnce(null, { do: 'reroute', pool: 'other' })] }, 'rerouting is for faults of the network, not for what a peer says'],
    [{ steps: [atOnce(HOUR_MS, { do: 'dance' } as never)] }, 'no action is called dance'],
    [{ tests: { yes: ['slow down'], no: ['450 hello'] } }, 'the test "slow down" is no reply'],
    [{ tests: { yes: ['450 hello'], no: ['450 hello'] } }, 'the test "450 hello" hits no rule'],
    [{ tests: { yes: ['450 slow down'], no: ['550 slow down'] } }, 'the test "550 slow down" hits X1'],
  ]
  for (const [change, message] of broken) assert.throws(() => loadRules([{ ...GOOD, ...change }], KEYS), { message: `rule X1: ${message}` })
  assert.throws(() => loadRules([GOOD, GOOD], KEYS), { message: 'rule X1: the id is there twice' })
  assert.equal(loadRules([GOOD], KEYS).byId.size, 1)
})

test('The first rule of the provider holds; rules for anybody are asked when none of the provider’s was hit', () => {
  const many = reply('gmail', '421 4.7.28 Too many connections from your IP address')
  assert.equal(matchRule(RULES, many)?.id, 'A1')
  assert.equal(matchRule(RULES, { ...many, provider: null })?.id, 'A52')
  assert.equal(matchRule(RULES, { ...many, provider: 'kpn' })?.id, 'A52')
  assert.equal(matchRule(RULES, reply(null, '421 Blocked by Spamhaus: too many connections, rate limit'))?.id, 'A50')
  assert.equal(matchRule(RULES, reply(null, '421 Too many connections, rate limit'))?.id, 'A52')
  assert.equal(matchRule(RULES, reply('gmail', '450 4.2.1 The user gets mail at a rate too high'))?.id, 'A13')
})

test('What is no refusal hits nothing', () => {
  assert.equal(matchRule(RULES, reply('gmail', '250 2.0.0 Greylisted, too many connections')), null)
  assert.equal(matchRule(RULES, reply(null, '550 5.1.1 No such user')), null)
})

test('A customer’s own refusal at Microsoft does not stop mail for the others there', () => {
  assert.equal(matchRule(RULES, reply('m365', '550 5.7.1 TRANSPORT.RULES.RejectMessage; banned sender, delist@example.com')), null)
})

test('Counts hit from their threshold on', () => {
  assert.equal(matchCount(RULES, 'connect-failures', 50)?.id, 'A55')
  assert.equal(matchCount(RULES, 'connect-failures', 49), null)
  assert.equal(matchCount(RULES, 'unknown-users', 20)?.id, 'A54')
})

test('A refusal for our reputation never suppresses the recipient; a 5xx of that kind does not end the message', () => {
  for (const rule of RULES.byId.values()) {
    const verdict = verdictOf(rule, '')
    if (rule.id === 'A24') assert.deepEqual(verdict, { ...verdict, keep: false, category: 'bad-mailbox', sparesRecipient: false })
    else assert.equal(verdict.sparesRecipient, true, rule.id)
    if (verdict.category !== null && BLOCKS.includes(verdict.category)) assert.equal(verdict.keep, true, rule.id)
    if (rule.steps.some(({ actions }) => actions.some(({ do: what }) => what === 'suspend'))) assert.equal(verdict.keep, true, rule.id)
  }
})

test('A message is told when to come back, and whether from the same address', () => {
  const of = (provider: string | null, line: string): ReturnType<typeof verdictOf> | null => {
    const rule = matchRule(RULES, reply(provider, line))
    return rule === null ? null : verdictOf(rule, line)
  }
  assert.deepEqual([of(null, '450 4.2.0 Greylisted')?.retryAfterMs, of(null, '450 4.2.0 Greylisted')?.sameSource], [360_000, true])
  assert.equal(of('m365', '451 4.7.500 Server busy')?.retryAfterMs, 900_000)
  assert.equal(of('qq', '550 Ip frequency limited')?.keep, true)
  assert.equal(of('qq', '550 Mail content denied')?.keep, false)
  assert.equal(retryAfter(5).do, 'retry-after')
})

test('A greylist that names its time is obeyed, within reason', () => {
  const hints: readonly (readonly [string, number])[] = [
    ['Greylisted, see you in 900 seconds', 900_000], ['come back in 00:05:30', 330_000], ['coba lagi dalam 10 menit', 600_000], ['retry in 2h', 7_200_000],
    ['try later', 0], ['wait 99999 hours', 4 * HOUR_MS], ['see http://x.example/5', 0], ['192.0.2.1 is new', 0],
  ]
  for (const [text, ms] of hints) assert.equal(hintedWaitMs(text), ms, text)
  const rule = RULES.byId.get('A51')
  assert.ok(rule !== undefined)
  assert.equal(verdictOf(rule, 'Greylisted for 60 seconds').retryAfterMs, 360_000)
  assert.equal(verdictOf(rule, 'Greylisted for 20 minutes').retryAfterMs, 1_200_000)
})

test('Replies are taken apart as servers write them', () => {
  assert.deepEqual(parseReplyLine('421-4.7.28 Gmail says'), { code: 421, enhanced: '4.7.28', text: 'Gmail says' })
  assert.deepEqual(parseReplyLine('550 No'), { code: 550, enhanced: null, text: 'No' })
  assert.deepEqual(parseReplyLine('550'), { code: 550, enhanced: null, text: '' })
  assert.equal(parseReplyLine('hello'), null)
  assert.equal(parseReplyLine('5500 x'), null)
})

test('Whatever a peer says, matching ends, and sees no more than its limit', () => {
  const providers = [null, ...PROVIDERS.byKey.keys()]
  const words = fc.constantFrom('rate', 'exceed', 'limit', 'blocked', 'listed', 'spamhaus', ' ', 'TSS0', '[', 'concurren', 'IP ', '\n')
  const text = fc.oneof(fc.string({ maxLength: 3000 }), fc.array(words, { maxLength: 1000 }).map((list) => list.join('')))
  fc.assert(
    fc.property(fc.constantFrom(...providers), fc.integer({ min: 200, max: 599 }), fc.option(fc.constantFrom('4.7.28', '5.7.1', '4.7.0', 'x')), text, (provider, code, enhanced, text) => {
      const found = matchRule(RULES, { provider, stage: 'rcpt', code, enhanced, text })
      const cut = matchRule(RULES, { provider, stage: 'rcpt', code, enhanced, text: text.slice(0, MAX_REPLY_CHARS) })
      assert.equal(found, cut)
    }),
  )
})

test('The window of a stream counts what it remembers, exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 1500 }), (fates) => {
      const window = newStreamWindow()
      for (const isUnknown of fates) noteRecipient(window, isUnknown ? 'unknown' : 'known')
      const last = fates.slice(-STREAM_WINDOW)
      assert.equal(window.unknown, last.filter(Boolean).length)
      const percent = last.length < STREAM_SAMPLE ? 0 : (last.filter(Boolean).length * 100) / last.length
      assert.equal(unknownPercent(window), percent)
    }),
    { numRuns: 50 },
  )
})

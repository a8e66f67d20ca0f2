import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../../base/brand.ts'
import { ENTRY_KINDS, type EntryKind, type FilterEntry, KINDS_ON, readEntryValue } from './entry.ts'
import { entryKeys, type EntryFacts, type EntryProof } from './facts.ts'
import { HitCounter } from './hits.ts'
import { decideByEntries, entryFindings } from './precedence.ts'

const FACTS: EntryFacts = { client: '192.0.2.7', ehlo: 'mx.far.example', from: ['Cici@Far.example'], envelope: 'bounce.far.example', signers: ['far.example'], links: ['www.jahat.example'], recipient: 'ani@home.example' }
const NO_PROOF: EntryProof = { aligned: null, spf: null, isEhloVerified: false }

const entry = (over: Partial<FilterEntry> = {}): FilterEntry => ({
  id: 'f1', organization: 'o1' as OrganizationId, owner: { kind: 'platform' }, kind: 'net', value: '192.0.2.0/24', action: 'reject', comment: '', author: '', createdMs: 0, expiresMs: null, hits: 0, hitMs: null, ...over,
})
const ACCOUNT = { owner: { kind: 'account', account: 'a1' } } as const
const DOMAIN = { owner: { kind: 'domain', domain: 'home.example' } } as const

/** What is decided, by which entry, and which one had no proof. */
function decided(entries: readonly FilterEntry[], proof: Partial<EntryProof> = {}, facts: Partial<EntryFacts> = {}): string {
  const { decision, unproven } = decideByEntries(entries, { ...FACTS, ...facts }, { ...NO_PROOF, ...proof }, 1000)
  const what = decision.kind === 'deny' ? decision.action : decision.kind
  return [what, ...(decision.kind === 'none' ? [] : [decision.entry.id]), ...(unproven === null ? [] : [`unproven ${unproven.id}`])].join(' ')
}

test('values have one form', () => {
  const forms: readonly (readonly [EntryKind, string, string | null])[] = [
    ['net', '192.0.2.7', '192.0.2.7/32'], ['net', '192.0.2.7/24', '192.0.2.0/24'], ['net', '192.0.2.255/25', '192.0.2.128/25'], ['net', '2001:DB8::1', '2001:db8::1/128'], ['net', '2001:db8:ffff::/33', '2001:db8:8000::/33'], ['net', '::ffff:192.0.2.7/120', '192.0.2.0/24'],
    ['net', '0.0.0.0/0', null], ['net', '192.0.2.7/33', null], ['net', '192.0.2', null], ['net', '::/8', null], ['net', 'far.example', null], ['net', '', null], ['net', 'fe80::1%eth0', null],
    ['from', 'Cici@FAR.example', 'cici@far.example'], ['from', 'FAR.example', 'far.example'], ['from', '*.Far.example', '*.far.example'], ['from', '@far.example', null], ['from', '*@far.example', '*@far.example'], ['from', 'a@[192.0.2.1]', null],
    ['ehlo', 'mx.far.example', 'mx.far.example'], ['envelope', 'a@far.example', null], ['signer', '*.*.example', null], ['recipient', 'ani@home.example', 'ani@home.example'], ['signer', 'x'.repeat(300), null],
  ]
  for (const [kind, text, wanted] of forms) {
    const read = readEntryValue(kind, text)
    assert.equal(read.ok ? read.value : null, wanted, `${kind} ${text}`)
  }
})

test('each kind looks at what it names, and a domain is not what lies below it', () => {
  const matches: readonly (readonly [EntryKind, string, boolean])[] = [
    ['net', '192.0.2.7/32', true], ['net', '192.0.2.8/32', false], ['net', '192.0.0.0/16', true], ['ehlo', 'mx.far.example', true], ['ehlo', 'far.example', false], ['ehlo', '*.far.example', true], ['ehlo', '*.example', true],
    ['from', 'cici@far.example', true], ['from', 'far.example', true], ['from', '*.far.example', false], ['envelope', 'bounce.far.example', true], ['envelope', '*.far.example', true], ['envelope', 'far.example', false],
    ['signer', 'far.example', true], ['recipient', 'ani@home.example', true], ['recipient', 'home.example', true], ['recipient', 'far.example', false],
  ]
  for (const [kind, value, isMatch] of matches) assert.equal(decided([entry({ kind, value })]), isMatch ? 'reject f1' : 'none', `${kind} ${value}`)
  assert.equal(decided([entry({ kind: 'from', value: 'far.example' })], {}, { from: [`${'x'.repeat(99)}@far.example`] }), 'reject f1')
  assert.equal(decided([entry()], {}, { client: '::ffff:192.0.2.7' }), 'reject f1')
  assert.equal(decided([entry({ kind: 'net', value: '2001:db8::/32' })], {}, { client: '2001:db8::9' }), 'reject f1')
})

test('the account comes before the domain, the domain before the platform, and allow before deny', () => {
  const allow = (id: string, owner: Partial<FilterEntry>): FilterEntry => entry({ id, action: 'allow', ...owner })
  const deny = (id: string, owner: Partial<FilterEntry>): FilterEntry => entry({ id, ...owner })
  assert.equal(decided([deny('p', {}), allow('d', DOMAIN), deny('a', ACCOUNT)]), 'reject a')
  assert.equal(decided([deny('p', {}), allow('d', DOMAIN)]), 'allow d')
  assert.equal(decided([allow('p', {}), deny('d', DOMAIN)]), 'reject d')
  assert.equal(decided([deny('d', ACCOUNT), allow('a', { ...ACCOUNT, kind: 'signer', value: 'far.example' })]), 'allow a')
  assert.equal(decided([]), 'none')
})

test('who may be forged counts in full only with a proof', () => {
  const from = entry({ kind: 'from', value: 'cici@far.example', action: 'allow', ...ACCOUNT })
  assert.equal(decided([from], { aligned: 'Far.example' }), 'allow f1')
  assert.equal(decided([from], { aligned: 'evil.example' }, { from: ['cici@far.example', 'x@evil.example'] }), 'none unproven f1')
  assert.equal(decided([from]), 'none unproven f1')
  assert.equal(decided([from, entry({ id: 'p' })]), 'reject p unproven f1')
  assert.equal(decided([from, entry({ id: 'p', action: 'allow' })]), 'allow p')
  const envelope = entry({ kind: 'envelope', value: 'bounce.far.example', action: 'allow' })
  assert.deepEqual([decided([envelope], { spf: 'Bounce.far.example' }), decided([envelope], { spf: 'far.example' }), decided([envelope])], ['allow f1', 'none unproven f1', 'none unproven f1'])
  const ehlo = entry({ kind: 'ehlo', value: '*.far.example', action: 'allow' })
  assert.deepEqual([decided([ehlo], { isEhloVerified: true }), decided([ehlo])], ['allow f1', 'none unproven f1'])
  for (const [kind, value] of [['net', '192.0.2.0/24'], ['signer', 'far.example'], ['recipient', 'home.example']] as const) assert.equal(decided([entry({ kind, value, action: 'allow' })]), 'allow f1')
  assert.deepEqual(entryFindings({ decision: { kind: 'none' }, forwarder: null, trap: null, unproven: from }), [{ rule: 'LISTED_BY_NAME_ONLY', evidence: 'cici@far.example' }])
})

test('a declared forwarder neither lets in nor keeps out, and an envelope must be proven', () => {
  const forwarder = (entries: readonly FilterEntry[], proof: Partial<EntryProof> = {}): string | null => decideByEntries(entries, FACTS, { ...NO_PROOF, ...proof }, 1000).forwarder?.id ?? null
  const net = entry({ action: 'forward', ...ACCOUNT })
  assert.deepEqual([decided([net]), forwarder([net])], ['none', 'f1'])
  assert.deepEqual([decided([net, entry({ id: 'r' })]), forwarder([net, entry({ id: 'r' })])], ['reject r', 'f1'])
  assert.equal(forwarder([entry({ action: 'forward', value: '198.51.100.0/24' })]), null)
  const envelope = entry({ action: 'forward', kind: 'envelope', value: 'bounce.far.example' })
  assert.deepEqual([forwarder([envelope], { spf: 'bounce.far.example' }), forwarder([envelope])], ['f1', null])
})

test('an entry for a link keeps out what leads to its domain or below it, and nothing lets in by a link', () => {
  const link = (value: string): FilterEntry => entry({ kind: 'link', value })
  assert.deepEqual([decided([link('jahat.example')]), decided([link('www.jahat.example')]), decided([link('example.test')]), decided([link('jahat.example')], {}, { links: ['tidakjahat.example', '192.0.2.1', ''] })], ['reject f1', 'reject f1', 'none', 'none'])
  assert.deepEqual([readEntryValue('link', '*.Jahat.example'), KINDS_ON.allow.includes('link'), KINDS_ON.deny.includes('link')], [{ ok: true, value: 'jahat.example' }, false, true])
})

test('a trap is told, whatever else decides', () => {
  const trap = entry({ id: 't', action: 'trap', kind: 'recipient', value: 'ani@home.example' })
  const of = (entries: readonly FilterEntry[], facts: Partial<EntryFacts> = {}): string | null => decideByEntries(entries, { ...FACTS, ...facts }, NO_PROOF, 1000).trap?.id ?? null
  assert.deepEqual([of([trap]), of([trap, entry({ action: 'allow' })]), of([trap], { recipient: 'budi@home.example' }), decided([trap])], ['t', 't', null, 'none'])
})

test('of several that deny, the gravest decides, and what is over does not', () => {
  assert.equal(decided([entry({ id: 'j', action: 'junk' }), entry({ id: 'd', action: 'discard' }), entry({ id: 'r' })]), 'reject r')
  assert.equal(decided([entry({ id: 'j', action: 'junk' }), entry({ id: 'd', action: 'discard' })]), 'discard d')
  assert.equal(decided([entry({ expiresMs: 1000 })]), 'none')
  assert.equal(decided([entry({ expiresMs: 1001 })]), 'reject f1')
})

test('hits are counted once each and not lost when they could not be written', () => {
  const counter = new HitCounter()
  counter.hit({ id: 'a' }, 5)
  counter.hit({ id: 'a' }, 9)
  counter.hit({ id: 'b' }, 7)
  const taken = counter.take()
  assert.deepEqual(taken, [{ id: 'a', count: 2, atMs: 9 }, { id: 'b', count: 1, atMs: 7 }])
  assert.deepEqual(counter.take(), [])
  counter.hit({ id: 'a' }, 11)
  counter.restore(taken)
  assert.deepEqual(counter.take().map(({ id, count, atMs }) => [id, count, atMs]), [['a', 3, 11], ['b', 1, 7]])
  for (let at = 0; at < 5000; at++) counter.hit({ id: `x${at}` }, 1)
  assert.equal(counter.take().length, 1000)
})

test('whatever strangers say, the keys are few and fit for a store, and a value that was read is one of them', () => {
  const any = fc.oneof(fc.string({ unit: 'binary' }), fc.domain(), fc.emailAddress(), fc.ipV4(), fc.ipV6())
  fc.assert(fc.property(any, fc.array(any, { maxLength: 20 }), any, fc.array(any, { maxLength: 20 }), (client, from, text, signers) => {
    const keys = entryKeys({ client, ehlo: text, from, envelope: text, signers, links: from, recipient: text })
    assert.ok(keys.length < 5_000)
    for (const key of keys) assert.ok(key.isWellFormed() && !/\p{Cc}/u.test(key))
  }))
  fc.assert(fc.property(any, fc.constantFrom(...ENTRY_KINDS), (text, kind) => {
    const read = readEntryValue(kind, text)
    if (!read.ok || read.value.length > 200) return // With something before it, it would be too long for what it stands in.
    assert.deepEqual(readEntryValue(kind, read.value), read)
    const sample = read.value.includes('@') ? read.value : read.value.replace(/^[*]/, 'x').replace(/\/\d+$/, '')
    const facts: EntryFacts = { client: sample, ehlo: sample, from: [sample.includes('@') ? sample : `x@${sample}`], envelope: sample, signers: [sample], links: [sample], recipient: sample.includes('@') ? sample : `x@${sample}` }
    assert.ok(entryKeys(facts).includes(`${kind} ${read.value}`), read.value)
  }))
})

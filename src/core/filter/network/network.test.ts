import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MemoryDns, type MemoryEntry } from '../../../../test/support/dns/memory.ts'
import { checkSpf } from '../../../proto/spf/check.ts'
import { parseClient } from '../../../proto/spf/client.ts'
import type { Finding } from '../finding.ts'
import { DNS_LISTS } from '../table/dns-lists.ts'
import { NETWORK_RULES } from '../table/network.ts'
import { isGenericName } from './generic-name.ts'
import { heloFindings, type HeloForm, lookUpHelo, readHelo } from './helo.ts'
import { iprevResult, lookUpReverse, reverseFindings } from './reverse.ts'
import { localSenderFindings, lookUpSenderDomain, senderDomainFindings, senderRefusal } from './sender.ts'
import { spfFindings } from './spf.ts'

const live = new AbortController().signal
const rules = (findings: readonly Finding[]): readonly string[] => findings.map(({ rule }) => rule)

test('the names of an address count when one of them leads back', async () => {
  const reverse = async (names: Readonly<Record<string, MemoryEntry>>, client = '192.0.2.1'): Promise<readonly string[]> => {
    const found = await lookUpReverse(client, new MemoryDns(names), live)
    return [found.kind, iprevResult(found), ...rules(reverseFindings(found))]
  }
  assert.deepEqual(await reverse({}), ['none', 'permerror', 'RDNS_NONE'])
  assert.deepEqual(await reverse({ '192.0.2.1': { PTR: ['lies.example', 'mx.example'] }, 'mx.example': { A: ['192.0.2.1'] } }), ['verified', 'pass'])
  assert.deepEqual(await reverse({ '192.0.2.1': { PTR: ['mx.example'] }, 'mx.example': { A: ['192.0.2.2'] } }), ['mismatch', 'fail', 'RDNS_MISMATCH'])
  assert.deepEqual(await reverse({ '192.0.2.1': { PTR: ['192-0-2-1.isp.example'] }, '192-0-2-1.isp.example': { A: ['192.0.2.1'] } }), ['verified', 'pass', 'RDNS_GENERIC'])
  assert.deepEqual(await reverse({ '192.0.2.1': { trouble: 'servfail' } }), ['unknown', 'temperror'])
  assert.deepEqual(await reverse({ '192.0.2.1': { PTR: ['mx.example'] }, 'mx.example': { trouble: 'timeout' } }), ['unknown', 'temperror'])
  assert.deepEqual(await reverse({ '2001:db8::1': { PTR: ['mx.example'] }, 'mx.example': { AAAA: ['2001:db8:0::1'] } }, '2001:db8::1'), ['verified', 'pass'])
})

test('names that are made of the address, or of words for lines, look generic', () => {
  const generic = ['host-203-0-113-25.isp.example', '25.113.0.203.isp.example', 'ip203000113025.isp.example', 'cb007119.isp.example', '0-113-25.isp.example', 'a1.dsl.isp.example', 'pool7.isp.example', 'dhcp-cust.x.isp.example']
  const given = ['mx1.far.example', 'mail.example', 'a8-25.smtp-out.far.example', 'mta-203.far.example', 'smtp.dynamic.example', 'dsl.example', 'pooler.far.example', 'out-113-25.far.example']
  const four = parseClient('203.0.113.25')
  assert.ok(four)
  for (const name of generic) assert.equal(isGenericName(name, four), true, name)
  for (const name of given) assert.equal(isGenericName(name, four), false, name)
  const six = parseClient('2001:db8:1:2:a1b2:c3d4:e5f6:1234')
  const chosen = parseClient('2001:db8::25')
  assert.ok(six && chosen)
  for (const name of ['a1b2c3d4e5f61234.isp.example', 'x-a1b2-c3d4-e5f6-1234.isp.example']) assert.equal(isGenericName(name, six), true, name)
  for (const name of ['mx25.far.example', '0-0-0-25.far.example']) assert.equal(isGenericName(name, chosen), false, name)
})

const OURS = { names: ['mx.home.example'], addresses: ['198.51.100.1', '2001:db8::1'] }
const form = (helo: string, client = '192.0.2.1'): HeloForm['kind'] => readHelo({ helo, client, ours: OURS }).kind

test('what a client calls itself is read by its form', () => {
  assert.deepEqual(['mx.far.example', 'MX.Far.Example.', 'localhost', '192.0.2.1', '[192.0.2.1]', '[IPv6:2001:db8::9]', 'mx.home.example', 'MX.HOME.EXAMPLE', '[198.51.100.1]', '198.51.100.1', '[ipv6:2001:DB8:0::1]', '', 'a b', '-x.example', '[x]', 'x'.repeat(300)].map((helo) => form(helo)), [
    'name', 'name', 'no-dot', 'bare-address', 'literal', 'literal', 'ours', 'ours', 'ours', 'ours', 'ours', 'broken', 'broken', 'broken', 'broken', 'broken',
  ])
  assert.deepEqual(readHelo({ helo: '[::ffff:192.0.2.1]', client: '192.0.2.1', ours: OURS }), { kind: 'literal', isClient: true })
  assert.deepEqual(readHelo({ helo: '[192.0.2.9]', client: '192.0.2.1', ours: OURS }), { kind: 'literal', isClient: false })
  // We ourselves may say who we are.
  assert.equal(form('mx.home.example', '198.51.100.1'), 'name')
})

test('a name speaks for the client when it leads to it, and against it when it leads nowhere', async () => {
  const leads = async (names: Readonly<Record<string, MemoryEntry>>, client = '192.0.2.1'): Promise<readonly string[]> => {
    const found = await lookUpHelo('mx.far.example', client, new MemoryDns(names), live)
    return [found, ...rules(heloFindings(readHelo({ helo: 'mx.far.example', client, ours: OURS }), 'mx.far.example', found))]
  }
  assert.deepEqual(await leads({ 'mx.far.example': { A: ['192.0.2.1'] } }), ['to-client', 'HELO_LEADS_BACK'])
  assert.deepEqual(await leads({ 'mx.far.example': { AAAA: ['2001:db8::7'] } }, '2001:db8::7'), ['to-client', 'HELO_LEADS_BACK'])
  assert.deepEqual(await leads({ 'mx.far.example': { A: ['192.0.2.2'] } }), ['elsewhere'])
  assert.deepEqual(await leads({ 'mx.far.example': { AAAA: ['2001:db8::7'] } }), ['elsewhere'])
  assert.deepEqual(await leads({ 'mx.far.example': { MX: [[1, 'x.example']] } }), ['elsewhere'])
  assert.deepEqual(await leads({}), ['nowhere', 'HELO_NOT_FOUND'])
  assert.deepEqual(await leads({ 'mx.far.example': { trouble: 'timeout' } }), ['unknown'])
})

test('a sender whose domain takes no mail is refused, and one that nobody can tell us about has to wait', async () => {
  const of = async (entry: MemoryEntry | null): Promise<readonly unknown[]> => {
    const domain = await lookUpSenderDomain('far.example', new MemoryDns(entry === null ? {} : { 'far.example': entry }), live)
    const refusal = senderRefusal(domain)
    return [domain.kind, refusal?.code ?? null, refusal?.status ?? null, ...rules(senderDomainFindings(domain, 'far.example'))]
  }
  assert.deepEqual(await of({ MX: [[10, 'mx.far.example']] }), ['reachable', null, null])
  assert.deepEqual(await of({ A: ['192.0.2.1'] }), ['reachable', null, null])
  assert.deepEqual(await of({ AAAA: ['2001:db8::1'] }), ['reachable', null, null])
  assert.deepEqual(await of({ MX: [[0, '']] }), ['null-mx', 550, '5.7.27', 'SENDER_NULL_MX'])
  assert.deepEqual(await of({ MX: [[0, ''], [1, 'mx.far.example']] }), ['reachable', null, null])
  assert.deepEqual(await of(null), ['missing', 550, '5.1.8', 'SENDER_NOT_FOUND'])
  assert.deepEqual(await of({ TXT: ['x'] }), ['missing', 550, '5.1.8', 'SENDER_NOT_FOUND'])
  assert.deepEqual(await of({ trouble: 'servfail' }), ['unknown', 451, '4.1.8'])
})

test('who sends under a domain of ours has logged in, or SPF of that domain lets it', () => {
  const local = (over: Partial<Parameters<typeof localSenderFindings>[0]>): readonly string[] => rules(localSenderFindings({ domain: 'home.example', isHosted: true, isTrusted: false, spf: { verdict: 'none', identity: 'mailfrom', domain: 'home.example' }, ...over }))
  assert.deepEqual(local({}), ['LOCAL_SENDER'])
  assert.deepEqual(local({ spf: { verdict: 'pass', identity: 'mailfrom', domain: 'other.example' } }), ['LOCAL_SENDER'])
  assert.deepEqual(local({ spf: { verdict: 'pass', identity: 'mailfrom', domain: 'home.example' } }), [])
  assert.deepEqual(local({ isTrusted: true }), [])
  assert.deepEqual(local({ isHosted: false }), [])
})

test('an SPF result is a finding that says what decided', async () => {
  const dns = new MemoryDns({ 'far.example': { TXT: ['v=spf1 include:_a.example -all'] }, '_a.example': { TXT: ['v=spf1 ip4:192.0.2.0/24'] } })
  const of = async (client: string, domain = 'far.example'): Promise<readonly Finding[]> => spfFindings(await checkSpf({ client, helo: 'x', mailFrom: `a@${domain}`, receiver: 'mx', nowMs: 0 }, dns, live))
  assert.deepEqual(await of('192.0.2.9'), [{ rule: 'SPF_PASS', evidence: 'far.example: include:_a.example > ip4:192.0.2.0/24' }])
  assert.deepEqual(await of('198.51.100.1'), [{ rule: 'SPF_FAIL', evidence: 'far.example: -all' }])
  assert.deepEqual(rules(await of('198.51.100.1', 'none.example')), ['SPF_NONE'])
})

test('every rule that lists find is known, and says in both languages what it means', () => {
  for (const { answers } of DNS_LISTS) for (const { rule } of answers) assert.ok(Object.hasOwn(NETWORK_RULES, rule), rule)
  for (const [name, { about, mend }] of Object.entries(NETWORK_RULES)) {
    assert.match(name, /^[A-Z]+(?:_[A-Z]+)*$/)
    for (const sentence of [about, ...(mend === null ? [] : [mend])]) for (const text of [sentence.en, sentence.id]) assert.match(text, /^[A-Z].{10,}\.$/, name)
    assert.notEqual(about.en, about.id)
  }
})

test('whatever clients call themselves and whatever DNS says, there are findings of known rules', async () => {
  const any = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('mx.far.example', '[192.0.2.1]', '__proto__', '[IPv6:::1]', '1.2.3.4'))
  await fc.assert(fc.asyncProperty(any, any, fc.array(any, { maxLength: 12 }), async (helo, client, names) => {
    const dns = new MemoryDns({ '192.0.2.1': { PTR: names }, 'mx.far.example': { A: names } })
    const found = [
      ...heloFindings(readHelo({ helo, client, ours: OURS }), helo, await lookUpHelo(helo, client, dns, live)),
      ...reverseFindings(await lookUpReverse(client, dns, live)), ...reverseFindings(await lookUpReverse('192.0.2.1', dns, live)), ...senderDomainFindings(await lookUpSenderDomain(helo, dns, live), helo),
    ]
    for (const { rule, evidence } of found) {
      assert.ok(Object.hasOwn(NETWORK_RULES, rule), rule)
      assert.ok(evidence === null || evidence.length <= 120)
    }
  }))
})

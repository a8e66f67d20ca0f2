import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MemoryDns, type MemoryEntry } from '../../../../test/support/dns/memory.ts'
import { silentLog } from '../../../base/log.ts'
import { DNS_LISTS } from '../table/dns-lists.ts'
import { readAnswer } from './answer.ts'
import { DnsLists, type DnsListsOptions } from './dns-lists.ts'
import { BELIEVED_FOR_MS, DISABLED_FOR_MS, MAX_ZONES, SELF_TEST_EVERY_MS, SILENT_AFTER, SILENT_FOR_MS } from './limits.ts'
import { type DnsList, IP_TEST, type ListSubject } from './list.ts'
import { listFindings } from './list-session.ts'
import { listName } from './query.ts'
import { clientSubjects, domainSubjects, linkSubjects } from './subjects.ts'
import { allowLevel, listWeight } from './weight.ts'

const live = new AbortController().signal

/** What each list of the table needs to be well. */
const WELL: Readonly<Record<string, MemoryEntry>> = Object.fromEntries(DNS_LISTS.map(({ zone, test: { listed } }) => [`${listed}.${zone}`, { A: ['127.0.0.2'] }]))

interface Bench {
  readonly lists: DnsLists
  readonly names: Record<string, MemoryEntry>
  readonly asked: () => readonly string[]
  nowMs: number
}

/** Lists over names that a test may change. */
function bench(names: Readonly<Record<string, MemoryEntry>>, over: Partial<DnsListsOptions> = {}): Bench {
  const all: Record<string, MemoryEntry> = { ...WELL, ...names }
  const asked: string[] = []
  const made: Bench = {
    nowMs: 1_000_000,
    names: all,
    asked: () => asked,
    lists: new DnsLists({
      lists: DNS_LISTS, clock: { nowMs: () => made.nowMs }, log: silentLog, asking: 'allowed',
      dns: {
        async addresses(name, family) {
          asked.push(name)
          assert.equal(family, 4)
          return await new MemoryDns(all).addresses(name, family)
        },
      },
      ...over,
    }),
  }
  return made
}

const zones = ({ lists }: Bench): readonly string[] => lists.usable().map(({ zone }) => zone)
const found = async ({ lists }: Bench, subjects: readonly ListSubject[]): Promise<readonly string[]> =>
  listFindings(await lists.session().about(subjects, live)).map(({ rule, evidence }) => `${rule} ${String(evidence)}`)

test('names to ask for are the address turned around, or the domain, below the zone', () => {
  const [zen, dbl] = DNS_LISTS as readonly [DnsList, DnsList]
  assert.equal(listName(zen, { kind: 'ip4', value: '192.0.2.99' }), '99.2.0.192.zen.spamhaus.org')
  assert.equal(listName(zen, { kind: 'ip6', value: '2001:db8:1:2:3:4:567:89ab' }), 'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.zen.spamhaus.org')
  assert.equal(listName(zen, { kind: 'domain', value: 'far.example' }), null)
  assert.equal(listName(dbl, { kind: 'domain', value: 'far.example' }), 'far.example.dbl.spamhaus.org')
  for (const value of ['192.0.2.1', 'example', '', 'a b.example', 'x.example.', '__proto__']) assert.equal(listName(dbl, { kind: 'url', value }), null, value)
})

test('addresses, senders and links that are listed are findings, each rule once for each', async () => {
  const it = bench({
    '1.2.0.192.zen.spamhaus.org': { A: ['127.0.0.4', '127.0.0.11', '127.0.0.99'] },
    '1.2.0.192.bl.spamcop.net': { A: ['127.0.0.2'] },
    'bad.example.dbl.spamhaus.org': { A: ['127.0.1.4'] },
    'bad.example.multi.surbl.org': { A: ['127.0.0.80'] },
  })
  await it.lists.selfTest(live)
  assert.deepEqual(await found(it, clientSubjects('::ffff:192.0.2.1')), ['DNSBL_XBL ::ffff:192.0.2.1', 'DNSBL_PBL ::ffff:192.0.2.1', 'DNSBL_SPAMCOP ::ffff:192.0.2.1'])
  assert.deepEqual(await found(it, domainSubjects(['mail.bad.example', null, 'bad.example'])), ['DBL_PHISH bad.example'])
  assert.deepEqual(await found(it, linkSubjects(['www.bad.example', '192.0.2.1', 'good.example'])), ['DBL_PHISH bad.example', 'SURBL_MALWARE bad.example', 'SURBL_ABUSE bad.example'])
  assert.deepEqual(await found(it, clientSubjects('192.0.2.2')), [])
})

test('the weight of an address is the gravest of each list, and PBL alone refuses nobody', async () => {
  const weigh = async (names: Readonly<Record<string, MemoryEntry>>): Promise<readonly [number, boolean]> => {
    const it = bench({ ...names, '1.2.0.192.list.dnswl.org': { A: ['127.0.5.1'] } })
    await it.lists.selfTest(live)
    const hits = await it.lists.session().about([...clientSubjects('192.0.2.1'), { kind: 'domain', value: 'bad.example' }], live)
    assert.equal(allowLevel(hits), 'low')
    const { weight, isReject } = listWeight(hits)
    return [weight, isReject]
  }
  const dbl = { 'bad.example.dbl.spamhaus.org': { A: ['127.0.1.2'] } }
  assert.deepEqual(await weigh({}), [0, false])
  assert.deepEqual(await weigh(dbl), [0, false])
  assert.deepEqual(await weigh({ '1.2.0.192.zen.spamhaus.org': { A: ['127.0.0.2', '127.0.0.9'] } }), [6, true])
  assert.deepEqual(await weigh({ '1.2.0.192.zen.spamhaus.org': { A: ['127.0.0.10'] } }), [4, false])
  const two = { '1.2.0.192.bl.spamcop.net': { A: ['127.0.0.2'] }, '1.2.0.192.psbl.surriel.com': { A: ['127.0.0.2'] } }
  assert.deepEqual(await weigh(two), [4, false])
  assert.deepEqual(await weigh({ ...two, '1.2.0.192.zen.spamhaus.org': { A: ['127.0.0.10'] } }), [8, true])
})

test('no list is asked before it has passed its test, and none ever by the resolver of a demo', async () => {
  const it = bench({})
  assert.deepEqual(zones(it), [])
  assert.deepEqual(await found(it, clientSubjects('192.0.2.1')), [])
  await it.lists.selfTest(live)
  assert.deepEqual(zones(it), DNS_LISTS.map(({ zone }) => zone))
  const demo = bench({}, { asking: 'never' })
  await demo.lists.selfTest(live)
  assert.deepEqual([zones(demo), await found(demo, clientSubjects('192.0.2.1')), demo.asked()], [[], [], []])
})

test('a list that lists everything or nothing is off until a later test finds it well', async () => {
  const zen = 'zen.spamhaus.org'
  const it = bench({ '1.0.0.127.zen.spamhaus.org': { A: ['127.0.0.2'] }, '2.0.0.127.bl.spamcop.net': {} })
  await it.lists.selfTest(live)
  assert.equal(zones(it).includes(zen), false)
  assert.equal(zones(it).includes('bl.spamcop.net'), false)
  assert.deepEqual(it.lists.health().map(({ health }) => health.trouble).filter((trouble) => trouble !== null), ['lists-everything', 'lists-nothing'])
  delete it.names['1.0.0.127.zen.spamhaus.org']
  const before = it.asked().length
  await it.lists.selfTest(live)
  assert.equal(it.asked().length, before, 'not before its hour')
  it.nowMs += SELF_TEST_EVERY_MS
  await it.lists.selfTest(live)
  assert.equal(zones(it).includes(zen), true)
  assert.equal(zones(it).includes('bl.spamcop.net'), false)
})

test('a list that begins to list everybody is found out by the first whom it lists', async () => {
  const it = bench({})
  await it.lists.selfTest(live)
  it.names['1.2.0.192.zen.spamhaus.org'] = { A: ['127.0.0.2'] }
  it.names['1.0.0.127.zen.spamhaus.org'] = { A: ['127.0.0.2'] }
  it.nowMs += BELIEVED_FOR_MS
  const asked = await Promise.all([found(it, clientSubjects('192.0.2.1')), found(it, clientSubjects('192.0.2.1'))])
  assert.deepEqual(asked, [[], []])
  assert.equal(zones(it).includes('zen.spamhaus.org'), false)
  assert.equal(it.asked().filter((name) => name === '1.0.0.127.zen.spamhaus.org').length, 2, 'once at the start, once for both')
  delete it.names['1.0.0.127.zen.spamhaus.org']
  it.nowMs += DISABLED_FOR_MS
  assert.deepEqual(await found(it, clientSubjects('192.0.2.1')), ['DNSBL_SBL 192.0.2.1'])
  const before = it.asked().length
  assert.deepEqual(await found(it, clientSubjects('192.0.2.1')), ['DNSBL_SBL 192.0.2.1'])
  assert.equal(it.asked().slice(before).includes('1.0.0.127.zen.spamhaus.org'), false)
})

test('a list that is silent when it is tested is believed as before, and tested no more often', async () => {
  const it = bench({})
  await it.lists.selfTest(live)
  it.names['1.2.0.192.zen.spamhaus.org'] = { A: ['127.0.0.2'] }
  it.names['1.0.0.127.zen.spamhaus.org'] = { trouble: 'timeout' }
  it.nowMs += BELIEVED_FOR_MS
  for (let at = 0; at < 3; at++) assert.deepEqual(await found(it, clientSubjects('192.0.2.1')), ['DNSBL_SBL 192.0.2.1'])
  assert.equal(it.asked().filter((name) => name === '1.0.0.127.zen.spamhaus.org').length, 2)
})

test('an answer that is no entry turns a list off for an hour', async () => {
  for (const answer of ['127.255.255.254', '192.0.2.80', '10.0.0.1']) {
    const it = bench({ '1.2.0.192.zen.spamhaus.org': { A: [answer] } })
    await it.lists.selfTest(live)
    assert.deepEqual(await found(it, clientSubjects('192.0.2.1')), [])
    assert.equal(zones(it).includes('zen.spamhaus.org'), false, answer)
    it.nowMs += DISABLED_FOR_MS
    assert.equal(zones(it).includes('zen.spamhaus.org'), true)
  }
  const dnswl = bench({ '1.2.0.192.list.dnswl.org': { A: ['127.0.0.255'] } })
  await dnswl.lists.selfTest(live)
  assert.deepEqual(await found(dnswl, clientSubjects('192.0.2.1')), [])
  assert.equal(zones(dnswl).includes('list.dnswl.org'), false)
})

test('a list that does not answer rests for a while, and says nothing of the client', async () => {
  const dead = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`${at}.2.0.192.zen.spamhaus.org`, { trouble: 'timeout' } as const]))
  const it = bench(dead)
  await it.lists.selfTest(live)
  for (let at = 0; at < SILENT_AFTER; at++) {
    assert.equal(zones(it).includes('zen.spamhaus.org'), true)
    assert.deepEqual(await found(it, clientSubjects(`192.0.2.${at}`)), [])
  }
  assert.equal(zones(it).includes('zen.spamhaus.org'), false)
  it.nowMs += SILENT_FOR_MS
  assert.equal(zones(it).includes('zen.spamhaus.org'), true)
  assert.deepEqual(await found(it, clientSubjects('192.0.2.200')), [])
})

test('a question that takes too long is silence', async () => {
  const it = bench({}, { withinMs: 1, dns: { addresses: (_name, _family, signal) => new Promise((resolve) => {
    const end = (): void => resolve({ kind: 'failed', why: 'aborted', detail: 'nobody waits for it any more' })
    const alive = setInterval(() => {}, 1_000)
    signal.addEventListener('abort', () => {
      clearInterval(alive)
      end()
    })
  }) } })
  const [zen] = DNS_LISTS
  assert.ok(zen)
  assert.equal((await it.lists.ask(zen, 'x', live)).kind, 'silent')
})

test('a session asks each question once, and no more zones than it may', async () => {
  const many: readonly DnsList[] = Array.from({ length: 30 }, (_, at) => ({ zone: `z${at}.example`, kinds: ['ip4', 'domain'], answers: [], errors: [], tier: 'block', test: IP_TEST, policy: '', isEnabled: true }))
  const it = bench(Object.fromEntries(many.map(({ zone }) => [`2.0.0.127.${zone}`, { A: ['127.0.0.2'] }])), { lists: many })
  await it.lists.selfTest(live)
  const before = it.asked().length
  const session = it.lists.session()
  await session.about(clientSubjects('192.0.2.1'), live)
  await Promise.all([session.about(clientSubjects('192.0.2.1'), live), session.about(domainSubjects(['far.example']), live)])
  assert.equal(it.asked().length - before, 2 * MAX_ZONES)
  await session.about(domainSubjects(Array.from({ length: 500 }, (_, at) => `d${at}.example`)), live)
  assert.equal(it.asked().length - before, 100)
})

test('links are looked up by what was registered, each once, twenty at most, and never what everybody links to', () => {
  assert.deepEqual(linkSubjects(['WWW.Shop.co.id', 'a.b.shop.co.id', 'docs.google.com', 'x.github.io', 'com', '[::1]', '192.0.2.1', '']).map(({ value }) => value), ['shop.co.id', 'x.github.io'])
  assert.equal(linkSubjects(Array.from({ length: 50 }, (_, at) => `d${at}.example`)).length, 20)
})

test('every list of the table is sound', () => {
  assert.equal(new Set(DNS_LISTS.map(({ zone }) => zone)).size, DNS_LISTS.length)
  assert.ok(DNS_LISTS.length <= MAX_ZONES)
  for (const list of DNS_LISTS) {
    for (const error of list.errors) assert.equal(readAnswer(list, { kind: 'found', records: [error], name: '', aliases: [], authentic: false, ttlMs: 0, stale: false }).kind, 'error')
    assert.match(list.policy, /^https:\/\//)
  }
})

test('whatever a list answers, it is read', () => {
  const any = fc.array(fc.oneof(fc.ipV4(), fc.string({ unit: 'binary' }), fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => `127.${bytes.join('.')}`)), { minLength: 1, maxLength: 30 })
  fc.assert(fc.property(any, fc.constantFrom(...DNS_LISTS), (records, list) => {
    const reading = readAnswer(list, { kind: 'found', records, name: '', aliases: [], authentic: false, ttlMs: 0, stale: false })
    if (reading.kind === 'listed') assert.ok(records.slice(0, 16).every((record) => record.startsWith('127.')))
  }))
})

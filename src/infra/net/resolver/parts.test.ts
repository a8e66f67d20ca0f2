import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { forever } from '../../../../test/support/dns/resolver.ts'
import { Cache, isFresh } from './cache.ts'
import { DEADLINE, Flights } from './flights.ts'
import { Gate } from './gate.ts'
import { CACHE_ENTRY_BYTES, MAX_SYSTEM_SERVERS } from './limits.ts'
import { queryName } from './name.ts'
import { reverseLabels, reverseName } from './reverse.ts'
import { parseResolvConf, systemServers } from './system-servers.ts'

test('a cache keeps no more than its number and its weight, and lets go what was not used for the longest', () => {
  const cache = new Cache<number>({ entries: 3, bytes: 10_000 })
  for (const [at, key] of ['a', 'b', 'c'].entries()) cache.put(key, at, 0, 10, 0)
  cache.get('a')
  cache.put('d', 3, 0, 10, 0)
  assert.deepEqual(['a', 'b', 'c', 'd'].map((key) => cache.get(key)?.value ?? null), [0, null, 2, 3])
  cache.put('e', 4, 0, 10, 10_000 - 2 * CACHE_ENTRY_BYTES - 2)
  assert.deepEqual(['a', 'c', 'd', 'e'].map((key) => cache.get(key)?.value ?? null), [null, null, 3, 4])
  cache.put('f', 5, 0, 10, 10_000)
  assert.equal(cache.size, 0)
})

test('what is asked for stays when others come, though what stands near the end of a cache is not moved', () => {
  const cache = new Cache<number>({ entries: 16, bytes: 100_000 })
  for (let key = 0; key < 16; key++) cache.put(String(key), key, 0, 1000, 10)
  for (const key of ['15', '0', '15']) assert.equal(cache.get(key)?.value, Number(key))
  for (let key = 16; key < 30; key++) cache.put(String(key), key, 0, 1000, 10)
  assert.deepEqual(['0', '1', '14', '15', '29'].map((key) => cache.get(key)?.value ?? null), [0, null, null, 15, 29])
})

test('whatever is put, replaced, read and deleted, a cache stays within its limits', () => {
  const step = fc.record({ key: fc.nat(20).map(String), sizeBytes: fc.nat(2_000), act: fc.constantFrom('put' as const, 'get' as const, 'delete' as const) })
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const cache = new Cache<number>({ entries: 8, bytes: 6_000 })
    const model = new Map<string, number>()
    for (const { key, sizeBytes, act } of steps) {
      if (act === 'put') cache.put(key, sizeBytes, 0, 1, sizeBytes)
      if (act === 'put') model.set(key, sizeBytes)
      if (act === 'delete') cache.delete(key)
      if (act === 'delete') model.delete(key)
      const kept = cache.get(key)
      if (kept !== null) assert.equal(kept.value, model.get(key))
    }
    const kept = [...model.keys()].flatMap((key) => cache.get(key) ?? [])
    assert.ok(kept.length === cache.size && cache.size <= 8)
    assert.ok(kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= 6_000)
  }))
})

test('what is kept is fresh from its beginning to before its end', () => {
  const kept = { value: 0, keptAtMs: 100, freshUntilMs: 200, sizeBytes: 0 }
  assert.deepEqual([99, 100, 199, 200].map((nowMs) => isFresh(kept, nowMs)), [false, true, true, false])
})

test('a gate lets the waiting in by their order and forgets those who left', async () => {
  const gate = new Gate(1, 2)
  assert.equal(await gate.enter(forever), 'in')
  const impatient = new AbortController()
  const second = gate.enter(impatient.signal)
  const third = gate.enter(forever)
  assert.equal(await gate.enter(forever), 'full')
  impatient.abort()
  assert.equal(await second, 'aborted')
  gate.leave()
  assert.equal(await third, 'in')
  gate.leave()
  assert.equal(await gate.enter(forever), 'in')
  assert.equal(await gate.enter(AbortSignal.abort()), 'aborted')
})

test('work whose time is over is told so, and work that nobody waits for is not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const flights = new Flights()
  const reasons: unknown[] = []
  const work = (signal: AbortSignal): Promise<string> => new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      reasons.push(signal.reason)
      resolve('ended')
    })
  })
  const late = flights.join('a', 50, work, forever)
  t.mock.timers.tick(50)
  assert.equal(await late, 'ended')
  const impatient = new AbortController()
  const left = flights.join('a', 50, work, impatient.signal)
  impatient.abort()
  assert.equal(await left, null)
  assert.deepEqual([reasons[0], reasons[1] === DEADLINE, reasons.length, flights.size], [DEADLINE, false, 2, 0])
})

test('a bug in the work reaches everybody who waits', async () => {
  const flights = new Flights()
  const broken = async (): Promise<string> => {
    await Promise.resolve()
    throw new Error('bug')
  }
  const both = await Promise.allSettled([flights.join('a', 1_000, broken, forever), flights.join('a', 1_000, broken, forever)])
  assert.deepEqual(both.map(({ status }) => status), ['rejected', 'rejected'])
  assert.equal(flights.size, 0)
})

test('addresses are reversed as the tree of addresses wants it', () => {
  assert.equal(reverseName('192.0.2.1'), '1.2.0.192.in-addr.arpa')
  assert.equal(reverseName('::ffff:192.0.2.1'), '1.2.0.192.in-addr.arpa')
  assert.equal(reverseName('2001:db8::567:89ab'), 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa')
  assert.equal(reverseLabels('192.0.2.1'), '1.2.0.192')
  for (const no of ['', 'example.test', '127.1', '0300.0.2.1', '256.0.0.1', 'fe80::1%eth0', ':::', '1.2.3.4.5']) assert.equal(reverseName(no), null, no)
})

test('the reverse name of any address can be asked for', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
    const name = reverseName(address)
    assert.equal(name !== null && queryName(name), name)
  }))
})

test('a resolv.conf is read as the C library reads it, slips passed over', () => {
  const text = [
    '# made by hand', '; nameserver 192.0.2.9', 'search example.test', 'nameserver 192.0.2.1 # first', '\tnameserver\t2001:db8::53\r', 'nameserver', 'nameserver dns.test',
    'nameservers 192.0.2.8', 'nameserver 192.0.2.1', 'options edns0 trust-ad', 'nameserver fe80::1%eth0', 'nameserver 192.0.2.4',
  ].join('\n')
  assert.deepEqual(parseResolvConf(text), ['192.0.2.1', '2001:db8::53', 'fe80::1%eth0'].map((address) => ({ address, port: 53 })))
})

test('without servers in it, or without a file, a resolver on this host is asked', async () => {
  const local = [{ address: '127.0.0.1', port: 53 }]
  assert.deepEqual(parseResolvConf('search example.test\n'), local)
  const folder = await mkdtemp(join(tmpdir(), 'merpati-resolv-'))
  try {
    const path = join(folder, 'resolv.conf')
    assert.deepEqual(await systemServers(path), local)
    await writeFile(path, 'nameserver 127.0.0.53\n')
    assert.deepEqual(await systemServers(path), [{ address: '127.0.0.53', port: 53 }])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('any text gives one to three servers', () => {
  const line = fc.oneof(fc.string(), fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()).map((address) => `nameserver ${address}`))
  fc.assert(fc.property(fc.array(line).map((lines) => lines.join('\n')), (text) => {
    const { length } = parseResolvConf(text)
    assert.ok(length >= 1 && length <= MAX_SYSTEM_SERVERS)
  }))
})

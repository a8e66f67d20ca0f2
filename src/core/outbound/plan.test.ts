import assert from 'node:assert/strict'
import test from 'node:test'
import type { Answer, Mx } from '../../base/dns.ts'
import { planMx, type Plan } from './plan.ts'

const SETTINGS = { port: 25, isOurs: (host: string) => host === 'mx.home.example' }

function found(...records: readonly (readonly [number, string])[]): Answer<Mx> {
  return { kind: 'found', records: records.map(([preference, exchange]) => ({ preference, exchange })), name: 'far.example', aliases: [], authentic: false, ttlMs: 0, stale: false }
}

function hosts(answer: Answer<Mx>, chance: () => number = () => 0): readonly string[] | string {
  const plan: Plan = planMx('far.example', answer, SETTINGS, chance)
  return plan.kind === 'hops' ? plan.hops.map(({ host }) => host) : `${plan.kind} ${plan.status}`
}

test('lower preferences go first', () => {
  assert.deepEqual(hosts(found([20, 'b.example'], [10, 'a.example'], [30, 'c.example'])), ['a.example', 'b.example', 'c.example'])
})

test('equals come in an order of chance, each first as often as the others', () => {
  // 1,000 draws of three: chi-square with two degrees of freedom is below 13.8 in 999 of 1,000 honest runs. The draws are fixed.
  let state = 12_345
  const chance = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  const firsts = new Map<string, number>()
  for (let draw = 0; draw < 1_000; draw++) {
    const [first = ''] = hosts(found([10, 'a.example'], [10, 'b.example'], [10, 'c.example']), chance)
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  const chiSquare = [...firsts.values()].reduce((sum, count) => sum + (count - 1000 / 3) ** 2 / (1000 / 3), 0)
  assert.equal(firsts.size, 3)
  assert.ok(chiSquare < 13.8, `${chiSquare}`)
})

test('one null MX means no mail, one among others means nothing', () => {
  assert.equal(hosts(found([0, ''])), 'permanent 5.1.10')
  assert.deepEqual(hosts(found([0, ''], [10, 'a.example'])), ['a.example'])
})

test('addresses, single labels and numbers are no hosts', () => {
  assert.deepEqual(hosts(found([10, '192.0.2.1'], [10, 'localhost'], [10, 'a.123'], [20, 'a.example'])), ['a.example'])
  assert.equal(hosts(found([10, '192.0.2.1'])), 'permanent 5.4.4')
})

test('a host that is named twice is tried once, at its best', () => {
  assert.deepEqual(hosts(found([30, 'a.example'], [20, 'b.example'], [10, 'a.example'])), ['a.example', 'b.example'])
})

test('no more than twenty hosts are looked at', () => {
  assert.equal(hosts(found(...Array.from({ length: 30 }, (_, index) => [index, `h${index}.example`] as const))).length, 20)
})

test('a relay leaves itself out, and all that are not better', () => {
  assert.deepEqual(hosts(found([10, 'a.example'], [20, 'mx.home.example'], [20, 'b.example'], [30, 'c.example'])), ['a.example'])
  assert.equal(hosts(found([10, 'mx.home.example'], [20, 'a.example'])), 'permanent 5.4.6')
})

test('without MX records the domain is its own server; a name that is not there is not', () => {
  const none = { kind: 'none', name: 'far.example', aliases: [], authentic: false, ttlMs: 0 } as const
  assert.deepEqual(hosts({ ...none, why: 'nodata' }), ['far.example'])
  assert.equal(hosts({ ...none, why: 'nxdomain' }), 'permanent 5.1.2')
})

test('trouble is no absence: it is waited for, unless asking again cannot help', () => {
  assert.equal(hosts({ kind: 'failed', why: 'servfail', detail: '' }), 'temporary 4.4.3')
  assert.equal(hosts({ kind: 'failed', why: 'timeout', detail: '' }), 'temporary 4.4.3')
  assert.equal(hosts({ kind: 'failed', why: 'alias-loop', detail: '' }), 'permanent 5.4.4')
})

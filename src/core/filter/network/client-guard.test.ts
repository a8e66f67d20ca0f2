import assert from 'node:assert/strict'
import test from 'node:test'
import { ClientGuard, type ClientGuardOptions } from './client-guard.ts'
import { MAX_CONNECTIONS_A_MINUTE, MAX_CONNECTIONS_PER_CLIENT, TARPIT_MS } from './limits.ts'

let nowMs = 0
const guard = (over: Partial<ClientGuardOptions> = {}): ClientGuard => new ClientGuard({ clock: { nowMs: () => nowMs }, loopback: 'counted', maxConnections: 1000, ...over })
const times = <T>(count: number, run: () => T): readonly T[] => Array.from({ length: count }, run)

test('a client has so many connections at a time, and its /64 is one client', () => {
  const one = guard()
  assert.ok(times(MAX_CONNECTIONS_PER_CLIENT, () => one.connected('2001:db8::1')).every((answer) => answer === 'welcome'))
  assert.equal(one.connected('2001:db8::2'), 'many')
  assert.equal(one.connected('2001:db8:0:1::2'), 'welcome')
  one.left('2001:db8::7')
  assert.equal(one.connected('2001:db8::2'), 'welcome')
  const neighbours = guard()
  times(MAX_CONNECTIONS_PER_CLIENT, () => neighbours.connected('192.0.2.1'))
  assert.equal(neighbours.connected('192.0.2.2'), 'welcome')
})

test('a client whose mail was wanted is known for a day, with its /64', () => {
  const one = guard()
  one.tookFrom('2001:db8::1')
  assert.deepEqual([one.isKnown('2001:db8::7'), one.isKnown('2001:db8:0:1::7'), one.isKnown('192.0.2.1')], [true, false, false])
  nowMs += 24 * 3_600_000
  assert.equal(one.isKnown('2001:db8::7'), false)
})

test('a client that connects too fast is forgiven as soon as it is slower', () => {
  const one = guard()
  const visit = (): string => {
    const answer = one.connected('192.0.2.1')
    if (answer === 'welcome') one.left('192.0.2.1')
    return answer
  }
  assert.ok(times(MAX_CONNECTIONS_A_MINUTE, visit).every((answer) => answer === 'welcome'))
  assert.ok(times(1000, visit).every((answer) => answer === 'fast'))
  assert.equal(one.clients, 0)
  nowMs += 2_000
  assert.equal(visit(), 'welcome')
  assert.equal(visit(), 'fast')
  nowMs += 60_000
  assert.ok(times(MAX_CONNECTIONS_A_MINUTE - 1, visit).every((answer) => answer === 'welcome'))
})

test('when nearly all connections are taken, only clients without one get one', () => {
  const one = guard({ maxConnections: 10 })
  for (let at = 0; at < 9; at++) assert.equal(one.connected(`192.0.2.${at}`), 'welcome')
  assert.equal(one.connected('192.0.2.1'), 'full')
  assert.equal(one.connected('192.0.2.100'), 'welcome')
  assert.equal(one.connected('192.0.2.101'), 'full')
  one.left('192.0.2.100')
  assert.equal(one.connected('192.0.2.101'), 'welcome')
})

test('who guesses recipients has to leave: five in a session, twenty in an hour', () => {
  const one = guard()
  assert.deepEqual([1, 2, 3, 4, 5, 6].map((count) => one.namedUnknown('192.0.2.1', count).kind), ['fine', 'fine', 'fine', 'fine', 'fine', 'leave'])
  assert.deepEqual(one.namedUnknown('192.0.2.1', 6), { kind: 'leave', afterMs: TARPIT_MS })
  const many = guard()
  assert.ok(times(20, () => many.namedUnknown('192.0.2.1', 1)).every(({ kind }) => kind === 'fine'))
  assert.equal(many.namedUnknown('192.0.2.1', 1).kind, 'leave')
  nowMs += 3_600_000
  assert.equal(many.namedUnknown('192.0.2.1', 1).kind, 'fine')
})

test('a demo\'s own machine is not limited', () => {
  const demo = guard({ loopback: 'exempt' })
  assert.ok(times(200, () => demo.connected('127.0.0.1')).every((answer) => answer === 'welcome'))
  assert.ok(times(50, () => demo.namedUnknown('::1', 50)).every(({ kind }) => kind === 'fine'))
  const server = guard()
  assert.equal(times(30, () => server.connected('::ffff:127.0.0.1')).at(-1), 'many')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DomainCheck } from './check-domain.ts'
import { KEEP_CHECK_MS, MAX_CHECKS_AT_ONCE, MAX_CHECKS_PER_CALLER } from './limits.ts'
import { RecentChecks } from './recent-checks.ts'

const check: DomainCheck = { findings: [], kind: 'pass', atMs: 0 }

function made(): { readonly recent: RecentChecks; readonly clock: { nowMs(): number; at: number }; readonly count: () => number; readonly make: () => Promise<DomainCheck> } {
  const clock = { at: 1_000_000, nowMs: (): number => clock.at }
  let count = 0
  return { recent: new RecentChecks(clock), clock, count: () => count, make: async () => ({ ...check, atMs: ++count }) }
}

test('a check is given again for a minute, to everybody who asks', async () => {
  const { recent, clock, count, make } = made()
  await recent.of('a.example', 'one', make)
  clock.at += KEEP_CHECK_MS - 1
  await recent.of('a.example', 'two', make)
  assert.equal(count(), 1)
  clock.at += 1
  await recent.of('a.example', 'one', make)
  assert.equal(count(), 2)
  recent.forget('a.example')
  await recent.of('a.example', 'one', make)
  assert.equal(count(), 3)
})

test('two who ask at one time share a check', async () => {
  const { recent, count, make } = made()
  const answers = await Promise.all([recent.of('a.example', 'one', make), recent.of('a.example', 'two', make)])
  assert.deepEqual([count(), answers[0]], [1, answers[1]])
})

test('who asks for too many has to wait, and others need not', async () => {
  const { recent, clock, make } = made()
  for (let number = 0; number < MAX_CHECKS_PER_CALLER; number++) assert.equal((await recent.of(`${number}.example`, 'one', make)).kind, 'checked')
  assert.deepEqual(await recent.of('more.example', 'one', make), { kind: 'later', waitMs: 60_000 })
  assert.equal((await recent.of('more.example', 'two', make)).kind, 'checked')
  clock.at += 60_000
  assert.equal((await recent.of('still.example', 'one', make)).kind, 'checked')
})

test('only so many are under way at a time, and one that fails is not kept', async () => {
  const { recent, make } = made()
  const { promise, reject } = Promise.withResolvers<DomainCheck>()
  const waiting = Array.from({ length: MAX_CHECKS_AT_ONCE }, (_, at) => recent.of(`${at}.example`, `${at}`, () => promise))
  assert.equal((await recent.of('more.example', 'x', make)).kind, 'later')
  reject(new Error('gone'))
  for (const each of waiting) await assert.rejects(each, /gone/)
  assert.equal((await recent.of('0.example', 'x', make)).kind, 'checked')
})

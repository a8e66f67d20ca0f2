import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS } from '../../base/duration.ts'
import { type IssuedCertificate, type Tries, UNTRIED } from './certificate.ts'
import { afterFailure, whyDue } from './due.ts'
import { LONGEST_WAIT_MS, MAX_FAILURES_AN_HOUR } from './limits.ts'

const CA = 'https://ca.test/dir'
const wanted = { name: 'mx.test', names: ['mx.test', 'mail.test'] }
const current: IssuedCertificate = { name: 'mx.test', names: wanted.names, chain: '', key: '', notBeforeMs: 0, notAfterMs: 90 * DAY_MS, issuedMs: 0, directory: CA }
const why = (change: Partial<Parameters<typeof whyDue>[0]>, nowMs: number): string | null => whyDue({ wanted, current, tries: UNTRIED, suggestedMs: null, ...change }, CA, nowMs)

test('a certificate is renewed after two thirds of its life, or when the authority asks for it earlier', () => {
  assert.equal(why({}, 60 * DAY_MS - 1), null)
  assert.equal(why({}, 60 * DAY_MS), 'age')
  assert.equal(why({ suggestedMs: 20 * DAY_MS }, 20 * DAY_MS), 'age')
  assert.equal(why({ suggestedMs: 80 * DAY_MS }, 61 * DAY_MS), 'age')
})

test('it is ordered when it is missing, lacks a name, comes from elsewhere or was asked for, and not when a name is left over', () => {
  assert.equal(why({ current: null }, DAY_MS), 'missing')
  assert.equal(why({ wanted: { name: 'mx.test', names: [...wanted.names, 'new.test'] } }, DAY_MS), 'names')
  assert.equal(why({ wanted: { name: 'mx.test', names: ['mx.test'] } }, DAY_MS), null)
  assert.equal(why({ current: { ...current, directory: 'https://staging.test/dir' } }, DAY_MS), 'authority')
  assert.equal(why({ tries: { ...UNTRIED, askedMs: 5 } }, DAY_MS), 'asked')
})

test('however chance falls and whoever asks, there are at most five failures in any hour', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ chance: fc.double({ min: 0, max: 1, noNaN: true }), impatient: fc.boolean(), stepMs: fc.integer({ min: 1000, max: 600_000 }) }), { maxLength: 200 }), (steps) => {
      let tries: Tries = UNTRIED
      let nowMs = DAY_MS
      const failures: number[] = []
      for (const { chance, impatient, stepMs } of steps) {
        nowMs += stepMs
        if (impatient) tries = { ...tries, nextMs: 0, askedMs: nowMs }
        if (why({ current: null, tries }, nowMs) === null) continue
        failures.push(nowMs)
        tries = afterFailure(tries, 'refused', nowMs, chance, null)
      }
      for (const at of failures) assert.ok(failures.filter((ms) => ms > at - 3_600_000 && ms <= at).length <= MAX_FAILURES_AN_HOUR)
    }),
  )
})

test('waits grow up to a day and a half, and an authority that asks for more time gets it', () => {
  let tries: Tries = UNTRIED
  const waits: number[] = []
  for (let i = 0; i < 30; i++) {
    tries = afterFailure(tries, 'refused', 0, 0.5, null)
    waits.push(tries.nextMs)
  }
  assert.deepEqual(waits, [...waits].sort((a, b) => a - b))
  assert.equal(waits.at(-1), LONGEST_WAIT_MS * 1.25)
  assert.equal(afterFailure(UNTRIED, 'rateLimited', 1000, 0, 10 * DAY_MS).nextMs, 1000 + 10 * DAY_MS)
})

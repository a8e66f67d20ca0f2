import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_THRESHOLDS } from '../judge.ts'
import { heldThresholds, mergeThresholds, type ThresholdStore } from './own-thresholds.ts'

const HOLDER = { organization: 'o1', domain: 'home.example', account: 'a1' }

test('an account goes before its domain, and that before the configuration, score by score', () => {
  const domain = { reject: 10, junk: 4, tag: null }
  assert.deepEqual(mergeThresholds(DEFAULT_THRESHOLDS, domain, { reject: null, junk: 8, tag: null }), { reject: 10, junk: 8, tag: 3 })
  assert.deepEqual(mergeThresholds(DEFAULT_THRESHOLDS, null, null), DEFAULT_THRESHOLDS)
  assert.equal(mergeThresholds(DEFAULT_THRESHOLDS, domain, { reject: null, junk: 0, tag: null }).junk, 0)
})

test('an answer serves for two seconds, and where nobody has any only that is asked', async () => {
  let nowMs = 0
  const asked: string[] = []
  let isAny = false
  const store: ThresholdStore = {
    any: async () => asked.push('any') > 0 && isAny,
    of: async ({ account }) => ((asked.push(account ?? ''), { account: { reject: null, junk: 2, tag: null }, domain: null })),
  }
  const held = heldThresholds(store, DEFAULT_THRESHOLDS, { nowMs: () => nowMs })
  assert.deepEqual([await held(HOLDER), await held({ ...HOLDER, account: 'a2' })], [DEFAULT_THRESHOLDS, DEFAULT_THRESHOLDS])
  assert.deepEqual(asked.splice(0), ['any'])
  isAny = true
  nowMs += 2_000
  assert.deepEqual([(await held(HOLDER)).junk, (await held(HOLDER)).junk], [2, 2])
  assert.deepEqual(asked.splice(0), ['any', 'a1'])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../../base/dns.ts'
import { HOUR_MS } from '../../../base/duration.ts'
import { silentLog } from '../../../base/log.ts'
import { StsPolicies } from './sts-policies.ts'
import type { FetchedPolicy, KeptPolicy } from './sts-store.ts'

const ENFORCE: FetchedPolicy = { kind: 'policy', policy: { mode: 'enforce', maxAgeS: 7 * 86_400, mx: ['mx.far.test'] } }
const TESTING: FetchedPolicy = { kind: 'policy', policy: { mode: 'testing', maxAgeS: 86_400, mx: ['mx.far.test'] } }
const FAILED: FetchedPolicy = { kind: 'failed', why: '404', result: 'sts-policy-fetch-error' }

/** A domain and its web server, which the test changes as it goes. */
function world() {
  const kept = new Map<string, KeptPolicy>()
  const state = { nowMs: 1_000_000, id: '1' as string | null, web: ENFORCE, fetches: 0, faults: [] as string[] }
  const policies = new StsPolicies({
    txt: async (name): Promise<Answer<string>> =>
      state.id === null || name !== '_mta-sts.far.test'
        ? { kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: 1 }
        : { kind: 'found', records: [`v=STSv1; id=${state.id}`], name, aliases: [], authentic: false, ttlMs: 1, stale: false },
    fetch: async () => {
      state.fetches++
      return state.web
    },
    failed: (domain, result) => void state.faults.push(`${domain} ${result}`),
    store: { get: async (domain) => kept.get(domain) ?? null, put: async (domain, policy) => void kept.set(domain, policy) },
    clock: { nowMs: () => state.nowMs },
    log: silentLog,
    signal: AbortSignal.any([]),
  })
  return { state, mode: async () => (await policies.of('far.test'))?.mode ?? null }
}

test('a policy is fetched once while its id stays the same, and again after a day', async () => {
  const { state, mode } = world()
  assert.deepEqual([await mode(), await mode(), state.fetches], ['enforce', 'enforce', 1])
  state.nowMs += 25 * HOUR_MS
  assert.deepEqual([await mode(), await mode(), state.fetches], ['enforce', 'enforce', 2])
})

test('a new id fetches the policy anew, a minute later at most', async () => {
  const { state, mode } = world()
  await mode()
  Object.assign(state, { id: '2', web: TESTING })
  assert.deepEqual([await mode(), state.fetches], ['enforce', 1])
  state.nowMs += 60_000
  assert.deepEqual([await mode(), state.fetches], ['testing', 2])
})

test('a policy holds until its time has run out, though the record is gone', async () => {
  const { state, mode } = world()
  await mode()
  state.id = null
  state.nowMs += 7 * 24 * HOUR_MS - 1
  assert.equal(await mode(), 'enforce')
  state.nowMs += 1
  assert.deepEqual([await mode(), state.fetches], [null, 1])
})

test('a policy holds though its web server fails, which is asked again after five minutes', async () => {
  const { state, mode } = world()
  await mode()
  Object.assign(state, { id: '2', web: FAILED })
  state.nowMs += 60_000
  assert.deepEqual([await mode(), await mode(), state.fetches], ['enforce', 'enforce', 2])
  assert.deepEqual(state.faults, ['far.test sts-policy-fetch-error'])
  state.nowMs += HOUR_MS / 12
  state.web = TESTING
  assert.deepEqual([await mode(), state.fetches], ['testing', 3])
})

test('without a record nothing is fetched', async () => {
  const { state, mode } = world()
  state.id = null
  assert.deepEqual([await mode(), state.fetches], [null, 0])
})

test('all who ask at one time share one fetch', async () => {
  const { state, mode } = world()
  assert.deepEqual([await Promise.all([mode(), mode(), mode()]), state.fetches], [['enforce', 'enforce', 'enforce'], 1])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OrganizationId } from '../../base/brand.ts'
import { STICKY_SOURCES } from './limits.ts'
import { pickPool } from './pick-pool.ts'
import type { PoolQuestion } from './pick-pool.ts'
import { pickSource } from './pick-source.ts'
import type { PickQuestion } from './pick-source.ts'
import { ageDays, isUsable, whatIsMissing } from './source.ts'
import type { Pool, PoolKind, Source, SourceChecks, SourceState } from './source.ts'

const ORG = 'o-one' as OrganizationId
const CHECKS: SourceChecks = { reverse: 'ok', ehlo: 'ok', spf: 'ok', unlisted: 'ok', egress: 'ok', clock: 'ok' }

function source(id: string, more: Partial<Source> = {}): Source {
  return { id, address: '192.0.2.1', family: 'v4', ehlo: 'a.example', bind: { address: null, ports: null, proxy: null }, state: 'active', weight: 1, checks: CHECKS, sendsSinceMs: 0, ...more }
}

function pool(kind: PoolKind, sources: readonly string[] = [], more: Partial<Pool> = {}): Pool {
  return { id: kind, kind, organization: null, carries: null, sources, overflow: null, ...more }
}

function ask(sources: readonly Source[], more: Partial<PickQuestion> = {}): PickQuestion {
  return {
    organization: ORG, site: 'gmail', pool: pool('txn-shared', sources.map(({ id }) => id)), overflow: null, sources: new Map(sources.map((s) => [s.id, s])),
    families: ['v4', 'v6'], prefer: null, isDown: () => false, isStopped: () => false, hasRoom: () => true, isIdle: () => false, ...more,
  }
}

function picked(question: PickQuestion): string | null {
  const result = pickSource(question)
  return result.kind === 'source' ? result.source.id : null
}

test('A source that cannot carry the mail is left out, and the reason is told', () => {
  const sources = [
    source('resting', { state: 'resting' }), source('listed', { checks: { ...CHECKS, unlisted: 'failed' } }), source('six', { family: 'v6' }), source('stopped'), source('full'),
  ]
  const question = ask(sources, { families: ['v4'], isStopped: ({ id }) => id === 'stopped', hasRoom: ({ id }) => id !== 'full' })
  const result = pickSource({ ...question, pool: { ...question.pool, sources: [...question.pool.sources, 'gone'] } })
  assert.deepEqual(result, {
    kind: 'none',
    reason: 'no_egress',
    refused: [
      { source: 'resting', why: 'unhealthy' }, { source: 'listed', why: 'unhealthy' }, { source: 'six', why: 'family' }, { source: 'stopped', why: 'stopped' },
      { source: 'full', why: 'no-room' }, { source: 'gone', why: 'unknown' },
    ],
  })
})

test('A tenant’s mail for a site sticks to its source, and greylisting to the one it met', () => {
  const sources = Array.from({ length: 20 }, (_, i) => source(`s${i}`))
  const first = picked(ask(sources))
  assert.equal(picked(ask(sources)), first)
  assert.equal(picked(ask(sources.toReversed())), first)
  assert.equal(picked(ask(sources, { prefer: 's7' })), 's7')
  assert.equal(picked(ask(sources, { prefer: 's7', isStopped: ({ id }) => id === 's7' })), first === 's7' ? picked(ask(sources.filter(({ id }) => id !== 's7'))) : first)
})

test('An idle connection is used, but only on one of the few sources that the provider knows the tenant by', () => {
  const sources = Array.from({ length: 20 }, (_, i) => source(`s${i}`))
  const used = new Set(sources.map(({ id }) => picked(ask(sources, { isIdle: (s) => s.id === id }))))
  assert.equal(used.size, STICKY_SOURCES)
})

test('What has no room overflows; what is blocked does not', () => {
  const sources = [source('own'), source('shared')]
  const question = ask(sources, { pool: pool('dedicated', ['own']), overflow: pool('warmup', ['shared']), hasRoom: ({ id }) => id !== 'own' })
  const result = pickSource(question)
  assert.deepEqual(result.kind === 'source' && [result.source.id, result.from], ['shared', 'overflow'])
  assert.equal(picked({ ...question, isStopped: ({ id }) => id === 'own' }), null)
  assert.equal(picked({ ...question, overflow: null }), null)
})

test('Sources share the work by their weights', () => {
  const sources = [source('one'), source('three', { weight: 3 })]
  const counts = { one: 0, three: 0 }
  for (let i = 0; i < 4000; i++) counts[picked(ask(sources, { site: `site-${i}` })) as 'one' | 'three'] += 1
  assert.ok(counts.three > 2850 && counts.three < 3150, JSON.stringify(counts))
})

test('A source that goes moves only what was on it', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 10 })
  fc.assert(
    fc.property(ids, fc.string(), fc.nat(), (ids, site, which) => {
      const sources = ids.map((id) => source(id))
      const before = picked(ask(sources, { site }))
      const gone = ids[which % ids.length]
      const after = picked(ask(sources.filter(({ id }) => id !== gone), { site }))
      if (gone === before) assert.notEqual(after, before)
      else assert.equal(after, before)
    }),
  )
})

test('Whatever the sources are, the one that is picked may carry the mail', () => {
  const any = fc.record({
    state: fc.constantFrom<SourceState>('provisioning', 'warming', 'active', 'resting', 'quarantine', 'retired'), family: fc.constantFrom<'v4' | 'v6'>('v4', 'v6'),
    unlisted: fc.constantFrom('ok', 'failed', 'unknown'), weight: fc.double({ min: 0, max: 100, noNaN: true }), stopped: fc.boolean(), room: fc.boolean(), idle: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(any, { maxLength: 8 }), fc.subarray<'v4' | 'v6'>(['v4', 'v6']), fc.option(fc.nat(8).map((i) => `s${i}`)), (list, families, prefer) => {
      const sources = list.map(({ state, family, unlisted, weight }, i) => source(`s${i}`, { state, family, weight, checks: { ...CHECKS, unlisted } }))
      const of = ({ id }: Source): (typeof list)[number] | undefined => list[Number(id.slice(1))]
      const question = ask(sources, { families, prefer, isStopped: (s) => of(s)?.stopped === true, hasRoom: (s) => of(s)?.room === true, isIdle: (s) => of(s)?.idle === true })
      const able = sources.filter((s) => isUsable(s) && families.includes(s.family) && of(s)?.stopped === false && of(s)?.room === true)
      const id = picked(question)
      assert.equal(id === null, able.length === 0)
      if (id !== null) assert.ok(able.some((s) => s.id === id))
    }),
  )
})

test('A source may begin when every check is known to be in order, and goes on while none has failed', () => {
  assert.deepEqual(whatIsMissing(source('a')), [])
  const unsure = source('a', { checks: { ...CHECKS, reverse: 'unknown', egress: 'failed' } })
  assert.equal(whatIsMissing(unsure).length, 2)
  assert.ok(whatIsMissing(unsure).every(({ en, id }) => en !== '' && id !== ''))
  assert.equal(isUsable(unsure), false)
  assert.equal(isUsable(source('a', { checks: { ...CHECKS, reverse: 'unknown' } })), true)
  assert.deepEqual([ageDays(source('a'), 30 * 86_400_000), ageDays(source('a', { sendsSinceMs: null }), 5), ageDays(source('a', { sendsSinceMs: 9 }), 5)], [30, 0, 0])
})

const KINDS: readonly PoolKind[] = ['txn-shared', 'bulk-shared-a', 'bulk-shared-b', 'bulk-shared-c', 'penalty', 'forwarding', 'system', 'mailbox-users']
const POOLS = KINDS.map((kind) => pool(kind))
const OWN = pool('dedicated', [], { organization: ORG, carries: ['broadcast'] })
const WHO: PoolQuestion = { traffic: 'broadcast', organization: ORG, standing: 'verified', grade: 'A', pinned: null, pools: POOLS }

test('Each kind of mail has its pool', () => {
  const kind = (more: Partial<PoolQuestion>): PoolKind | undefined => pickPool({ ...WHO, ...more })?.kind
  assert.deepEqual((['A', 'B', 'C'] as const).map((grade) => kind({ grade })), ['bulk-shared-a', 'bulk-shared-b', 'bulk-shared-c'])
  assert.equal(kind({ traffic: 'transactional' }), 'txn-shared')
  assert.equal(kind({ traffic: 'submission' }), 'mailbox-users')
  assert.equal(kind({ standing: 'trial' }), 'bulk-shared-c')
  assert.equal(kind({ standing: 'penalized', traffic: 'transactional' }), 'penalty')
  assert.equal(kind({ traffic: 'forwarding', standing: 'penalized' }), 'forwarding')
  assert.equal(kind({ traffic: 'system', pinned: 'txn-shared' }), 'system')
})

test('A dedicated pool is for its tenant, and for what it was made to carry', () => {
  const pools = [...POOLS, OWN]
  assert.equal(pickPool({ ...WHO, pools }), OWN)
  assert.equal(pickPool({ ...WHO, pools, traffic: 'transactional' })?.kind, 'txn-shared')
  assert.equal(pickPool({ ...WHO, pools, organization: 'o-two' as OrganizationId })?.kind, 'bulk-shared-a')
  assert.equal(pickPool({ ...WHO, pools, organization: 'o-two' as OrganizationId, pinned: 'dedicated' })?.kind, 'bulk-shared-a')
  assert.equal(pickPool({ ...WHO, pools, standing: 'penalized' })?.kind, 'penalty')
  assert.equal(pickPool({ ...WHO, pools, standing: 'trial' })?.kind, 'bulk-shared-c')
})

test('What is pinned goes there, unless it is a pool that tenants never use; one pool for all serves a small house', () => {
  assert.equal(pickPool({ ...WHO, pinned: 'bulk-shared-c' })?.kind, 'bulk-shared-c')
  assert.equal(pickPool({ ...WHO, pinned: 'forwarding' })?.kind, 'bulk-shared-a')
  assert.equal(pickPool({ ...WHO, pools: [pool('all')], traffic: 'system' })?.kind, 'all')
  assert.equal(pickPool({ ...WHO, pools: [pool('warmup')] }), null)
})

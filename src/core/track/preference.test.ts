import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DeliveryId, OrganizationId } from '../../base/brand.ts'
import type { StreamName } from '../organization/stream/name.ts'
import type { Stream } from '../organization/stream/stream.ts'
import { type Scope, streamScope, type Suppression } from '../suppression/suppression.ts'
import { choicesOf, planOf, type Situation } from './preference.ts'

const MINE = 'q1' as DeliveryId
const STREAMS: readonly StreamName[] = ['broadcast', 'broadcast.a', 'broadcast.b']
const SCOPES: readonly Scope[] = ['all', 'broadcast', ...STREAMS.map(streamScope)]
const organization = 'o1' as OrganizationId

const entry = fc.record({ organization: fc.constantFrom<OrganizationId | ''>('', organization), scope: fc.constantFrom(...SCOPES), category: fc.constantFrom('unsubscribe', 'complaint', 'manual', 'bad-mailbox'), undo: fc.constantFrom(null, MINE, 'q2' as DeliveryId) })
  .map((some): Suppression => ({ ...some, address: 'cici@far.example', reason: '', delivery: null, createdMs: 0, expiresMs: null, lockedMs: null }))
const known = fc.subarray([...STREAMS]).map((names) => names.map((name): Stream => ({ organization, name, title: { en: name }, description: {}, tracking: {}, createdMs: 0 })))
const situation: fc.Arbitrary<Situation> = fc.record({ delivery: fc.constant(MINE), stream: fc.constantFrom(...STREAMS, 'transactional'), known, suppressions: fc.uniqueArray(entry, { selector: ({ organization: of, scope }) => `${of} ${scope}` }) })
const wishes = fc.dictionary(fc.constantFrom<string>(...STREAMS, 'broadcast.c'), fc.constantFrom<'on' | 'off'>('on', 'off')).map((each) => new Map(Object.entries(each)))

const isMine = ({ undo, category, organization: of }: Suppression): boolean => undo === MINE && category === 'unsubscribe' && of !== ''

/** What holds after a plan was done, as the database would do it. */
function after({ suppressions, ...rest }: Situation, wanted: ReadonlyMap<string, 'on' | 'off'>): Situation {
  const choices = choicesOf({ suppressions, ...rest })
  const { stop, resume, narrow } = planOf(choices, wanted)
  const lifted: readonly Scope[] = [...(choices.all === 'off' && resume.length > 0 ? ['broadcast' as const] : []), ...resume.map(({ stream }) => streamScope(stream))]
  const kept = suppressions.filter((each) => !(lifted.includes(each.scope) && isMine(each)))
  const added = [...stop, ...narrow].map(streamScope).filter((scope) => !kept.some((each) => each.scope === scope && each.organization !== ''))
  return { ...rest, suppressions: [...kept, ...added.map((scope): Suppression => ({ organization, address: 'cici@far.example', scope, category: 'unsubscribe', reason: '', delivery: MINE, createdMs: 0, expiresMs: null, lockedMs: null, undo: MINE }))] }
}

const stops = ({ suppressions }: Situation, stream: string): boolean => suppressions.some(({ scope }) => scope === 'all' || scope === 'broadcast' || scope === streamScope(stream))

test('what others have stopped stays stopped, whatever a reader wants', () => {
  fc.assert(fc.property(situation, wishes, (before, wanted) => {
    const then = after(before, wanted)
    for (const each of before.suppressions) if (!isMine(each)) assert.ok(then.suppressions.includes(each))
  }))
})

test('a reader gets what he wants and may have, nothing that he did not ask for, and the same when he asks again', () => {
  fc.assert(fc.property(situation, wishes, (before, wanted) => {
    const then = after(before, wanted)
    const { streams } = choicesOf(before)
    for (const { stream, held } of streams) {
      const want = wanted.get(stream)
      if (held === 'on') assert.equal(stops(then, stream), want === 'off')
      if (held === 'off') assert.equal(stops(then, stream), want !== 'on')
      if (held === 'fixed') assert.ok(stops(then, stream))
    }
    // Streams that the page does not show stay as they are, too.
    for (const stream of STREAMS) if (!streams.some((each) => each.stream === stream) && stream === 'broadcast') assert.equal(stops(then, stream), stops(before, stream))
    const again = after(then, wanted)
    for (const stream of STREAMS) assert.equal(stops(again, stream), stops(then, stream))
  }))
})

test('there is always something to choose, and never what is transactional', () => {
  fc.assert(fc.property(situation, (some) => {
    const { streams } = choicesOf(some)
    assert.ok(streams.length > 0 && streams.every(({ stream }) => stream !== 'transactional'))
    assert.equal(new Set(streams.map(({ stream }) => stream)).size, streams.length)
  }))
})

import type { OrganizationId } from '../../base/brand.ts'
import { STICKY_SOURCES } from './limits.ts'
import { isUsable } from './source.ts'
import type { Pool, Source } from './source.ts'

/** A delivery that needs a source, and what the engine knows of the sources at this moment. */
export interface PickQuestion {
  readonly organization: OrganizationId | null
  readonly site: string
  readonly pool: Pool
  /** The pool that `pool.overflow` names, when this tenant's mail may overflow at all; else null. */
  readonly overflow: Pool | null
  readonly sources: ReadonlyMap<string, Source>
  /** Families of which the site has addresses that may be used. */
  readonly families: readonly Source['family'][]
  /** The source of the last attempt, when the peer wants to see it again (greylisting); else null. */
  readonly prefer: string | null
  /** Can it not reach the site now? That is no block: another one may try. */
  readonly isDown: (source: Source) => boolean
  /** Is it suspended for this site? */
  readonly isStopped: (source: Source) => boolean
  /** Is it warm, or has it room left today? */
  readonly hasRoom: (source: Source) => boolean
  /** Has it an open connection there with nothing to do? */
  readonly isIdle: (source: Source) => boolean
}

/** Why a source cannot carry it. */
export type Refusal = 'unknown' | 'unhealthy' | 'family' | 'down' | 'stopped' | 'no-room'

/** The source to send from, or why there is none: then the delivery waits, with the reason `no_egress`. */
export type Picked =
  | { readonly kind: 'source'; readonly source: Source; readonly from: 'pool' | 'overflow' }
  | { readonly kind: 'none'; readonly reason: 'no_egress'; readonly refused: readonly { readonly source: string; readonly why: Refusal }[] }

/**
 * Picks the source for a delivery: weighted rendezvous by organization and site, so that a tenant's mail for a provider
 * comes from few addresses, and a source that goes or comes moves no more than its own part. Among the first three, one with an idle
 * connection goes first.
 *
 * The overflow pool is for lack of room only. Where sources of the pool are suspended for the site, and none of the others is merely full,
 * it is not used: that would be slipping past a block.
 */
export function pickSource(question: PickQuestion): Picked {
  const refused: { source: string; why: Refusal }[] = []
  for (const from of ['pool', 'overflow'] as const) {
    const pool = question[from]
    if (pool === null || (from === 'overflow' && refused.some(({ why }) => why === 'stopped') && !refused.some(({ why }) => why === 'no-room'))) continue
    const able: Source[] = []
    for (const id of pool.sources) {
      const source = question.sources.get(id)
      const why = source === undefined ? 'unknown' : refusalOf(source, question)
      if (why !== null) refused.push({ source: id, why })
      else if (source !== undefined) able.push(source)
    }
    const source = choose(able, question)
    if (source !== null) return { kind: 'source', source, from }
  }
  return { kind: 'none', reason: 'no_egress', refused }
}

function refusalOf(source: Source, { families, isDown, isStopped, hasRoom }: PickQuestion): Refusal | null {
  if (!isUsable(source)) return 'unhealthy'
  if (!families.includes(source.family)) return 'family'
  if (isStopped(source)) return 'stopped'
  if (isDown(source)) return 'down'
  return hasRoom(source) ? null : 'no-room'
}

function choose(able: readonly Source[], { prefer, organization, site, isIdle }: PickQuestion): Source | null {
  const preferred = able.find(({ id }) => id === prefer)
  if (preferred !== undefined) return preferred
  const best = able
    .map((source) => ({ source, distance: distance(`${organization ?? ''}\n${site}\n${source.id}`, source.weight) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, STICKY_SOURCES)
  return (best.find(({ source }) => isIdle(source)) ?? best[0])?.source ?? null
}

/** Exponentially distributed with the weight as its rate: then the nearest of several is each in proportion to its weight. */
function distance(key: string, weight: number): number {
  return -Math.log((hash(key) + 1) / 0x1_0000_0001) / Math.max(weight, Number.MIN_VALUE)
}

/** A number from 0 to 1 (1 excluded) that is always the same for a key, and evenly spread over keys. */
export function chanceOf(key: string): number {
  return hash(key) / 0x1_0000_0000
}

/** FNV-1a of the UTF-16 units, then mixed so that keys that differ in their last letter are far apart. 32 bits. */
function hash(key: string): number {
  let h = 0x811c_9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x0100_0193)
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}

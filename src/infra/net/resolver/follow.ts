import type { FailedWhy, None } from '../../../base/dns.ts'
import { MAX_ALIASES } from './limits.ts'
import type { RawRecord, Reply } from './message.ts'
import { RCODE } from './message.ts'
import { isWithin } from './name.ts'
import type { Kind } from './record.ts'
import { CLASS_IN, CNAME, NS_CODE, SOA } from './record.ts'

/** What one reply says about one name, its own aliases followed. TTLs as they came, not yet limited. */
export type Followed<T> =
  | (Way & { readonly kind: 'found'; readonly records: readonly T[]; readonly ttlMs: number })
  /** `ttlMs` null: nothing says how long, so it is not to be kept (RFC 2308 §5). */
  | (Way & { readonly kind: 'none'; readonly why: None['why']; readonly ttlMs: number | null })
  /** The aliases lead to `name`, of which this reply says nothing: ask again, for that. */
  | (Way & { readonly kind: 'elsewhere'; readonly ttlMs: number })
  | { readonly kind: 'failed'; readonly why: FailedWhy; readonly detail: string }

/** The way so far, when a name needs more than one question. */
export interface Way {
  readonly name: string
  /** Names already left behind. */
  readonly aliases: readonly string[]
}

/**
 * Reads what `reply` says about `way.name`. Only records of that name and of the names its aliases lead to count: whatever else
 * a server puts into its answer is not what we asked (RFC 5452 §6). RFC 1034 §4.3.2, RFC 2308 §2.
 */
export function follow<T>(reply: Reply, way: Way, kind: Kind<T>): Followed<T> {
  const aliases = [...way.aliases]
  let name = way.name
  let ttlMs = Number.POSITIVE_INFINITY
  for (;;) {
    const wanted = reply.answers.filter((record) => isOf(record, name, kind.code))
    if (wanted.length > 0) return reply.rcode === RCODE.noError ? found(reply, wanted, kind, { name, aliases }, ttlMs) : contradiction()
    const alias = reply.answers.find((record) => isOf(record, name, CNAME.code))
    if (alias === undefined) break
    const target = CNAME.read(reply.bytes, alias.from, alias.to)
    if (target === null) return { kind: 'failed', why: 'malformed', detail: `the alias of ${name} is no name` }
    aliases.push(name)
    const [first = ''] = aliases
    if (aliases.includes(target)) return { kind: 'failed', why: 'alias-loop', detail: `the aliases of ${first} lead back to ${target}` }
    if (aliases.length > MAX_ALIASES) return { kind: 'failed', why: 'alias-chain', detail: `${first} has more than ${MAX_ALIASES} aliases` }
    name = target
    ttlMs = Math.min(ttlMs, alias.ttlMs)
  }
  return absent(reply, { name, aliases }, aliases.length > way.aliases.length, ttlMs)
}

function isOf(record: RawRecord, owner: string, type: number): boolean {
  return record.type === type && record.class === CLASS_IN && record.owner === owner
}

function contradiction(): Followed<never> {
  return { kind: 'failed', why: 'malformed', detail: 'records of a name that does not exist' }
}

function found<T>(reply: Reply, wanted: readonly RawRecord[], kind: Kind<T>, { name, aliases }: Way, chainTtlMs: number): Followed<T> {
  const records: T[] = []
  let ttlMs = chainTtlMs
  for (const { from, to, ttlMs: ownMs } of wanted) {
    const record = kind.read(reply.bytes, from, to)
    // One bad record spoils the set: a policy read from the rest could be the opposite of what is meant.
    if (record === null) return { kind: 'failed', why: 'malformed', detail: `a ${kind.name} record of ${name} cannot be read` }
    records.push(record)
    ttlMs = Math.min(ttlMs, ownMs)
  }
  return { kind: 'found', name, aliases, records, ttlMs }
}

/** No records at the end of the aliases: because there are none, or because this server does not know. */
function absent(reply: Reply, { name, aliases }: Way, hasMoved: boolean, chainTtlMs: number): Followed<never> {
  const soa = reply.authorities.find(({ type, owner }) => type === SOA.code && isWithin(name, owner))
  const minimumMs = soa === undefined ? null : SOA.minimumMs(reply.bytes, soa.from, soa.to)
  const ttlMs = soa === undefined || minimumMs === null ? null : Math.min(chainTtlMs, soa.ttlMs, minimumMs)
  // RFC 2308 §2.1: the code is about the last name of the chain.
  if (reply.rcode === RCODE.nxDomain) return { kind: 'none', why: 'nxdomain', name, aliases, ttlMs }
  if (ttlMs !== null) return { kind: 'none', why: 'nodata', name, aliases, ttlMs }
  if (hasMoved) return { kind: 'elsewhere', name, aliases, ttlMs: chainTtlMs }
  const isReferral = reply.authorities.some(({ type }) => type === NS_CODE)
  if (isReferral || !reply.isInCharge) return { kind: 'failed', why: 'lame', detail: `knows nothing of ${name} and does not look further` }
  return { kind: 'none', why: 'nodata', name, aliases, ttlMs: null }
}

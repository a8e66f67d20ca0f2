import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { endEntry } from './entry.ts'
import { type Scope, scopeKey } from './rule.ts'
import { keepShaping, type Shaping, shapingSince } from './sql-shaping.ts'
import { endSuspension, isInForce, suspend, type Suspension } from './suspension.ts'

/** Who has changed what people change: no sender has this name, so all of them read it. */
const HOLDER = 'by hand'

/** Everything that rules and people have set off. */
export async function shapings(db: Database): Promise<readonly Shaping[]> {
  return (await shapingSince(db, 0, '')).changed
}

/** What is stopped now. */
export async function suspensionsInForce(db: Database, nowMs: number): Promise<readonly Suspension[]> {
  const all = (await shapings(db)).flatMap((shaping) => (shaping.by === 'user' ? shaping.suspension : (shaping.entry.active?.suspension ?? [])))
  return all.filter((suspension) => isInForce(suspension, nowMs))
}

/** What somebody wants to stop. */
export interface StopSiteArgs {
  readonly id: string
  readonly site: string
  /** Null: everybody's mail to it. */
  readonly organization: OrganizationId | null
  readonly covers: Suspension['covers']
  readonly reason: string
  /** Null: until somebody ends it. */
  readonly untilMs: number | null
  readonly nowMs: number
}

/** Stops mail to a site until a time, or until somebody ends it. Senders hear of it within seconds. */
export async function stopSite(db: Database, { id, site, organization, covers, reason, untilMs, nowMs }: StopSiteArgs): Promise<Suspension> {
  const scope: Scope = organization === null ? 'site' : 'tenant-site'
  const key = scopeKey(scope, { source: '', site, organization, stream: null })
  if (key === null) throw new Error(`${scope} has no key`)
  const suspension = suspend({ id, scope, key, what: 'suspend', covers, by: 'user', rule: null, reason, firstReply: null, untilMs, canary: false }, nowMs)
  await keep(db, { by: 'user', suspension }, nowMs)
  return suspension
}

/** Ends what somebody stopped, by its id, or what a rule has set off. `a-stream`: its standing stopped it, and goes on when somebody says what the cause was. */
export async function endStop(db: Database, id: string, nowMs: number): Promise<'ended' | 'none' | 'a-stream'> {
  const found = (await shapings(db)).find((shaping) => (shaping.by === 'user' ? shaping.suspension.id === id : `${shaping.entry.rule} ${shaping.entry.key}` === id))
  if (found === undefined) return 'none'
  if (found.by === 'user' && found.suspension.by === 'standing') return 'a-stream'
  await keep(db, found.by === 'user' ? { by: 'user', suspension: endSuspension(found.suspension, nowMs) } : { by: 'rule', entry: endEntry(found.entry, nowMs) }, nowMs)
  return 'ended'
}

async function keep(db: Database, shaping: Shaping, nowMs: number): Promise<void> {
  await db.write(keepShaping, { changed: [shaping], forgotten: [], holder: HOLDER, nowMs })
}

import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { appendAudit } from '../core/audit/sql.ts'
import type { Database } from '../infra/db/database.ts'
import { ownerOf } from '../infra/http/api/caller.ts'
import type { Change, Watch } from '../infra/http/api/watch.ts'

/** Requests that are no administration, and what tells of them instead. Everything else is written down. */
export const NOT_AUDITED: readonly { readonly path: RegExp; readonly why: string }[] = [
  { path: /^\/v1\/emails(?:\/|$)/, why: 'Mail has a trace, with the key that sent it.' },
  { path: /^\/v1\/subjects\//, why: 'An erasure writes its own entry, which tells the hash of the address and not the address.' },
  { path: /^\/v1\/session(?:\/|$)/, why: 'Coming and going changes nothing; the log of the server tells of it.' },
  { path: /^\/v1\/templates\/[^/]+\/render$/, why: 'It shows something, and changes nothing.' },
]

/** What the audit log is made with. */
export interface AuditOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
}

/**
 * Writes down every administrative change that is made over HTTP: who asked for what, what was there before, and what came of it. The entry is written after the change has committed,
 * before its caller hears of it; a crash in between loses it.
 */
export function auditing({ db, clock, log }: AuditOptions): Watch {
  return async (change) => {
    if (NOT_AUDITED.some(({ path }) => path.test(change.path))) return null
    const { caller, method, address, request } = change
    const place = placeOf(change.path)
    const asked = await change.asked()
    const before = place === null ? null : await change.look(place)
    return async ({ route, answer }) => {
      const after = method === 'DELETE' ? null : await afterwards(change, place, before, answer)
      const atMs = clock.nowMs()
      const entry = { id: makeId('u', atMs), organization: ownerOf(caller), atMs, actorKind: caller.actor.kind, actor: caller.actor.id, action: `${method} ${route}`, object: objectOf(change.path, answer), asked, before, after, address, request }
      // The change is made: its caller must hear so.
      await appendAudit(db, entry).catch((error: unknown) => log.error('audit.failed', { action: entry.action, actor: entry.actor, request, error }))
    }
  }
}

async function afterwards(change: Change, place: string | null, before: unknown, answer: unknown): Promise<unknown> {
  return place === null || before === null ? answer : await change.look(place)
}

/** The thing that a path is about: `/v1/webhooks/h-1` of `/v1/webhooks/h-1/rotate`; null of `/v1/webhooks`. */
function placeOf(path: string): string | null {
  return /^\/v1\/[^/]+\/[^/]+/.exec(path)?.[0] ?? null
}

function objectOf(path: string, answer: unknown): string | null {
  const named = path.split('/')[3]
  if (named !== undefined) return decoded(named)
  const id = typeof answer === 'object' && answer !== null ? (answer as Readonly<Record<string, unknown>>)['id'] : null
  return typeof id === 'string' ? id : null
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // Somebody has typed a percent sign.
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { OpenEntry } from '../core/audit/entry.ts'
import { endAudit } from '../core/audit/sql.ts'
import { type Acting, AuditedDatabase } from '../core/audit/sql-audited.ts'
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

/** What the API is watched with: a database for its parts, and what tells that who acts. */
export interface Auditing {
  readonly db: Database
  readonly watch: Watch
}

/**
 * Writes down every administrative change that is made over HTTP: who asked for what, what was there before, and what came of it. The entry is written in the transaction of the first
 * write that changes something, and completed before the caller hears the answer; who dies in between leaves one whose outcome is unknown.
 */
export function auditing({ db, clock, log }: AuditOptions): Auditing {
  const acting = new AsyncLocalStorage<Acting>()
  const watch: Watch = async (change) => {
    if (NOT_AUDITED.some(({ path }) => path.test(change.path))) return null
    const { caller, method, address, request } = change
    const place = placeOf(change.path)
    const atMs = clock.nowMs()
    const entry: OpenEntry = {
      ...{ id: makeId('u', atMs), organization: change.isOfPlatform ? '' : ownerOf(caller), atMs, actorKind: caller.actor.kind, actor: caller.actor.id, action: `${method} ${change.route}`, object: objectOf(change.path, null) },
      ...{ asked: await change.asked(), before: place === null ? null : await change.look(place), address, request },
    }
    return {
      run: (handle) => acting.run({ entry: async () => entry }, handle),
      async ended({ isDone, answer }) {
        const after = method === 'DELETE' ? null : await afterwards(change, place, entry.before, answer)
        const end = { object: objectOf(change.path, answer), after, outcome: isDone ? 'done' : 'failed' } as const
        // The change is made and its entry is there: its caller must hear so.
        await endAudit(db, entry, end, isDone ? 'always' : 'when-changed').catch((error: unknown) => log.error('audit.failed', { action: entry.action, actor: entry.actor, request, error }))
      },
    }
  }
  return { db: new AuditedDatabase(db, () => acting.getStore() ?? null), watch }
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

import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { type EnvelopeWishes, LOCAL_LANE, type LastAnswer, type LeasedDelivery, type NewDelivery } from './delivery.ts'
import { withoutSuppressed } from './sql-stop.ts'

/** Groups (lane, priority, organization) looked at in one read. */
const GROUPS = 500

/** Rows given back in one write. */
const CHUNK = 500

interface Group {
  readonly lane: string
  readonly priority: number
  readonly organization: string
  readonly due_ms: number
}

/** The next group in the index, with the time of its first row: one look-up, however many rows wait. */
const NEXT_GROUP = statement<{ lane: string; priority: number; organization: string }, Group>(
  `SELECT lane, priority, organization, due_ms FROM delivery
  WHERE state = 'queued' AND (lane, priority, organization) > ($lane, $priority, $organization)
  ORDER BY lane, priority, organization, due_ms LIMIT 1`,
)

const LEASE = statement<{ holder: string; lane: string; priority: number; organization: string; nowMs: number; limit: number }, Row>({
  sqlite: leaseSql('$limit'),
  postgres: leaseSql('$limit::bigint'),
})

function leaseSql(limit: string): string {
  // The state is asked twice: on PostgreSQL another sender may have taken a row since it was chosen.
  return `UPDATE delivery SET state = 'leased', lease = $holder
  WHERE state = 'queued' AND id IN (
    SELECT id FROM delivery WHERE state = 'queued' AND lane = $lane AND priority = $priority AND organization = $organization AND due_ms <= $nowMs
    ORDER BY due_ms, id LIMIT ${limit})
  RETURNING id, organization, account, message, sender, recipient, lane, stream, priority, attempts, created_ms, due_ms, expires_ms, envelope, last_reply,
    possible_duplicate`
}

const HOLDERS = statement<Record<never, never>, { lease: string }>("SELECT DISTINCT lease FROM delivery WHERE state = 'leased' LIMIT 500")

const GIVE_BACK = statement<{ holder: string }>(
  `UPDATE delivery SET state = 'queued', lease = NULL, possible_duplicate = 1
  WHERE id IN (SELECT id FROM delivery WHERE state = 'leased' AND lease = $holder LIMIT ${CHUNK})`,
)

interface Row {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly lane: string
  readonly stream: string
  readonly priority: LeasedDelivery['priority']
  readonly attempts: number
  readonly created_ms: number
  readonly due_ms: number
  readonly expires_ms: number
  readonly envelope: string
  readonly last_reply: string | null
  readonly possible_duplicate: number
}

/** A domain that has deliveries waiting, and when the first of them is due. */
export interface WaitingLane {
  readonly lane: string
  readonly dueMs: number
}

/** Domains with deliveries that wait, after `after`, in order. Costs by domains and organizations, not by rows. `next` null: there are no more. */
export async function waitingLanes(db: Database, after: string): Promise<{ readonly lanes: readonly WaitingLane[]; readonly next: string | null }> {
  const groups = await db.read(function* (tx) {
    const found: Group[] = []
    let at = { lane: after, priority: Number.MAX_SAFE_INTEGER, organization: '' }
    while (found.length < GROUPS) {
      const group: Group | null = yield* tx.one(NEXT_GROUP, at)
      if (group === null) break
      found.push(group)
      at = { lane: group.lane, priority: group.priority, organization: group.organization }
    }
    return found
  })
  const first = new Map<string, number>()
  for (const { lane, due_ms } of groups) {
    if (lane !== LOCAL_LANE) first.set(lane, Math.min(due_ms, first.get(lane) ?? Number.POSITIVE_INFINITY))
  }
  return { lanes: [...first].map(([lane, dueMs]) => ({ lane, dueMs })), next: groups.length < GROUPS ? null : (groups.at(-1)?.lane ?? null) }
}

/** What a sender asks for. */
export interface LeaseArgs {
  readonly lane: string
  /** Who takes them: a name that its own lease goes by (`infra/db/sql-lease.ts`). */
  readonly holder: string
  readonly limit: number
  readonly nowMs: number
}

/**
 * Takes at most `limit` deliveries of a domain that are due: higher priorities first, organizations in equal shares, the longest
 * waiting first, and none whose recipient is not written to. They are the holder's until it settles them, or its lease has run out and `recover` gives them back.
 */
export const lease = write('queue.lease', function* (tx, args: LeaseArgs): Work<readonly LeasedDelivery[]> {
  const taken: LeasedDelivery[] = []
  const groups = yield* dueGroups(tx, args)
  for (const priority of new Set(groups.map((group) => group.priority))) {
    const organizations = groups.filter((group) => group.priority === priority)
    for (const [index, { organization }] of organizations.entries()) {
      const share = Math.ceil((args.limit - taken.length) / (organizations.length - index))
      if (share === 0) return yield* withoutSuppressed(tx, taken, args.nowMs)
      const rows = yield* tx.all(LEASE, { ...args, priority, organization, limit: share })
      taken.push(...[...rows].sort((a, b) => a.due_ms - b.due_ms || (a.id < b.id ? -1 : 1)).map(toLeased))
    }
  }
  return yield* withoutSuppressed(tx, taken, args.nowMs)
})

function* dueGroups(tx: Tx, { lane, nowMs }: LeaseArgs): Work<readonly Group[]> {
  const due: Group[] = []
  let at = { lane, priority: -1, organization: '' }
  for (let looked = 0; looked < GROUPS; looked++) {
    const group: Group | null = yield* tx.one(NEXT_GROUP, at)
    if (group === null || group.lane !== lane) break
    if (group.due_ms <= nowMs) due.push(group)
    at = { lane, priority: group.priority, organization: group.organization }
  }
  return due
}

function toLeased(row: Row): LeasedDelivery {
  const { view, ...wishes } = JSON.parse(row.envelope) as EnvelopeWishes & { readonly view: NewDelivery['view'] }
  return {
    id: row.id,
    organization: row.organization,
    account: row.account,
    message: row.message,
    sender: row.sender,
    recipient: row.recipient,
    lane: row.lane,
    stream: row.stream,
    priority: row.priority,
    attempts: row.attempts,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    wishes,
    view,
    last: row.last_reply === null ? null : (JSON.parse(row.last_reply) as LastAnswer),
    possibleDuplicate: row.possible_duplicate === 1,
  }
}

/** Who holds deliveries now, living or dead. */
export async function leaseHolders(db: Database): Promise<readonly string[]> {
  return (await db.all(HOLDERS, {})).map((row) => row.lease)
}

/** Gives back what a dead sender held, at most 500 rows; call again until 0. It may have sent them, and they say so. */
export const recover = write('queue.recover', function* (tx, args: { readonly holder: string }): Work<number> {
  return yield* tx.run(GIVE_BACK, args)
})

import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { EventType } from '../event/event.ts'
import { appendEvent } from '../event/sql.ts'
import { IN_SITE, lanesOfSite, type SiteParams, siteStatement } from './sql-site.ts'

/** Deliveries changed in one write. */
const CHUNK = 200

/** What an operator does to deliveries: keep them from going, let them go, try them now, send them another way, or give them up. */
export type Operation = (typeof OPERATIONS)[number]

/** All of them. */
export const OPERATIONS = ['hold', 'release', 'retry', 'reroute', 'cancel'] as const

/** Which deliveries are meant: all that fit every word given. '' stands for any. */
export interface Selection {
  readonly id: string
  readonly message: string
  /** The recipient's domain, or `local`. */
  readonly lane: string
  /** As `merpati lane` names it. See `lanesOfSite`. */
  readonly site: string
  /** `<>` for the null sender. */
  readonly sender: string
  readonly recipient: string
  readonly organization: string
  /** Who submitted it. */
  readonly account: string
  /** `by-hand`: not what checks hold until an operator has looked. */
  readonly held: '' | 'by-hand'
}

/** Every delivery: spread it, and say what narrows it down. */
export const ANY_DELIVERY: Selection = { id: '', message: '', lane: '', site: '', sender: '', recipient: '', organization: '', account: '', held: '' }

/** In which states a delivery can be operated on; those that a sender has taken are not: they are back in a moment. */
const FROM: Readonly<Record<Operation, string>> = {
  hold: "'queued'",
  release: "'held'",
  retry: "'queued'",
  reroute: "'queued', 'held'",
  cancel: "'queued', 'held', 'captured'",
}

const MEANT = `($id = '' OR id = $id) AND ($message = '' OR message = $message) AND ($lane = '' OR lane = $lane) AND ($sender = '' OR sender = $sender OR ($sender = '<>' AND sender = ''))
  AND ($recipient = '' OR recipient = $recipient) AND ($organization = '' OR organization = $organization)
  AND ($account = '' OR account = $account) AND ($held = '' OR held_for IS NULL) AND ${IN_SITE}`

interface Row {
  readonly id: DeliveryId
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly lane: string
}

interface Change extends Record<string, string | number> {
  readonly id: string
  readonly nowMs: number
  /** Of a reroute: see `viaLane`; '' for the way that MX records name. */
  readonly lane: string
}

type Meant = Record<keyof Selection, string>
type Asked = Meant & { after: string }

const COUNT = each((operation) => siteStatement<Meant, { count: number }>(`SELECT COUNT(*) AS count FROM delivery WHERE state IN (${FROM[operation]}) AND ${MEANT}`))

const NEXT = each((operation) =>
  siteStatement<Asked, Row>(
    `SELECT id, organization, account, message, sender, recipient, lane FROM delivery
    WHERE state IN (${FROM[operation]}) AND id > $after AND ${MEANT} ORDER BY id LIMIT ${CHUNK}`,
  ),
)

const CHANGE = {
  hold: statement<Change>("UPDATE delivery SET state = 'held' WHERE id = $id AND state = 'queued' AND $nowMs = $nowMs AND $lane = $lane"),
  // What was never tried still waits for its time.
  release: statement<Change>(
    `UPDATE delivery SET state = COALESCE(held_state, 'queued'), held_for = NULL, held_state = NULL, due_ms = CASE WHEN attempts = 0 AND due_ms > $nowMs THEN due_ms ELSE $nowMs END
    WHERE id = $id AND state = 'held' AND $lane = $lane`,
  ),
  retry: statement<Change>("UPDATE delivery SET due_ms = $nowMs WHERE id = $id AND state = 'queued' AND $lane = $lane"),
  reroute: statement<Change>(`UPDATE delivery SET lane = CASE WHEN $lane = '' THEN domain ELSE $lane END, due_ms = $nowMs WHERE id = $id AND state IN (${FROM.reroute})`),
  cancel: statement<Change>(
    `UPDATE delivery SET state = 'cancelled', settled_ms = $nowMs, alarm_ms = NULL WHERE id = $id AND state IN (${FROM.cancel}) AND $lane = $lane`,
  ),
}

const EVENTS: Readonly<Record<Operation, EventType>> = {
  hold: 'delivery.held',
  release: 'delivery.released',
  retry: 'delivery.hurried',
  reroute: 'delivery.rerouted',
  cancel: 'delivery.cancelled',
}

function each<T>(make: (operation: Operation) => T): Readonly<Record<Operation, T>> {
  return { hold: make('hold'), release: make('release'), retry: make('retry'), reroute: make('reroute'), cancel: make('cancel') }
}

/** How many deliveries an operation would change now. */
export async function countMeant(db: Database, operation: Operation, selection: Selection): Promise<number> {
  return Number((await db.one(COUNT[operation], { ...selection, ...(await lanesOfSite(db, selection.site)) }))?.count ?? 0)
}

/** What one step of an operation has done. `next` is null when it is over. */
export interface Operated {
  readonly changed: number
  /** Domains that have something to send now. */
  readonly lanes: readonly string[]
  readonly next: string | null
}

interface OperateArgs {
  readonly operation: Operation
  readonly lane: string
  readonly by: string
  readonly nowMs: number
}

/** Operates on at most 200 deliveries after `after`, each with its event; call again with `next` until it is null. */
export const operate = write('queue.operate', function* (
  tx,
  args: OperateArgs & { readonly selection: Selection; readonly lanes: SiteParams['lanes']; readonly after: string },
): Work<Operated> {
  const { operation, selection, lanes, after } = args
  const rows = yield* tx.all(NEXT[operation], { ...selection, lanes, after })
  let changed = 0
  for (const row of rows) changed += yield* operateOne(tx, row, args)
  const woken = operation === 'release' || operation === 'retry' ? rows.map(({ lane }) => lane) : []
  return { changed, lanes: operation === 'reroute' && args.lane !== '' ? [args.lane] : [...new Set(woken)], next: rows.length < CHUNK ? null : (rows.at(-1)?.id ?? null) }
})

function* operateOne(tx: Tx, row: Row, { operation, lane, by, nowMs }: OperateArgs): Work<number> {
  const { id, organization, account, message, sender, recipient } = row
  if ((yield* tx.run(CHANGE[operation], { id, nowMs, lane })) === 0) return 0
  yield* appendEvent(tx, { atMs: nowMs, organization, account, message, delivery: id, type: EVENTS[operation], version: 1, data: { from: sender, recipient, by, ...(operation === 'reroute' ? { via: lane === '' ? null : lane } : {}) } })
  return 1
}

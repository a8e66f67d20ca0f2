import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import { providerOfSite } from '../pool/site.ts'
import { noteWarmupOf } from '../pool/sql-source.ts'
import { NO_NEWS } from '../pool/warming.ts'
import type { DeliveryState, LastAnswer } from '../queue/delivery.ts'
import { noteComplaint } from '../queue/sql-complained.ts'
import { MEANINGS } from './meaning.ts'
import type { Note } from './note.ts'

/** More reports than these on one delivery tell nothing new, and somebody may send them without end. */
const MAX_REPORTS = 20

/** Rows removed in one write. */
const CHUNK = 200

/** Organizations that are told of at once. */
const MAX_ACCUSED = 100

const COUNT = statement<{ delivery: string }, { count: number }>('SELECT COUNT(*) AS count FROM returned WHERE delivery = $delivery')

const KEEP = statement<{ id: string; organization: string; delivery: string; kind: string; category: string | null; nowMs: number; head: Uint8Array }>(
  'INSERT INTO returned (id, organization, delivery, kind, category, at_ms, head) VALUES ($id, $organization, $delivery, $kind, $category, $nowMs, $head)',
)

const BOUNCE = statement<{ id: string; last: string }>("UPDATE delivery SET state = 'bounced', last_reply = $last WHERE id = $id AND state = 'delivered'")

const FIND = statement<{ id: string }, Row>('SELECT organization, account, message, sender, recipient, stream, site, last_reply, state, complained_ms FROM delivery WHERE id = $id')

const FORGET = statement<{ beforeMs: number }>(`DELETE FROM returned WHERE id IN (SELECT id FROM returned WHERE at_ms < $beforeMs ORDER BY at_ms LIMIT ${CHUNK})`)

const ACCUSED = statement<{ sinceMs: number }, { organization: OrganizationId; category: Accusation; deliveries: number | string }>(
  `SELECT organization, category, COUNT(DISTINCT delivery) AS deliveries FROM returned
  WHERE at_ms >= $sinceMs AND kind = 'complained' AND category IN ('fraud', 'virus') AND organization <> '' GROUP BY organization, category ORDER BY organization, category LIMIT ${MAX_ACCUSED}`,
)

const READ = statement<{ id: string }, { readonly head: Uint8Array }>('SELECT head FROM returned WHERE id = $id')

interface Row {
  readonly organization: OrganizationId
  readonly account: AccountId | null
  readonly message: MessageId
  readonly sender: string
  readonly recipient: string
  readonly stream: string
  readonly site: string
  readonly last_reply: string | null
  readonly state: DeliveryState
  readonly complained_ms: number | null
}

/** Something that came to a return path. */
export interface ReturnedArgs {
  readonly id: string
  /** Whose return path it was; null when it came to the address for complaints and names no delivery. */
  readonly delivery: DeliveryId | null
  readonly note: Note
  readonly head: Uint8Array
  /** The address that it was passed on to: a person's answer. Missing for all else. */
  readonly passedTo?: string
  /** Who brought it. */
  readonly peer: string
  readonly nowMs: number
}

/**
 * Keeps what came to a return path and tells what it means for its delivery. `unknown`: the delivery is forgotten, or was never there;
 * `enough`: there are plenty of reports on it, and this one is dropped.
 */
export const takeReturned = write('bounce.take', function* (tx, args: ReturnedArgs): Work<'taken' | 'unknown' | 'enough'> {
  const { id, delivery, note, head, nowMs } = args
  const subject = delivery === null ? null : yield* tx.one(FIND, { id: delivery })
  const count = yield* tx.one(COUNT, { delivery: delivery ?? '' })
  if (delivery !== null && (count?.count ?? 0) >= MAX_REPORTS) return 'enough'
  yield* tx.run(KEEP, { id, organization: subject?.organization ?? '', delivery: delivery ?? '', kind: note.kind, category: note.category ?? accusationIn(note), nowMs, head })
  if (delivery === null || subject === null) return 'unknown'
  yield* countForWarmup(tx, subject, note, nowMs)
  yield* tell(tx, delivery, subject, args)
  return 'taken'
}, ({ head }) => head.length)

/** What comes back speaks of the address that it went from, too, while that is warming up: each once, however often it is told. deliverability §3.7. */
function* countForWarmup(tx: Tx, { site, last_reply: last, state, complained_ms: complainedMs }: Row, { kind, category }: Note, nowMs: number): Work<void> {
  const { source } = last === null ? {} : (JSON.parse(last) as Partial<LastAnswer>)
  const complaints = Number(kind === 'complained' && category === 'complaint' && complainedMs === null)
  const hardBounced = Number(kind === 'bounced' && state === 'delivered' && category !== null && MEANINGS[category].kind === 'hard')
  if (source !== undefined && complaints + hardBounced > 0) yield* noteWarmupOf(tx, { source, provider: providerOfSite(site), news: { ...NO_NEWS, complaints, hardBounced }, nowMs })
}

function* tell(tx: Tx, delivery: DeliveryId, { organization, account, message, sender, recipient, stream }: Row, { id, note, peer, passedTo, nowMs }: ReturnedArgs): Work<void> {
  const { kind, category, underlying, status, reply, host, rule, action } = note
  if (kind === 'bounced') yield* tx.run(BOUNCE, { id: delivery, last: JSON.stringify({ status: status ?? '5.0.0', text: reply, host, atMs: nowMs }) })
  if (kind === 'complained' && category === 'complaint') yield* noteComplaint(tx, delivery, nowMs)
  yield* appendEvent(tx, {
    atMs: nowMs,
    organization,
    account,
    message,
    delivery,
    type: `delivery.${kind}`,
    version: 1,
    data: { from: sender, recipient, stream, category, ...(underlying === null ? {} : { expired: true, underlying }), status, reply, host, rule, action, report: id, peer, ...(passedTo === undefined ? {} : { passedTo }) },
  })
}

/** Complaints that speak of more than a reader's taste. RFC 5965 §7.3. */
export type Accusation = 'fraud' | 'virus'

function accusationIn({ kind, action }: Note): Accusation | null {
  return kind === 'complained' && (action === 'fraud' || action === 'virus') ? action : null
}

/** Organizations whose mail was called a fraud, or said to hold a virus, since `sinceMs`, and for how many deliveries. */
export async function accusationsSince(db: Database, sinceMs: number): Promise<readonly { readonly organization: OrganizationId; readonly of: Accusation; readonly deliveries: number }[]> {
  return (await db.all(ACCUSED, { sinceMs })).map(({ organization, category, deliveries }) => ({ organization, of: category, deliveries: Number(deliveries) }))
}

/** What came to the return path of a delivery and is not forgotten yet; `MAX_REPORTS` at most. */
export async function returnedCount(db: Database, delivery: DeliveryId): Promise<number> {
  return Number((await db.one(COUNT, { delivery }))?.count ?? 0)
}

/** Forgets what came before `beforeMs`. Returns how many rows went; call again until 0. */
export const purgeReturned = write('bounce.purge', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** The beginning of what came, as it came; null when it is forgotten. */
export async function returnedHead(db: Database, id: string): Promise<Uint8Array | null> {
  return (await db.one(READ, { id }))?.head ?? null
}

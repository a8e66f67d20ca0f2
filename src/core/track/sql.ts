import type { DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'
import { type Circumstances, type HitClass, type Judgement, judgeHits } from './classify.ts'
import type { Hit } from './hit.ts'
import { MAX_HEARD, MAX_HITS, MAX_HITS_KEPT, MAX_SHARED_HITS, TRACKED_MS } from './limits.ts'
import { ANYBODY, HONEYPOT } from './token.ts'
import type { NewTracked, Tracked } from './tracked.ts'

/** Rows removed in one write. */
const CHUNK = 200

type Content = Pick<NewTracked, 'recipients' | 'links' | 'opens' | 'mode'>

interface Row {
  readonly message: MessageId
  readonly organization: OrganizationId
  readonly stream: string
  readonly content: string
}

/** A hit as it is kept: with what it was judged to be when it was counted. Rows of earlier versions do not say. */
interface KeptHit extends Hit {
  readonly class?: HitClass
}

interface HitRow {
  readonly opens: number
  readonly clicks: number
  readonly human_opens: number
  readonly human_clicks: number
  readonly recent: string
}

const KEEP = statement<{ message: string; organization: string; stream: string; content: string; nowMs: number }>(
  'INSERT INTO tracked (message, organization, stream, content, created_ms) VALUES ($message, $organization, $stream, $content, $nowMs)',
)
const ONE = statement<{ message: string }, Row>('SELECT message, organization, stream, content FROM tracked WHERE message = $message')

// The row is there, and locked on PostgreSQL, before it is read: hits of one recipient wait for each other.
const LOCK = statement<{ message: string; recipient: number }>(
  `INSERT INTO tracked_hit (message, recipient, opens, clicks, human_opens, human_clicks, recent) VALUES ($message, $recipient, 0, 0, 0, 0, '[]')
  ON CONFLICT (message, recipient) DO UPDATE SET opens = tracked_hit.opens`,
)
const HITS = statement<{ message: string; recipient: number }, HitRow>(
  'SELECT opens, clicks, human_opens, human_clicks, recent FROM tracked_hit WHERE message = $message AND recipient = $recipient',
)
const HEARD = statement<{ message: string }, { recipient: number; recent: string }>(
  `SELECT recipient, recent FROM tracked_hit WHERE message = $message AND human_opens + human_clicks > 0 LIMIT ${MAX_HEARD}`,
)
const NOTE = statement<{ message: string; recipient: number; opens: number; clicks: number; humanOpens: number; humanClicks: number; recent: string }>(
  `UPDATE tracked_hit SET opens = $opens, clicks = $clicks, human_opens = $humanOpens, human_clicks = $humanClicks, recent = $recent
  WHERE message = $message AND recipient = $recipient`,
)
// The queue stands to the right: of its rows this is read and nothing else.
const DELIVERY = statement<{ delivery: string }, { state: string; settled_ms: number | null; possible_duplicate: number }>('SELECT state, settled_ms, possible_duplicate FROM delivery WHERE id = $delivery')
const OLD = statement<{ beforeMs: number }, { message: string }>(`SELECT message FROM tracked WHERE created_ms < $beforeMs ORDER BY created_ms LIMIT ${CHUNK}`)
const FORGET_HITS = statement<{ message: string }>('DELETE FROM tracked_hit WHERE message = $message')
const FORGET = statement<{ message: string }>('DELETE FROM tracked WHERE message = $message')

/** Keeps what tokens of a message mean, inside the write that takes the message. */
export function* keepTracked(tx: Tx, organization: OrganizationId, { message, stream, ...content }: NewTracked, nowMs: number): Work<void> {
  yield* tx.run(KEEP, { message, organization, stream, content: JSON.stringify(content satisfies Content), nowMs })
}

/** What tokens of a message mean; null when it is not known, or forgotten. */
export async function trackedMessage(db: Database, message: MessageId): Promise<Tracked | null> {
  const row = await db.one(ONE, { message })
  return row === null ? null : trackedOf(row)
}

/** The same, inside a write. */
export function* trackedWithin(tx: Tx, message: MessageId): Work<Tracked | null> {
  const row = yield* tx.one(ONE, { message })
  return row === null ? null : trackedOf(row)
}

/** The last thing that a person did with a message. */
export type PersonDid = Pick<Hit, 'kind' | 'atMs'>

/** What a person did last with a message of an organization; null when nobody is known to have looked at it. */
export async function lastDone(db: Database, of: { readonly organization: OrganizationId; readonly message: MessageId }): Promise<PersonDid | null> {
  const rows = await db.all(HEARD, { message: of.message })
  const tracked = rows.length === 0 ? null : await trackedMessage(db, of.message)
  if (tracked?.organization !== of.organization) return null
  const done = rows.flatMap(({ recipient, recent }) => {
    const hits = JSON.parse(recent) as readonly KeptHit[]
    const classes = countedAs(hits, { deliveredMs: null, of: recipient === ANYBODY ? 'shared' : 'one', opens: tracked.opens })
    return hits.filter((_, at) => classes[at] === 'human')
  })
  return done.toSorted((a, b) => b.atMs - a.atMs)[0] ?? null
}

/** A hit on a token of ours. */
export interface HitArgs {
  readonly message: MessageId
  readonly recipient: number
  readonly hit: Hit
}

/** How often somebody opened a message and followed its links, all hits and those of people. */
export interface HitCounts {
  readonly opens: number
  readonly clicks: number
  readonly humanOpens: number
  readonly humanClicks: number
}

/**
 * Notes a hit with its event; what earlier hits counted for is put right. Nothing is written for a message that is not known, nor for a recipient of whom
 * there are `MAX_HITS` already. Returns what it was, null when it was not noted.
 */
export const noteHit = write('track.hit', function* (tx, { message, recipient, hit }: HitArgs): Work<Judgement | null> {
  const tracked = yield* trackedWithin(tx, message)
  if (tracked === null) return null
  const to = tracked.recipients[recipient]
  if (!isKnown(tracked, recipient, hit)) return null
  yield* tx.run(LOCK, { message, recipient })
  const known = yield* tx.one(HITS, { message, recipient })
  if (known === null || known.opens + known.clicks >= (recipient === ANYBODY ? MAX_SHARED_HITS : MAX_HITS)) return null
  const before = JSON.parse(known.recent) as readonly KeptHit[]
  const hits = [...before, hit]
  const circumstances = { deliveredMs: yield* deliveredMs(tx, to?.delivery), of: recipient === ANYBODY ? 'shared' : 'one', opens: tracked.opens } as const
  const judged = judgeHits(hits, circumstances)
  const classes = judged.map((each) => each.class)
  const humansBefore = humansOf(before, countedAs(before, circumstances))
  const humans = humansOf(hits, classes)
  const counts: HitCounts = {
    opens: known.opens + Number(hit.kind === 'open'),
    clicks: known.clicks + Number(hit.kind === 'click'),
    humanOpens: known.human_opens + humans.open - humansBefore.open,
    humanClicks: known.human_clicks + humans.click - humansBefore.click,
  }
  yield* tx.run(NOTE, { message, recipient, ...counts, recent: JSON.stringify(hits.map((each, at) => ({ ...each, class: classes[at] })).slice(-MAX_HITS_KEPT)) })
  const judgement = judged.at(-1) ?? null
  const url = hit.kind === 'click' && hit.link !== HONEYPOT ? { url: tracked.links[hit.link] } : {}
  const data = { recipient: to?.address ?? null, stream: tracked.stream, ...url, ...judgement, ...counts, ...(tracked.mode === undefined ? {} : { mode: tracked.mode }) }
  yield* appendEvent(tx, { ...about(tracked, recipient), atMs: hit.atMs, type: hit.kind === 'open' ? 'email.opened' : 'email.clicked', data })
  return judgement
})

/** Forgets messages of years ago, with their hits. Returns how many; call again until 0. */
export const purgeTracked = write('track.purge', function* (tx, { nowMs }: { readonly nowMs: number }): Work<number> {
  const old = yield* tx.all(OLD, { beforeMs: nowMs - TRACKED_MS })
  for (const { message } of old) {
    yield* tx.run(FORGET_HITS, { message })
    yield* tx.run(FORGET, { message })
  }
  return old.length
})

/** Only numbers that we gave: a secret that leaked must not fill the table. */
function isKnown({ recipients, links }: Tracked, recipient: number, { kind, link }: Hit): boolean {
  return (recipient === ANYBODY || recipient < recipients.length) && (kind === 'open' || link === HONEYPOT || link < links.length)
}

/** When a delivery arrived. One that nobody has answered for is on its way, unless an earlier try may have delivered it; of one that is forgotten, or never goes, nothing is known. */
function* deliveredMs(tx: Tx, delivery: DeliveryId | undefined): Work<Circumstances['deliveredMs']> {
  const row = delivery === undefined ? null : yield* tx.one(DELIVERY, { delivery })
  if (row?.state === 'delivered') return row.settled_ms
  return (row?.state === 'queued' || row?.state === 'leased') && row.possible_duplicate === 0 ? 'not-yet' : null
}

/** What hits that were kept were counted as: circumstances may be others now, and what was counted is what is taken back. */
function countedAs(hits: readonly KeptHit[], circumstances: Circumstances): readonly (HitClass | undefined)[] {
  const judged = hits.every((hit) => hit.class !== undefined) ? [] : judgeHits(hits, circumstances)
  return hits.map((hit, at) => hit.class ?? judged[at]?.class)
}

function humansOf(hits: readonly Hit[], classes: readonly (HitClass | undefined)[]): Readonly<Record<Hit['kind'], number>> {
  const of = (kind: Hit['kind']): number => hits.filter((hit, at) => hit.kind === kind && classes[at] === 'human').length
  return { open: of('open'), click: of('click') }
}

/** Whom an event of a recipient is about. */
export function about({ organization, message, recipients }: Tracked, recipient: number): { readonly organization: OrganizationId; readonly account: null; readonly message: MessageId; readonly delivery: DeliveryId | null; readonly version: number } {
  return { organization, account: null, message, delivery: recipients[recipient]?.delivery ?? null, version: 1 }
}

function trackedOf({ content, ...row }: Row): Tracked {
  return { ...row, ...(JSON.parse(content) as Content) }
}

import type { DeliveryId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Event, Position } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import { advance, appendEvent } from '../event/sql.ts'
import { type Pretended, pretendedFor } from './magic.ts'
import { noteComplaint } from './sql-complained.ts'
import { markOf } from './sql-stop.ts'

/** The name under which the reader's place in the log is kept. */
export const PRETEND_READER = 'pretend'

/** Who has answered, in the story of what never left. */
const HOST = 'demo'

const CHANGE = statement<{ id: string; state: string; attempts: number; settledMs: number | null; last: string }>(
  "UPDATE delivery SET state = $state, attempts = attempts + $attempts, settled_ms = $settledMs, last_reply = $last WHERE id = $id AND state = 'captured'",
)

type Captured = Pick<Event, 'organization' | 'account' | 'message' | 'data'> & { readonly delivery: DeliveryId; readonly what: Pretended }

/** What pretending is made of. */
export interface PretenderOptions {
  readonly pretend: (args: Parameters<typeof pretendAll.run>[1]) => Promise<unknown>
  readonly nowMs: () => number
  /** Mail to all other recipients: a demo keeps it, to be looked at; what a test key sends to them was delivered, and is forgotten in time. */
  readonly others: 'keep' | 'deliver'
}

/** Follows the log and pretends what became of captured mail to certain recipients: that of a demo, and that of test keys. See `magic.ts`. */
export function pretender({ pretend, nowMs, others }: PretenderOptions): Reader {
  return {
    name: PRETEND_READER,
    async handle(events, position) {
      await pretend({ captured: events.flatMap((event) => capturedIn(event, others)), position, nowMs: nowMs() })
    },
  }
}

function capturedIn(event: Event, others: PretenderOptions['others']): readonly Captured[] {
  const { type, organization, account, message, delivery } = event
  if (type !== 'delivery.captured' || delivery === null) return []
  const { data } = event
  const { recipient } = data as { readonly recipient?: unknown }
  if (typeof recipient !== 'string') return []
  const what: Pretended | null = pretendedFor(recipient) ?? (others === 'deliver' ? { kind: 'delivered' } : null)
  return what === null ? [] : [{ organization, account, message, delivery, data, what }]
}

/** Writes down what is pretended, each once: the reader's place is in the same write. */
export const pretendAll = write('queue.pretend', function* (tx, args: { readonly captured: readonly Captured[]; readonly position: Position; readonly nowMs: number }): Work<void> {
  for (const each of args.captured) yield* pretendOne(tx, each, args.nowMs)
  yield* advance(tx, PRETEND_READER, args.position)
})

function* pretendOne(tx: Tx, { what, ...subject }: Captured, nowMs: number): Work<void> {
  const { state, status, text, category } = storyOf(what)
  const isSettled = state !== 'captured'
  const last = JSON.stringify({ status, text, host: HOST, atMs: nowMs, ...(category === null ? {} : { category }) })
  if ((yield* tx.run(CHANGE, { id: subject.delivery, state, attempts: Number(state !== 'suppressed'), settledMs: isSettled ? nowMs : null, last })) === 0) return
  const { from, recipient, stream, mode } = subject.data as { readonly from: string; readonly recipient: string; readonly stream: string; readonly mode?: 'test' }
  const told = { from, recipient, stream, attempt: 1, status, reply: text, ...(category === null ? {} : { category }), host: HOST, site: HOST, possibleDuplicate: false, tries: [], ...markOf(mode) }
  const event = { ...subject, atMs: nowMs, version: 1 }
  if (what.kind === 'complained') {
    yield* noteComplaint(tx, subject.delivery, nowMs)
    yield* appendEvent(tx, { ...event, type: 'delivery.delivered', data: told })
    yield* appendEvent(tx, { ...event, type: 'delivery.complained', data: { ...told, category: 'complaint', action: 'abuse' } })
  } else yield* appendEvent(tx, { ...event, type: `delivery.${what.kind}`, data: told })
}

function storyOf(what: Pretended): { readonly state: string; readonly status: string; readonly text: string; readonly category: string | null } {
  switch (what.kind) {
    case 'failed':
      return { state: 'failed', status: what.status, text: what.reply, category: what.category }
    case 'deferred':
      return { state: 'captured', status: what.status, text: what.reply, category: what.category }
    case 'suppressed':
      return { state: 'suppressed', status: '5.7.1', text: 'the address is on the list of those who are not written to', category: 'suppressed' }
    default:
      return { state: 'delivered', status: '2.0.0', text: '250 2.0.0 Ok', category: null }
  }
}

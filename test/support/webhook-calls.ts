import assert from 'node:assert/strict'
import type { DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import type { Event, EventType } from '../../src/core/event/event.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { appendEvent } from '../../src/core/event/sql.ts'
import { leaseCalls, queueCalls, settleCall } from '../../src/core/webhook/sql-call.ts'
import type { Attempt, Endpoint, LeasedCall, Outcome } from '../../src/core/webhook/endpoint.ts'
import { webhookReader } from '../../src/core/webhook/reader.ts'
import { createEndpoint, enabledEndpoints } from '../../src/core/webhook/sql-endpoint.ts'
import { callsBefore } from '../../src/core/webhook/sql-log.ts'
import { labelsOf } from '../../src/core/send/sql-sent.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { shownLog } from './events.ts'
import { NOW_MS } from './people.ts'

/** Two organizations. */
export const O1 = 'o1' as OrganizationId
/** The other. */
export const O2 = 'o2' as OrganizationId
/** The installation's own secret. */
export const SECRET = new Uint8Array(32).fill(7)
const { signal } = new AbortController()

const append = write('test.webhook_event', function* (tx, event: Omit<Event, 'id' | 'position'>) {
  yield* appendEvent(tx, event)
})

/** Appends an event of a delivery. */
export const tell = (db: Database, type: EventType, over: Partial<Event> = {}): Promise<void> =>
  db.write(append, { atMs: NOW_MS, organization: O1, account: null, message: 'm1' as MessageId, delivery: 'q1' as DeliveryId, type, version: 1, data: { recipient: 'budi@far.example' }, ...over })

/** Makes an endpoint. */
export async function endpointOf(db: Database, over: Partial<Pick<Endpoint, 'organization' | 'types' | 'url' | 'createdMs' | 'chat'>> = {}): Promise<{ readonly endpoint: Endpoint; readonly secret: string }> {
  const { organization = O1, types = null, url = 'https://hooks.example/', chat = null, createdMs: nowMs = NOW_MS } = over
  const made = await createEndpoint(db, SECRET, { organization, url, description: '', types, chat, nowMs })
  assert.ok(made.ok && made.value.secret !== null)
  return { endpoint: made.value.endpoint, secret: made.value.secret }
}

/** Follows the log to its end. */
export async function follow(db: Database, owners: Readonly<Record<string, OrganizationId>> = {}): Promise<void> {
  const reader = webhookReader({ endpoints: () => enabledEndpoints(db), ownerOf: async (account) => owners[account] ?? null, labelsOf: (organization, messages) => labelsOf(db, organization, messages), queue: (args) => db.write(queueCalls, args), clock: { nowMs: () => NOW_MS } })
  await catchUp(shownLog(db), reader, signal)
}

/** Takes calls that are due. */
export const lease = (db: Database, { id: endpoint, organization }: Endpoint, { holder = 'n1', limit = 10, nowMs = NOW_MS } = {}): Promise<readonly LeasedCall[]> => db.write(leaseCalls, { organization, endpoint, holder, limit, nowMs })

/** A try that failed. */
export const ATTEMPT: Attempt = { atMs: NOW_MS, durationMs: 12, status: 500, error: 'it answered 500', response: 'oops' }
/** One that went well. */
export const GOOD: Attempt = { ...ATTEMPT, status: 200, error: null, response: 'ok' }
/** What follows from it. */
export const DELIVERED: Outcome = { kind: 'delivered' }
/** What follows from one that failed: another, at that time. */
export const later = (dueMs: number, pausedUntilMs: number | null = null): Outcome => ({ kind: 'retry', dueMs, pausedUntilMs })

/** Writes down how a try went. */
export const settle = (db: Database, call: LeasedCall, outcome: Outcome, { nowMs = NOW_MS, holder = 'n1' } = {}): Promise<string> => db.write(settleCall, { call, holder, attempt: outcome.kind === 'delivered' ? GOOD : ATTEMPT, outcome, nowMs })

/** The states of an endpoint's calls, the oldest first. */
export const statesOf = async (db: Database, { organization, id: endpoint }: Endpoint): Promise<readonly string[]> => (await callsBefore(db, { organization, endpoint, state: '', type: '' }, '', 100)).map(({ state }) => state).toReversed()


import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { Event, Position } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import type { Endpoint } from './endpoint.ts'
import { type AskLabels, labelled, labelsFor } from './labels.ts'
import { type PublicEvent, publicEvents } from './public-event.ts'
import { type NewCall, WEBHOOK_READER } from './sql-call.ts'

/** Calls queued in one write, so that the writer is not kept from mail. */
const CALLS_A_WRITE = 500

/** What following the log for webhooks is made of. */
export interface WebhookReaderOptions {
  /** All endpoints that are told of events. */
  readonly endpoints: () => Promise<readonly Endpoint[]>
  /** Whose account it is; null when it is gone. */
  readonly ownerOf: (account: AccountId) => Promise<OrganizationId | null>
  readonly labelsOf: AskLabels
  /** Queues calls and moves the reader on, at once. */
  readonly queue: (args: { readonly calls: readonly NewCall[]; readonly position: Position; readonly nowMs: number }) => Promise<unknown>
  readonly clock: Clock
}

/** Follows the log and queues a call for each event and endpoint that wants it. An event is never told to another organization than the one it belongs to. */
export function webhookReader(options: WebhookReaderOptions): Reader {
  return {
    name: WEBHOOK_READER,
    async handle(events, position) {
      let calls: NewCall[] = []
      const asked = new Map<AccountId, Promise<OrganizationId | null>>()
      // Read after the events: an endpoint that was made before one of them is seen.
      const endpoints = byOrganization(events.some(isPublic) ? await options.endpoints() : [])
      const labels = await labelsFor(events, endpoints, options.labelsOf)
      for (const event of endpoints.size === 0 ? [] : events) {
        for (const told of publicEvents(event)) calls.push(...callsFor(labelled(told, labels), endpoints.get((await ownerOf(told, event, asked, options)) ?? '') ?? [], options.clock.nowMs()))
        if (calls.length < CALLS_A_WRITE) continue
        await options.queue({ calls, position: event.position, nowMs: options.clock.nowMs() })
        calls = []
      }
      await options.queue({ calls, position, nowMs: options.clock.nowMs() })
    },
  }
}

function isPublic(event: Event): boolean {
  return publicEvents(event).length > 0
}

function byOrganization(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Endpoint[]> {
  return Map.groupBy(endpoints, ({ organization }) => organization)
}

/** Mail of one organization may be delivered to accounts of another: an account says whose matter it is, and what has none is its event's organization's. */
async function ownerOf({ account, organization, type }: PublicEvent, event: Event, asked: Map<AccountId, Promise<OrganizationId | null>>, { ownerOf: ask }: WebhookReaderOptions): Promise<OrganizationId | null> {
  if (account === null) return organization
  const known = asked.get(account) ?? ask(account)
  asked.set(account, known)
  const owner = await known
  // Of an account that is gone nobody can say whose received mail it was.
  return owner ?? (type === 'email.received' && event.account !== account ? null : organization)
}

function callsFor({ type, atMs, data }: PublicEvent, endpoints: readonly Endpoint[], nowMs: number): readonly NewCall[] {
  return endpoints
    .filter(({ types, createdMs }) => createdMs <= atMs && (types === null || types.includes(type)))
    .map(({ organization, id: endpoint }) => ({ organization, endpoint, id: makeId('i', nowMs), type, atMs, data }))
}

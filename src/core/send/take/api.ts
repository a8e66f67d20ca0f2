import { hash } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { Domain } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Database } from '../../../infra/db/database.ts'
import { type Caller, ownerOf } from '../../../infra/http/api/caller.ts'
import type { DirectAsked } from '../../../infra/http/api/direct.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { checkedKey, keyTaken, MAX_KEY_CHARS } from '../../../infra/http/api/repeat.ts'
import type { HttpAnswer } from '../../../infra/http/request.ts'
import { rateHeaders, refusalOf, takingOf } from '../../organization/api.ts'
import type { NotAllowed } from '../../organization/plan.ts'
import type { Outline, OutlinedEmail } from '../answer.ts'
import { MAX_REQUEST_BYTES } from '../limits.ts'
import type { Prepared, PrepareOptions, Sender } from '../prepare.ts'
import type { Sent } from '../sent.ts'
import { acceptEmails, type Accepted, type Claim, knownRequest } from '../sql-send.ts'
import { sentById } from '../sql-sent.ts'

/** What taking messages is made of, whatever the request that brings them. */
export interface TakeOptions extends PrepareOptions {
  /** What links and pictures of an author's mail begin with: `https://links.toko.example`. */
  readonly linkOriginOf: (author: Domain | null) => Promise<string>
  readonly db: Database
  readonly clock: Clock
  /** False while the disk is nearly full. */
  readonly hasRoom: () => boolean
  /** Told after the commit, of each domain that something is to be sent to. */
  readonly queued: (lane: string) => void
  /** Told after the commit, of each message that was taken, and when its request had come. */
  readonly accepted: (email: Prepared, startMs: number) => void
  /** Told of each request that a plan or a cap of the key refused. */
  readonly refused: (why: NotAllowed) => void
}

/** A request that is understood and allowed. */
export interface Read {
  readonly emails: readonly Prepared[]
  readonly outline: Outline
}

/** Understands a request: what it asks to be sent. Throws `Problem` for what is refused. */
export type Reader = (sender: Sender, body: Uint8Array, asked: DirectAsked) => Promise<Read>

/** One request, from its body to its answer: parsed once, composed once, written once. */
export async function takeRequest(options: TakeOptions, asked: DirectAsked, read: Reader): Promise<HttpAnswer> {
  const { db, clock, hasRoom, queued, accepted: told, refused } = options
  const sender = senderOf(asked.caller)
  const body = await asked.large(MAX_REQUEST_BYTES)
  const startMs = clock.nowMs()
  const claim = claimOf(asked, sender, body)
  const known = claim === null ? null : await knownRequest(db, sender.organization, claim, clock.nowMs())
  if (known !== null) return answered(known, clock.nowMs())
  if (!hasRoom()) throw new Problem(503, 'unavailable', 'The disk is nearly full: nothing is taken now', { headers: { 'retry-after': '60' } })
  const { emails, outline } = await read(sender, body, asked)
  const [first] = emails
  if (first === undefined) return answered({ kind: 'accepted', answer: JSON.stringify({ data: [], errors: outline.kind === 'batch' ? outline.errors : [] }), room: null }, clock.nowMs())
  const accepted = await db.write(acceptEmails, { organization: sender.organization, claim, emails, taking: takingOf(asked.caller, emails.length, emails.flatMap(({ deliveries }) => deliveries)), outline, nowMs: clock.nowMs() }, first.message.id)
  if (accepted.kind === 'refused') refused(accepted.why)
  if (accepted.kind === 'accepted') {
    for (const lane of lanesOf(emails)) queued(lane)
    for (const email of emails) told(email, startMs)
  }
  return answered(accepted, clock.nowMs())
}

/** Domains that something is to be sent to. What is kept and never leaves wakes nobody. */
function lanesOf(emails: readonly Prepared[]): ReadonlySet<string> {
  return new Set(emails.flatMap(({ deliveries }) => deliveries.filter(({ state }) => state === 'queued').map(({ lane }) => lane)))
}

function answered(accepted: Accepted, nowMs: number): HttpAnswer {
  if (accepted.kind === 'refused') throw refusalOf(accepted.why, nowMs)
  if (accepted.kind === 'conflict') throw keyTaken()
  const headers = { 'content-type': 'application/json', ...(accepted.kind === 'known' ? { 'idempotent-replayed': 'true' } : {}), ...(accepted.kind === 'accepted' && accepted.room !== null ? rateHeaders(accepted.room, nowMs) : {}) }
  return { status: 202, headers, body: accepted.answer }
}

/** Keys of test keys are their own: a test must not be in the way of what it tests. */
function claimOf(asked: DirectAsked, { mode }: Sender, body: Uint8Array): Claim | null {
  const key = asked.header('idempotency-key')
  if (key === undefined) return null
  const all = `${asked.path} ${asked.header('x-batch-validation') ?? ''} ${hash('sha256', body)}`
  return { key: `${mode} ${checkedKey(key)}`, digest: hash('sha256', all) }
}

/** What an answer tells of a message. */
export function outlineOf({ message, deliveries, sent }: Prepared): OutlinedEmail {
  return { id: message.id, status: sent.scheduledMs === null ? 'queued' : 'scheduled', recipients: deliveries.map(({ recipient, id }) => ({ email: recipient, id })) }
}

/** The same for a request of one message. */
export function readAsOne(prepared: Prepared): Read {
  return { emails: [prepared], outline: { kind: 'one', email: outlineOf(prepared) } }
}

/** Whoever calls, as somebody who sends. */
export function senderOf(caller: Caller): Sender {
  const { key, mode, domains, streams } = caller
  return { organization: ownerOf(caller), key, mode, domains, streams }
}

/** The header of requests that may come again. */
export const idempotency = z.object({ 'idempotency-key': z.string().max(MAX_KEY_CHARS).optional().openapi({ description: 'A request that comes again with the same key within 24 hours is done once, and gets the same answer.' }) })

/** A message that a caller may see. Throws `Problem` 404 for every other. */
export async function ownSent(db: Database, caller: Caller, id: string): Promise<Sent> {
  const { organization, domains } = senderOf(caller)
  const sent = await sentById(db, organization, id)
  if (sent === null || (domains !== null && !domains.includes(authorDomainOf(sent)))) throw new Problem(404, 'not_found', `There is no message ${id}`)
  return sent
}

/** The domain of an author, with a name or without. */
function authorDomainOf({ head: { from } }: Sent): string {
  return from.replace(/>$/, '').slice(from.lastIndexOf('@') + 1)
}

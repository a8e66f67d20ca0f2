import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { below, type Fault } from '../../base/fault.ts'
import { isoTime } from '../../base/iso-time.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, type ApiEnv, faultsOf, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import type { Direct, DirectAsked } from '../../infra/http/api/direct.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { illegible, parsedJson, textOf } from '../../infra/http/api/legible.ts'
import { afterId, idPageQuery, pageOf, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import type { Texts } from '../../proto/mail/texts-of.ts'
import type { StreamTracking } from '../organization/stream/stream.ts'
import type { FromTemplate, TemplateUse } from '../template/sql-wording.ts'
import { draftOf, scheduledMs } from './draft.ts'
import { type FetchFile, fetchFiles, NONE_FETCHED } from './fetched.ts'
import { MAX_BATCH, MAX_BATCH_DELIVERIES, MAX_VALUES } from './limits.ts'
import { prepare, type Prepared, type Sender } from './prepare.ts'
import { prepareRaw } from './raw.ts'
import { lastEventOf, type Sent, type SentTo, statusOf } from './sent.ts'
import { batchTakenShape, changedShape, type EmailRequest, emailShape, emailSummaryShape, scheduleShape, sentEmailShape, takenShape } from './shape.ts'
import { lastDone, type PersonDid } from '../track/sql.ts'
import { cancelSent, rescheduleSent, sentBefore, sentTo } from './sql-sent.ts'
import { idempotency, outlineOf, ownSent, type Read, readAsOne, senderOf, type TakeOptions, takeRequest } from './take/api.ts'

const params = z.object({ id: z.string().max(100) })
const middleware = needsScope('send', { domains: 'obeyed' })

const send = createRoute({
  method: 'post', path: '/emails', summary: 'Send a message',
  request: { headers: idempotency, body: body(emailShape) },
  responses: { 202: json(takenShape, 'It was taken: it is safe from a power cut, and on its way') },
})

const batch = createRoute({
  method: 'post', path: '/emails/batch', summary: `Send up to ${MAX_BATCH} messages at once`,
  request: {
    headers: idempotency.extend({ 'x-batch-validation': z.enum(['strict', 'permissive']).optional().openapi({ description: '`strict`: all or none. `permissive`: those that are right.' }) }),
    body: body(z.array(emailShape).min(1).max(MAX_BATCH)),
  },
  responses: { 202: json(batchTakenShape, 'What was taken') },
})

const raw = createRoute({
  method: 'post', path: '/emails/raw', summary: 'Send a message that you composed, to whom its To, Cc and Bcc name',
  request: { headers: idempotency, body: { required: true, content: { 'message/rfc822': { schema: z.string() } } } },
  responses: { 202: json(takenShape, 'It was taken') },
})

const list = createRoute({
  method: 'get', path: '/emails', summary: 'List messages, newest first', middleware: needsScope('read'),
  request: { query: idPageQuery },
  responses: { 200: json(pageOf(emailSummaryShape), 'A page of messages') },
})

const show = createRoute({
  method: 'get', path: '/emails/{id}', summary: 'Show a message and what became of it', middleware: needsScope('read', { domains: 'obeyed' }), request: { params },
  responses: { 200: json(sentEmailShape, 'The message') },
})

const cancel = createRoute({
  method: 'post', path: '/emails/{id}/cancel', summary: 'Give up what of a message has not gone', middleware, request: { params },
  responses: { 200: json(changedShape, 'It goes no more') },
})

const reschedule = createRoute({
  method: 'patch', path: '/emails/{id}', summary: 'Give a message that waits for its time another one', middleware,
  request: { params, body: body(scheduleShape) },
  responses: { 200: json(changedShape, 'It has another time') },
})

/** What the routes are made of. */
export interface SendApiOptions extends TakeOptions {
  /** What a stream of an organization says of tracking. */
  readonly trackingOf: (organization: OrganizationId, stream: string) => Promise<StreamTracking>
  /** Fetches what a request names by its address. Throws `Problem` 503 while too much is fetched. */
  readonly fetchFile: FetchFile
  /** The texts of a message that was taken; null when they are removed, or very large. */
  readonly textsOf: (id: MessageId) => Promise<Texts>
  readonly render: (organization: OrganizationId, use: TemplateUse) => Promise<Result<FromTemplate, readonly Fault[]>>
}

type Asked = Context<ApiEnv>

/** The routes, and those among them that are served without the framework: by path below `/v1`. */
export interface SendApi {
  readonly api: Api
  readonly direct: readonly (readonly [path: string, direct: Direct])[]
}

/** `/v1/emails`: what programs send, and what became of it. */
export function sendApi(options: SendApiOptions): SendApi {
  const { db, clock } = options
  const api = newApi()
  const own = (context: Asked, id: string): Promise<Sent> => ownSent(db, context.get('caller'), id)
  for (const route of [send, batch, raw]) api.openAPIRegistry.registerPath(route)
  api.openapi(list, async (context) => {
    const { limit, ...from } = context.req.valid('query')
    const { organization } = senderOf(context.get('caller'))
    const rows = await sentBefore(db, { organization, before: afterId(from), limit: limit + 1 })
    const known = new Map(await Promise.all(rows.map(async ({ id }) => [id, await knownOf(db, organization, id)] as const)))
    return context.json(toPage(rows, limit, ({ id }) => id, (sent) => summaryOf(sent, known.get(sent.id) ?? NOTHING_KNOWN, clock.nowMs())), 200)
  })
  api.openapi(show, async (context) => {
    const sent = await own(context, context.req.valid('param').id)
    const known = await knownOf(db, senderOf(context.get('caller')).organization, sent.id)
    const { text, html } = await options.textsOf(sent.id)
    return context.json({ object: 'email' as const, ...summaryOf(sent, known, clock.nowMs()), text, html, recipients: known.recipients.map((each) => shownRecipient(each, clock.nowMs())) }, 200)
  })
  api.openapi(cancel, async (context) => {
    const { id } = await own(context, context.req.valid('param').id)
    if ((await db.write(cancelSent, { ...changeOf(context, id, clock.nowMs()) })) === 0) throw new Problem(409, 'not_waiting', 'Nothing of this message waits any more')
    return context.json({ object: 'email' as const, id }, 200)
  })
  api.openapi(reschedule, async (context) => {
    const { id } = await own(context, context.req.valid('param').id)
    const nowMs = clock.nowMs()
    const faults: Fault[] = []
    const atMs = scheduledMs(context.req.valid('json').scheduled_at, nowMs, faults)
    if (atMs === null) throw invalid(faults)
    const lanes = await db.write(rescheduleSent, { ...changeOf(context, id, nowMs), atMs })
    if (lanes.length === 0) throw new Problem(409, 'not_waiting', 'This message does not wait for its time any more')
    for (const lane of lanes) options.queued(lane)
    return context.json({ object: 'email' as const, id }, 200)
  })
  const direct = READERS.map(([path, takes, read]): SendApi['direct'][number] => [path, { scope: 'send', takes, handle: (asked) => takeRequest(options, asked, (sender, body) => read(options, sender, body, asked)) }])
  return { api, direct }
}

type RequestReader = (options: SendApiOptions, sender: Sender, body: Uint8Array, asked: DirectAsked) => Promise<Read>

const READERS: readonly (readonly [path: string, takes: string, read: RequestReader])[] = [[send.path, 'application/json', readOne], [batch.path, 'application/json', readBatch], [raw.path, 'message/rfc822', readRaw]]

async function readOne(options: SendApiOptions, sender: Sender, body: Uint8Array): Promise<Read> {
  const checked = await checkOne(options, sender, jsonOf(body), (attachments) => fetchFiles(attachments, options.fetchFile))
  if (!checked.ok) throw invalid(checked.faults)
  return readAsOne(checked.prepared)
}

async function readBatch(options: SendApiOptions, sender: Sender, body: Uint8Array, asked: DirectAsked): Promise<Read> {
  const given = jsonOf(body)
  if (!Array.isArray(given) || given.length === 0 || given.length > MAX_BATCH) throw invalid([{ field: '', code: 'invalid_batch', message: `must be a list of 1 to ${MAX_BATCH} messages` }])
  const isPermissive = asked.header('x-batch-validation')?.toLowerCase() === 'permissive'
  const checked = await Promise.all(given.map((each) => checkOne(options, sender, each, async () => ok(NONE_FETCHED))))
  const wrong = checked.flatMap((each, index) => (each.ok ? [] : [{ index, faults: each.faults }]))
  if (wrong.length > 0 && !isPermissive) throw invalid(wrong.flatMap(({ index, faults }) => below(String(index), faults)))
  const emails = checked.flatMap((each) => (each.ok ? [each.prepared] : []))
  if (emails.reduce((sum, { deliveries }) => sum + deliveries.length, 0) > MAX_BATCH_DELIVERIES) throw invalid([{ field: '', code: 'too_big', message: `has more than ${MAX_BATCH_DELIVERIES} recipients` }])
  const errors = wrong.map(({ index, faults }) => ({ index, message: `${faults[0]?.field ?? ''}: ${faults[0]?.message ?? ''}`, errors: faults }))
  return { emails, outline: { kind: 'batch', emails: emails.map(outlineOf), errors } }
}

async function readRaw(options: SendApiOptions, sender: Sender, body: Uint8Array): Promise<Read> {
  const prepared = await prepareRaw(options, sender, body, options.clock.nowMs())
  if (!prepared.ok) throw invalid(prepared.error)
  return readAsOne(prepared.value)
}

type Checked = { readonly ok: true; readonly prepared: Prepared } | { readonly ok: false; readonly faults: readonly Fault[] }

type Files = (attachments: EmailRequest['attachments']) => ReturnType<typeof fetchFiles>

async function checkOne(options: SendApiOptions, sender: Sender, given: unknown, filesOf: Files): Promise<Checked> {
  const parsed = emailShape.safeParse(given)
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error.issues) }
  const worded = await wordedBy(options, sender, parsed.data)
  if (!worded.ok) return { ok: false, faults: worded.error }
  const files = await filesOf(worded.value.attachments)
  if (!files.ok) return { ok: false, faults: files.error }
  const nowMs = options.clock.nowMs()
  const usual = await options.trackingOf(sender.organization, worded.value.stream ?? 'transactional')
  const draft = draftOf({ ...worded.value, tracking: { ...usual, ...worded.value.tracking } }, nowMs, files.value)
  if (!draft.ok) return { ok: false, faults: draft.error }
  const prepared = await prepare({ ...options, trackOrigin: await options.linkOriginOf(draft.value.from.address.domain) }, sender, draft.value, nowMs)
  return prepared.ok ? { ok: true, prepared: prepared.value } : { ok: false, faults: prepared.error }
}

/** A request whose words come from a template: its own subject, author and addresses for answers come first. */
async function wordedBy({ render }: SendApiOptions, { organization }: Sender, request: EmailRequest): Promise<Result<EmailRequest, readonly Fault[]>> {
  const { template, ...own } = request
  if (template === undefined) return ok(request)
  if (own.html !== undefined || own.text !== undefined) return fail([{ field: 'template', code: 'mismatch', message: 'goes without html and text' }])
  const { id, version = null, locale = null, variables = {} } = template
  const rendered = await render(organization, { id, version, locale, variables })
  if (!rendered.ok) return fail(below('template', rendered.error))
  const { subject, html, text, from, replyTo } = rendered.value
  return ok({ subject, ...(from === null ? {} : { from }), ...(replyTo.length === 0 ? {} : { reply_to: [...replyTo] }), ...own, ...(html === null ? {} : { html }), ...(text === null ? {} : { text }) })
}

function jsonOf(body: Uint8Array): unknown {
  const text = textOf(body)
  const value = parsedJson(text)
  if (hasMoreThan(value, MAX_VALUES)) throw invalid([{ field: '', code: 'too_big', message: `holds more than ${MAX_VALUES} values` }])
  const faults = illegible(text, value)
  if (faults.length > 0) throw invalid(faults)
  return value
}

function hasMoreThan(value: unknown, most: number): boolean {
  const waiting = [value]
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen + waiting.length > most) return true
    const next = waiting.pop()
    if (typeof next !== 'object' || next === null) continue
    const children: readonly unknown[] = Object.values(next)
    if (children.length > most) return true
    waiting.push(...children)
  }
  return false
}

function changeOf(context: Asked, message: MessageId, nowMs: number) {
  const { organization, key } = senderOf(context.get('caller'))
  return { organization, message, by: `key ${key}`, nowMs }
}

/** What became of a message so far. */
interface Known {
  readonly recipients: readonly SentTo[]
  readonly read: PersonDid | null
}

const NOTHING_KNOWN: Known = { recipients: [], read: null }

async function knownOf(db: Database, organization: OrganizationId, message: MessageId): Promise<Known> {
  const recipients = await sentTo(db, organization, message)
  return { recipients, read: await lastDone(db, { organization, message }) }
}

function summaryOf({ id, stream, createdMs, scheduledMs, head }: Sent, { recipients, read }: Known, nowMs: number): z.infer<typeof emailSummaryShape> {
  const { from, to, cc, bcc, replyTo, subject, tags, metadata, messageId } = head
  return {
    ...{ id, from, to: [...to], cc: [...cc], bcc: [...bcc], reply_to: [...replyTo], subject, stream, tags: [...tags], metadata: { ...metadata }, message_id: messageId },
    ...{ created_at: isoTime(createdMs), scheduled_at: isoTime(scheduledMs), last_event: lastEventOf(recipients, read, nowMs), resend_of: head.resendOf ?? null },
  }
}

function shownRecipient(each: SentTo, nowMs: number) {
  const { id, recipient, attempts, last } = each
  return { id, email: recipient, status: statusOf(each, nowMs), attempts, last: last === null ? null : { status: last.status, text: last.text, host: last.host, at: isoTime(last.atMs) } }
}

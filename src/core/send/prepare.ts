import { hash } from 'node:crypto'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { needsUtf8, parseAddress } from '../../proto/mail/address.ts'
import { compose, type ComposeFault, usualBody } from '../../proto/mail/compose.ts'
import type { NamedAddress } from '../../proto/mail/header-write.ts'
import { FEEDBACK_ID, feedbackFields, IN_OUR_NAME, type OwnFeedback, ownFeedback, speaksAsUs } from '../bounce/feedback-fields.ts'
import { returnPathOf } from '../bounce/return-path.ts'
import type { House } from '../inbound/accept.ts'
import type { ByteStore } from '../inbound/bytes.ts'
import type { ReadMessage } from '../inbound/inspect/inspected.ts'
import type { OutgoingEnvelope, OutgoingVerdict, WrittenMessage } from '../inbound/inspect/outgoing-check.ts'
import { plannedDelivery, queuedAs } from '../inbound/outgoing.ts'
import { returnHost } from '../inbound/return-host.ts'
import { whoStops } from '../inbound/own-stop.ts'
import { withUnsubscribe } from '../inbound/stoppable.ts'
import type { Location, NewMessage } from '../mailbox/mailbox.ts'
import { coversStream, isBroadcast, isOwnStream, type StreamName, unknownStream } from '../organization/stream/name.ts'
import type { NewDelivery } from '../queue/delivery.ts'
import { resolve } from '../route/resolve.ts'
import type { RouteStore } from '../route/route.ts'
import type { NewTracked } from '../track/tracked.ts'
import { unverified } from '../route/unverified.ts'
import { ANYBODY } from '../track/token.ts'
import { type Checked, checkedDraft, heldBy } from './checked.ts'
import type { Draft } from './draft.ts'
import { linkedWords, NOT_ONE_READER } from './preferences-url.ts'
import { trackedHtml } from './track-html.ts'
import type { Fault } from '../../base/fault.ts'
import type { NewSent } from './sent.ts'

/** What sending is made of. */
export interface PrepareOptions {
  readonly house: House
  readonly clock: Clock
  readonly routes: RouteStore
  readonly bytes: ByteStore
  /** Messages up to this many octets lie in the database. */
  readonly inlineBytes: number
  /** Reads what is sent; null where nobody is checked. */
  readonly check: ((message: ReadMessage | WrittenMessage, envelope: OutgoingEnvelope) => Promise<OutgoingVerdict>) | null
  /** `https://mail.example.org`: where links and pictures in tracked mail lead. */
  readonly trackOrigin: string
}

/** Who sends. */
export interface Sender {
  readonly organization: OrganizationId
  /** The id of the key. */
  readonly key: string
  /** What a test key sends is kept, and never leaves: not even to mailboxes here. */
  readonly mode: 'live' | 'test'
  /** The domains whose authors it may write as, and the streams that it may send in; null for all. */
  readonly domains: readonly string[] | null
  readonly streams: readonly string[] | null
}

/** A message that may be sent, with everything that its write needs. */
export interface Prepared {
  readonly message: NewMessage
  readonly deliveries: readonly NewDelivery[]
  readonly sent: NewSent
  /** What addresses of ours in it mean; null when there are none. */
  readonly tracked: NewTracked | null
  /** What the trace shall know. */
  readonly told: Readonly<Record<string, unknown>>
}

/** What of a message its bytes do not tell. */
export interface Envelope {
  readonly id: MessageId
  readonly recipients: readonly string[]
  readonly stream: StreamName
  readonly requireTls: boolean
  readonly smtpUtf8: boolean
  readonly body: '7BIT' | '8BITMIME'
  readonly atMs: number
  readonly view: NewDelivery['view']
  /** The domain of its author. */
  readonly author: Domain | null
}

/** Composes a draft, once for all its recipients, and plans its deliveries. Refused when its author is at no domain of the sender. */
export async function prepare(options: PrepareOptions, sender: Sender, draft: Draft, nowMs: number): Promise<Result<Prepared, readonly Fault[]>> {
  const { house } = options
  const fault = await authorFault(options, sender, draft.from.address.domain)
  if (fault !== null) return fail([{ ...fault, field: 'from' }])
  const elsewhere = await streamFault(options, sender, draft.stream)
  if (elsewhere !== null) return fail([{ ...elsewhere, field: 'stream' }])
  const posing = draft.more.find(([name, text]) => name.toLowerCase() === FEEDBACK_ID && speaksAsUs([text], house.hostname))
  if (posing !== undefined) return fail([{ field: `headers.${posing[0]}`, code: 'not_allowed', message: IN_OUR_NAME }])
  const id = makeId('m', nowMs) as MessageId
  const messageId = `${id}@${house.hostname}`
  const all = [draft.from, ...draft.to, ...draft.cc, ...draft.bcc]
  const envelope: Envelope = {
    id,
    recipients: [...draft.to, ...draft.cc, ...draft.bcc].map(({ address }) => address.text),
    stream: draft.stream,
    requireTls: draft.requireTls,
    smtpUtf8: [...all, ...draft.replyTo].some(({ address }) => needsUtf8(address)),
    body: '7BIT',
    atMs: draft.atMs ?? nowMs,
    view: { prefix: '', skips: [], ...(isBroadcast(draft.stream) && draft.from.address.domain !== null ? { author: draft.from.address.domain } : {}) },
    author: draft.from.address.domain,
  }
  const deliveries = await deliveriesOf(options, sender, envelope, nowMs)
  // Several recipients read the same bytes, so nothing in them can tell who it was.
  const recipient = deliveries.length === 1 && !draft.tracking.anonymous ? 0 : ANYBODY
  const addresses = { origin: options.trackOrigin, secret: house.secret }
  const words = linkedWords(draft, id, addresses)
  if (words.isLinked && envelope.recipients.length !== 1) return fail([NOT_ONE_READER])
  const { html, links, opens } = trackedHtml(words.shown, { ...addresses, message: id, recipient })
  const composeWith = (said: Draft) => compose({ ...said, from: [draft.from], dateMs: nowMs, offsetMinutes: 0, messageId }, usualBody(said), id)
  const composed = composeWith({ ...words.shown, html })
  if (!composed.ok) return fail([composeFault(composed.error)])
  const written = (): Uint8Array => {
    const own = html === words.written.html && !words.isLinked ? composed : composeWith(words.written)
    return own.ok ? own.value : composed.value
  }
  const checked = await checkedDraft(options, sender, envelope, { draft: words.written, messageId, nowMs, compose: written })
  if (!checked.ok) return checked
  const { from, to, cc, bcc, replyTo, subject, tags, metadata } = draft
  const wanted = { ...(draft.requireTls ? { requireTls: true as const } : {}), ...(draft.tracking.anonymous ? { anonymous: true as const } : {}) }
  const head = { from: shown(from), to: to.map(shown), cc: cc.map(shown), bcc: bcc.map(shown), replyTo: replyTo.map(shown), subject, tags, metadata, messageId, ...wanted }
  return ok(await planned(options, sender, { envelope, deliveries, checked: checked.value, bytes: composed.value, head, author: from.address.text, links, opens, isLinked: words.isLinked, unsubscribe: whoStops(draft.stream, draft.more), feedback: ownFeedback(new Set(draft.more.map(([name]) => name.toLowerCase()))) }, nowMs))
}

/** A message whose bytes and deliveries are known. */
export interface Composed {
  readonly envelope: Envelope
  readonly deliveries: readonly NewDelivery[]
  readonly checked: Checked
  readonly bytes: Uint8Array
  readonly head: NewSent['head']
  /** Its address in From. */
  readonly author: string
  /** Where links of ours in it lead. */
  readonly links: readonly string[]
  /** Whether a picture in it tells us of openings. */
  readonly opens: boolean
  /** Whether an address of ours in it stops mail; missing for most. */
  readonly isLinked?: boolean
  /** `own`: its sender says how to unsubscribe, and answers for it: `whoStops`. */
  readonly unsubscribe: 'ours' | 'own'
  /** What its sender says of complaints himself. */
  readonly feedback: OwnFeedback
}

/** Places the bytes of a message, and gives what goes to many a way to stop it: an address of its own for each recipient. */
export async function planned(options: PrepareOptions, sender: Sender, composed: Composed, nowMs: number): Promise<Prepared> {
  const { envelope, checked, bytes, head, author, links, opens, isLinked = false } = composed
  const { id, stream, atMs } = envelope
  const { organization, key } = sender
  const isStoppable = isBroadcast(stream) && composed.unsubscribe === 'ours'
  const tags = head.tags.map(({ name, value }) => `${name}:${value}`)
  const tagged = tags.length === 0 ? composed.deliveries : composed.deliveries.map((delivery) => ({ ...delivery, tags }))
  const deliveries = tagged.map((delivery) => heldBy(checked, sender, complainable(options, sender, composed, { ...delivery, ...trackingOf(composed) })))
  const recipients = deliveries.map((delivery) => ({ address: delivery.recipient, delivery: delivery.id }))
  return {
    message: { id, size: bytes.length, digest: hash('sha256', bytes, 'buffer'), location: await placeOf(options, organization, id, bytes) },
    deliveries: isStoppable ? deliveries.map((delivery, at) => withUnsubscribe(delivery, { message: id, recipient: at }, { origin: options.trackOrigin, ...options.house })) : deliveries,
    sent: { id, stream, scheduledMs: atMs > nowMs ? atMs : null, head },
    tracked: isStoppable || isLinked || opens || links.length > 0 ? { message: id, stream, recipients, links, opens: opens ? 'noted' : 'not-noted', ...(sender.mode === 'test' ? { mode: 'test' } : {}) } : null,
    told: { from: author, messageId: head.messageId, protocol: 'api', key, mode: sender.mode, stream, ...checked.told },
  }
}

/** What tells of the reader of a message. Several have the same bytes: what they do is counted, and nobody knows whose it was. */
function trackingOf({ deliveries, head, links, opens }: Composed): Pick<NewDelivery, 'tracking'> {
  if (deliveries.length !== 1 || head.anonymous === true || (!opens && links.length === 0)) return {}
  if (links.length === 0) return { tracking: 'opens' }
  return { tracking: opens ? 'both' : 'clicks' }
}

/** Tells providers where complaints go, and which delivery they are about. A tag named campaign is the word that Gmail counts it under: others may be somebody's name. */
function complainable({ house: { hostname } }: PrepareOptions, { organization }: Sender, { envelope: { stream }, head: { tags }, feedback }: Composed, delivery: NewDelivery): NewDelivery {
  if (delivery.route === 'local') return delivery
  const campaign = tags.find(({ name }) => name === 'campaign')?.value ?? null
  const fields = feedbackFields({ sender: delivery.sender, organization, stream, campaign, hostname, own: feedback })
  return { ...delivery, view: { ...delivery.view, prefix: fields + delivery.view.prefix } }
}

/** Why an organization may not send as an author at a domain; null when it may. */
export async function authorFault({ routes }: Pick<PrepareOptions, 'routes'>, { organization, domains }: Pick<Sender, 'organization' | 'domains'>, domain: Domain): Promise<Omit<Fault, 'field'> | null> {
  if (domains !== null && !domains.includes(domain)) return { code: 'not_allowed', message: `this key writes as ${domains.join(', ')} only` }
  const rules = await routes.rules(domain)
  if (rules === null && (await routes.claims(organization, domain))) return { code: 'unverified_domain', message: unverified(domain) }
  if (rules === null || rules.organization !== organization) return { code: 'unknown_domain', message: `${domain} is no domain of your organization: "merpati domain add ${domain}" or POST /v1/domains makes it one` }
  if (rules.state === 'parked') return { code: 'parked_domain', message: `${domain} is parked, and has no mail: "merpati domain resume ${domain}" or PATCH /v1/domains/${domain} changes that` }
  return rules.state === 'active' ? null : { code: 'suspended_domain', message: `${domain} is suspended` }
}

/** Why a sender may not send in a stream; null when it may. */
export async function streamFault({ routes }: Pick<PrepareOptions, 'routes'>, { organization, streams }: Pick<Sender, 'organization' | 'streams'>, stream: string): Promise<Omit<Fault, 'field'> | null> {
  if (!coversStream(streams, stream)) return { code: 'not_allowed', message: `this key sends in ${(streams ?? []).join(', ')} only` }
  return isOwnStream(stream) && !(await routes.hasStream(organization, stream)) ? { code: 'unknown_stream', message: unknownStream(stream) } : null
}

const REASONS: Readonly<Record<ComposeFault['reason'], string>> = {
  'line-break': 'must not hold line breaks or NUL',
  'bad-name': 'is no name that a header field of yours may have',
  'bad-id': 'is no id',
  'bad-type': 'is no media type',
  'not-7bit': 'is not plain ASCII',
  'too-deep': 'has too many parts in parts',
  empty: 'is empty',
}

/** What was checked before cannot come here; what was forgotten is refused all the same, and named as the message has it. */
function composeFault({ field, reason }: ComposeFault): Fault {
  return { field: field.toLowerCase(), code: reason.replaceAll('-', '_'), message: REASONS[reason] }
}

function shown({ name, address }: NamedAddress): string {
  return name === null ? address.text : `${name} <${address.text}>`
}

async function placeOf({ bytes: store, inlineBytes }: PrepareOptions, organization: OrganizationId, message: MessageId, bytes: Uint8Array): Promise<Location> {
  // The writer is given memory that holds nothing else.
  return bytes.length <= inlineBytes ? { kind: 'inline', bytes: new Uint8Array(bytes) } : await store.append({ organization, message }, bytes)
}

/** A delivery for each address, each once. Mailboxes here have one too, so that everything about a recipient is found in one place. */
export async function deliveriesOf(options: PrepareOptions, sender: Sender, envelope: Envelope, nowMs: number): Promise<readonly NewDelivery[]> {
  const found = new Map<string, NewDelivery>()
  const returns = await returnHost(options.routes, sender.organization, envelope.author, options.house.hostname)
  for (const written of envelope.recipients) {
    for (const { address, route } of await placesOf(options, sender, written)) {
      const key = `${route} ${address}`
      if (!found.has(key)) found.set(key, deliveryTo(options, sender, envelope, { written, address, route, returns }, nowMs))
    }
  }
  return [...found.values()]
}

interface Place {
  readonly address: string
  readonly route: NewDelivery['route']
}

/** Where mail to an address goes: elsewhere, to a mailbox here, or both by an alias. An address here that is not there fails as it would elsewhere. */
async function placesOf({ routes }: PrepareOptions, { mode }: Sender, text: string): Promise<readonly Place[]> {
  const address = parseAddress(text)
  const domain = address.ok ? address.value.domain : null
  const rules = domain === null ? null : await routes.rules(domain)
  if (mode === 'test' || !address.ok || domain === null || rules === null || rules.state === 'parked') return [{ address: text, route: 'remote' }]
  const route = await resolve(routes, address.value.local, domain)
  const elsewhere: readonly Place[] = route.kind === 'local' ? route.elsewhere.map((target) => ({ address: target, route: 'remote' })) : []
  const isHere = route.kind !== 'local' || route.receivers.length > 0 || route.hooks.length > 0
  return isHere ? [{ address: text, route: 'local' }, ...elsewhere] : elsewhere
}

function deliveryTo({ house }: PrepareOptions, { mode }: Sender, envelope: Envelope, to: Place & { readonly written: string; readonly returns: string }, nowMs: number): NewDelivery {
  const { stream, atMs, requireTls, smtpUtf8, body, view } = envelope
  const id = makeId('q', nowMs) as DeliveryId
  const away = mode === 'test' ? 'captured' : house.outbound
  return plannedDelivery({
    id,
    account: null,
    sender: `${returnPathOf(id, house.secret)}@${to.returns}`,
    recipient: to.address,
    route: to.route,
    ...queuedAs(stream),
    spoolMs: null,
    state: to.route === 'local' ? 'queued' : away,
    atMs,
    wishes: { ret: null, envid: null, notify: [], orcpt: `rfc822;${to.written}`, body, smtputf8: smtpUtf8, requireTls, tlsOptional: false },
    view,
    ...(mode === 'test' ? { mode } : {}),
  })
}

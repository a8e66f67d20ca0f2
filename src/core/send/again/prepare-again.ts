import { isAscii } from 'node:buffer'
import type { MessageId } from '../../../base/brand.ts'
import type { Fault } from '../../../base/fault.ts'
import { makeId } from '../../../base/ids.ts'
import { fail, ok, type Result } from '../../../base/result.ts'
import { type HeaderScan, scanHeader } from '../../../proto/mail/header-scan.ts'
import { fieldText, findFields } from '../../../proto/mail/headers.ts'
import { ownFeedback } from '../../bounce/feedback-fields.ts'
import { submissionRules } from '../../inbound/mend.ts'
import { stopIn } from '../../inbound/own-stop.ts'
import { readStream } from '../../organization/stream/name.ts'
import { ANYBODY } from '../../track/token.ts'
import type { Tracked } from '../../track/tracked.ts'
import { unwriteHtml, withNewStop } from '../../track/unwrite.ts'
import { urlOf } from '../../track/url.ts'
import { checkedBytes } from '../checked.ts'
import { readNamedAddress, type SendableAddress } from '../named-address.ts'
import { authorFault, deliveriesOf, type Envelope, planned, type Prepared, type PrepareOptions, type Sender, streamFault } from '../prepare.ts'
import type { Sent } from '../sent.ts'
import { trackedHtml } from '../track-html.ts'
import { htmlOf, reworded, type TextPlace, withNewIdentity } from './rewrite.ts'

/** A message that was sent, and all that is kept of it. */
export interface Stored {
  readonly sent: Sent
  readonly bytes: Uint8Array
  /** What addresses of ours in it mean; null when there are none, or when they are forgotten. */
  readonly tracked: Tracked | null
}

/**
 * A new message out of one that was sent: the same words, to the same recipients or to some of them, with an id, a Date and a Message-ID of its own. Everything is asked again
 * that was asked of the first: its author, its stream, its content; and addresses of ours in it are the new one's.
 */
export async function prepareAgain(options: PrepareOptions, sender: Sender, { sent, bytes: first, tracked }: Stored, only: readonly string[] | null, nowMs: number): Promise<Result<Prepared, readonly Fault[]>> {
  const { house } = options
  const author = addressOf(sent.head.from)
  const fault = await authorFault(options, sender, author.address.domain)
  if (fault !== null) return fail([{ ...fault, field: 'from' }])
  const elsewhere = await streamFault(options, sender, sent.stream)
  if (elsewhere !== null) return fail([{ ...elsewhere, field: 'stream' }])
  const chosen = chosenOf(sent.head, only)
  if (!chosen.ok) return chosen
  const { to, cc, bcc } = chosen.value
  const id = makeId('m', nowMs) as MessageId
  const messageId = `${id}@${house.hostname}`
  const url = urlOf({ kind: 'unsubscribe', message: id, recipient: 0, link: 0 }, { origin: options.trackOrigin, secret: house.secret })
  const renewed = reworded(first, (text) => withNewStop(text, { message: sent.id, secret: house.secret, url }))
  const shown = tracked === null || (tracked.links.length === 0 && tracked.opens !== 'noted') ? null : htmlOf(renewed)
  const plain = shown === null || tracked === null ? null : unwriteHtml(shown.text, { message: sent.id, links: tracked.links, secret: house.secret })
  const written = withNewIdentity(plain === null || shown === null ? renewed : shown.put(plain.html), { messageId, dateMs: nowMs })
  const header = scanHeader(written, submissionRules(house.hostname))
  const stream = readStream(sent.stream) ?? 'transactional'
  const { stop, skips } = stopIn(stream, header, written)
  const envelope = envelopeOf(id, sent, [...to, ...cc, ...bcc], { header, bytes: written, stream, skips, nowMs })
  const deliveries = await deliveriesOf(options, sender, envelope, nowMs)
  const checked = await checkedBytes(options, sender, envelope, author.address.text, written)
  if (!checked.ok) return checked
  const recipient = deliveries.length === 1 && sent.head.anonymous !== true && plain?.of !== 'anybody' ? 0 : ANYBODY
  const html = plain === null || tracked === null ? null : trackedHtml({ html: plain.html, tracking: { opens: tracked.opens === 'noted', clicks: tracked.links.length > 0, anonymous: recipient === ANYBODY } }, { origin: options.trackOrigin, secret: house.secret, message: id, recipient })
  const head = { ...sent.head, to, cc, bcc, messageId, resendOf: sent.id }
  const { links, opens } = html ?? { links: [], opens: false }
  const bytes = placed(written, html?.html ?? null)
  return ok(await planned(options, sender, { envelope, deliveries, checked: checked.value, bytes, head, author: author.address.text, links, opens, isLinked: renewed !== first, unsubscribe: stop, feedback: ownFeedback(header.names) }, nowMs))
}

/** The same message with other HTML, or as it is. */
function placed(bytes: Uint8Array, html: string | null): Uint8Array {
  const place: TextPlace | null = html === null ? null : htmlOf(bytes)
  return place === null || html === null ? bytes : place.put(html)
}

type Named = Pick<Sent['head'], 'to' | 'cc' | 'bcc'>

/** Those who get it: all, or those of them that are named. */
function chosenOf({ to, cc, bcc }: Named, only: readonly string[] | null): Result<Named, readonly Fault[]> {
  if (only === null) return ok({ to, cc, bcc })
  const all = new Map([...to, ...cc, ...bcc].map((text) => [folded(text), text]))
  const faults = only.flatMap((text, at) => (all.has(folded(text)) ? [] : [{ field: `to.${at}`, code: 'unknown_recipient', message: 'was no recipient of this message' }]))
  if (faults.length > 0) return fail(faults)
  const wanted = new Set(only.map(folded))
  const of = (texts: readonly string[]): readonly string[] => texts.filter((text) => wanted.has(folded(text)))
  return ok({ to: of(to), cc: of(cc), bcc: of(bcc) })
}

function folded(text: string): string {
  return (readNamedAddress(text)?.address.text ?? text).toLowerCase()
}

/** An address as we wrote it down. */
function addressOf(text: string): SendableAddress {
  const address = readNamedAddress(text)
  if (address === null) throw new Error('an address that mail was sent to is none')
  return address
}

function envelopeOf(id: MessageId, { head }: Sent, recipients: readonly string[], { header, bytes, stream, skips, nowMs }: { readonly header: HeaderScan; readonly bytes: Uint8Array; readonly nowMs: number } & Pick<Envelope, 'stream'> & Pick<Envelope['view'], 'skips'>): Envelope {
  const named = findFields(header, ['from', 'sender', 'to', 'cc', 'reply-to']).map((field) => fieldText(bytes, field))
  const texts = recipients.map((text) => addressOf(text).address.text)
  return {
    id,
    recipients: texts,
    stream,
    requireTls: head.requireTls === true,
    smtpUtf8: [...named, ...texts].some((text) => !/^\p{ASCII}*$/u.test(text)),
    body: isAscii(bytes) ? '7BIT' : '8BITMIME',
    atMs: nowMs,
    view: { prefix: '', skips },
    author: addressOf(head.from).address.domain,
  }
}

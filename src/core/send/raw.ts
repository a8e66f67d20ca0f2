import { isAscii } from 'node:buffer'
import type { MessageId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { type Address, needsUtf8, parseAddress } from '../../proto/mail/address.ts'
import { readAuthors } from '../../proto/mail/authors.ts'
import { decodeWords } from '../../proto/mail/encoded-word.ts'
import { fieldText, findFields } from '../../proto/mail/headers.ts'
import { hasBareLineEnd, type HeaderScan, scanHeader } from '../../proto/mail/header-scan.ts'
import { LineNormalizer } from '../../proto/smtp/server/line-normalizer.ts'
import { FEEDBACK_ID, IN_OUR_NAME, ownFeedback, speaksAsUs } from '../bounce/feedback-fields.ts'
import { refusalOf } from '../inbound/accept.ts'
import { bulkAuthor } from '../inbound/stoppable.ts'
import { missingFields, submissionRules } from '../inbound/mend.ts'
import { repeatedField, TWICE } from '../inbound/once.ts'
import { stopIn } from '../inbound/own-stop.ts'
import { streamOf } from '../inbound/stream.ts'
import type { Fault } from '../../base/fault.ts'
import { checkedBytes } from './checked.ts'
import { MAX_ADDRESSES } from './limits.ts'
import { authorFault, deliveriesOf, planned, type Prepared, type PrepareOptions, type Sender, streamFault } from './prepare.ts'

/** A message that its sender has composed. It goes to whom its To, Cc and Bcc name; what is kept from recipients, and what is said to us alone, is left out. */
export async function prepareRaw(options: PrepareOptions, sender: Sender, given: Uint8Array, nowMs: number): Promise<Result<Prepared, readonly Fault[]>> {
  const { house } = options
  const bytes = withLineEnds(given)
  const header = scanHeader(bytes, submissionRules(house.hostname))
  const refusal = refusalOf(header, bytes, '8BITMIME')
  const author = refusal === null ? authorOf(header) : null
  if (refusal !== null) return fail([{ field: '', code: 'invalid_message', message: refusal.text }])
  const repeated = repeatedField(header)
  if (repeated !== null) return fail([{ field: repeated, code: 'duplicate_header', message: TWICE }])
  if (speaksAsUs(findFields(header, [FEEDBACK_ID]).map((field) => fieldText(bytes, field)), house.hostname)) return fail([{ field: 'Feedback-ID', code: 'not_allowed', message: IN_OUR_NAME }])
  if (author === null) return fail([{ field: 'From', code: 'invalid_address', message: 'must name one author, and Sender the same or nobody' }])
  const stream = header.names.has('x-merpati-stream') ? streamOf(header, bytes) : 'transactional'
  if (stream === null || stream === 'submission') return fail([{ field: 'X-Merpati-Stream', code: 'invalid_stream', message: 'names no stream: write transactional, broadcast or a stream of your own such as broadcast.weekly' }])
  const fault = author.domain === null ? { code: 'unknown_domain', message: 'has no domain' } : await authorFault(options, sender, author.domain)
  if (fault !== null) return fail([{ ...fault, field: 'From' }])
  const elsewhere = await streamFault(options, sender, stream)
  if (elsewhere !== null) return fail([{ ...elsewhere, field: 'X-Merpati-Stream' }])
  const named = recipientsOf(header, bytes)
  if (!named.ok) return named
  const { to, cc, bcc } = named.value
  const recipients = [...to, ...cc, ...bcc]
  const id = makeId('m', nowMs) as MessageId
  const { stop, skips } = stopIn(stream, header, bytes)
  const view = { prefix: missingFields(header, house, author.text, id, nowMs), skips, ...bulkAuthor(stream, header) }
  const body = isAscii(bytes) ? '7BIT' : '8BITMIME'
  const envelope = { id, recipients: recipients.map(({ text }) => text), stream, requireTls: false, smtpUtf8: recipients.some(needsUtf8), body, atMs: nowMs, view, author: author.domain } as const
  const texts = (all: readonly Address[]): readonly string[] => all.map(({ text }) => text)
  const head = { from: author.text, to: texts(to), cc: texts(cc), bcc: texts(bcc), replyTo: [], subject: subjectOf(header, bytes), tags: [], metadata: {}, messageId: header.messageId ?? `${id}@${house.hostname}` }
  const checked = await checkedBytes(options, sender, envelope, author.text, bytes)
  if (!checked.ok) return checked
  const deliveries = await deliveriesOf(options, sender, envelope, nowMs)
  // Its bytes are its sender's: they stay as they are.
  return ok(await planned(options, sender, { envelope, deliveries, checked: checked.value, bytes, head, author: author.text, links: [], opens: false, unsubscribe: stop, feedback: ownFeedback(header.names) }, nowMs))
}

/** The one author, if Sender names nobody else: what signs for him must be seen by every reader alike. */
function authorOf({ authorTexts: { from, sender } }: HeaderScan): Address | null {
  const [author, ...more] = [...new Set([...from, ...sender].flatMap((text) => (text === null ? [''] : (readAuthors(text) ?? ['']))))]
  if (author === undefined || more.length > 0 || from.length !== 1) return null
  const parsed = parseAddress(author)
  return parsed.ok ? parsed.value : null
}

type Named = Readonly<Record<'to' | 'cc' | 'bcc', readonly Address[]>>

function recipientsOf(header: HeaderScan, bytes: Uint8Array): Result<Named, readonly Fault[]> {
  const faults: Fault[] = []
  const of = (field: string): readonly Address[] => {
    const texts = findFields(header, [field]).map((each) => fieldText(bytes, each))
    const listed = texts.flatMap((text) => readAuthors(text) ?? [''])
    if (listed.length > MAX_ADDRESSES) faults.push({ field, code: 'too_big', message: `names more than ${MAX_ADDRESSES} addresses` })
    return listed.slice(0, MAX_ADDRESSES).flatMap((text) => {
      const parsed = parseAddress(text)
      if (parsed.ok && parsed.value.domain !== null) return [parsed.value]
      faults.push({ field, code: 'invalid_address', message: 'holds what is no address' })
      return []
    })
  }
  const named = { to: of('to'), cc: of('cc'), bcc: of('bcc') }
  if (faults.length === 0 && named.to.length + named.cc.length + named.bcc.length === 0) faults.push({ field: 'To', code: 'empty', message: 'name somebody to send it to' })
  return faults.length > 0 ? fail(faults) : ok(named)
}

function subjectOf(header: HeaderScan, bytes: Uint8Array): string {
  const [field] = findFields(header, ['subject'])
  return field === undefined ? '' : decodeWords(fieldText(bytes, field).trim()).slice(0, 1_000)
}

/** Files end their lines as the machine does; mail ends each in CR LF, and must before it is signed. RFC 5322 §2.1, RFC 5321 §2.3.8, RFC 6376 §5.3. */
function withLineEnds(bytes: Uint8Array): Uint8Array {
  if (!hasBareLineEnd(bytes)) return bytes
  const normalizer = new LineNormalizer()
  return Buffer.concat([normalizer.push(bytes), normalizer.end()])
}

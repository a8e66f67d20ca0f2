import type { DeliveryId, MessageId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { readReport } from '../../proto/report/read-report.ts'
import type { Report } from '../../proto/report/report.ts'
import type { Recipient } from '../../proto/smtp/envelope.ts'
import { type Reply, reply } from '../../proto/smtp/reply.ts'
import { noteOf } from '../bounce/note.ts'
import { FEEDBACK_LOCAL } from '../bounce/feedback-fields.ts'
import { readReturnPath } from '../bounce/return-path.ts'
import type { ReturnedArgs } from '../bounce/sql-returned.ts'
import { providerOfSite } from '../pool/site.ts'
import type { FoundDelivery } from '../queue/sql-find.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { readStopLocal, type Stopped } from '../track/stop-address.ts'
import { readToken } from '../track/token.ts'
import { ENOUGH_ANSWERS, MAX_PASSED_ON, type PassedOn, type PassOn } from './pass-on.ts'

/** So much of a report is read and kept: what it says stands before the message that it returns. */
export const RETURNED_BYTES = 64 * 1024

/** A longer one is not taken: reports are small, and nobody has to write a megabyte to a return path. deliverability §4.1. */
export const MAX_BROUGHT_BYTES = 1024 * 1024

/** What whoever brings a longer one is told. RFC 3463 §3.4. */
export const TOO_LONG_TO_RETURN = reply(552, '5.3.4', `What comes to a return path may have ${MAX_BROUGHT_BYTES} octets at most`)

/** An address that takes reports on our mail instead of mail. */
export interface ReturnTo {
  readonly address: string
  /** Whose return path it is; null at the address for complaints, whose reports have to name the delivery themselves. */
  readonly returns: DeliveryId | null
  /** Who wants no more mail, at an address for that: then whatever is written there is no report. Missing at all others. */
  readonly stops?: Stopped
}

/** What taking reports is made of. */
export interface ReturnedOptions {
  readonly hostname: string
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly delivery: (id: DeliveryId) => Promise<FoundDelivery | null>
  /** A message that was sent; null when it is gone. */
  readonly stored: (id: MessageId) => Promise<StoredMessage | null>
  /** What came to the return path of a delivery so far. */
  readonly countOf: (id: DeliveryId) => Promise<number>
  /** The delivery that an address for stopping mail was made for; null when nobody knows. */
  readonly stoppedBy: (token: Stopped) => Promise<DeliveryId | null>
  /** Writes to a reader no more. Done twice it changes nothing. */
  readonly stop: (reader: Stopped, nowMs: number) => Promise<unknown>
  /** Writes it down; once for each `id`. */
  readonly take: (args: ReturnedArgs, id: string) => Promise<unknown>
}

/** Whether an address takes reports; a refusal for one that looks so and is not ours; null for all others. */
export function returnTo(to: Recipient['to'], { hostname, secret, clock }: ReturnedOptions): ReturnTo | Reply | null {
  if (to === 'postmaster' || to.domain === null) return null
  const isOurName = to.domain.toLowerCase() === hostname.toLowerCase()
  if (isOurName && to.local.toLowerCase() === FEEDBACK_LOCAL) return { address: to.text, returns: null }
  const stops = readStopLocal(to.local, secret)
  if (stops === 'forged' && isOurName) return reply(550, '5.1.1', `No such mailbox: ${to.text}`)
  // It works for as long as it is known, also when our name was another one: deliverability §4.8.
  if (stops !== null && stops !== 'forged') return { address: to.text, returns: null, stops }
  const path = readReturnPath(to.local, { secret, nowMs: clock.nowMs() })
  // The token is proof enough of what it names, whatever domain of ours it came by.
  if (path?.kind === 'delivery') return { address: to.text, returns: path.delivery }
  return path !== null && (isOurName || path.kind === 'expired') ? reply(550, '5.1.1', `No such mailbox: ${to.text}`) : null
}

/** A message for such addresses. */
export interface Brought {
  /** Who brought it. */
  readonly peer: string
  /** `MAX_BROUGHT_BYTES` at most. */
  readonly bytes: Uint8Array
  /** What is done with the answer of a person. */
  readonly passOn: PassOn
}

/** Takes a message that came to such addresses. */
export async function takeReturned(options: ReturnedOptions, to: readonly ReturnTo[], brought: Brought): Promise<Reply> {
  const nowMs = options.clock.nowMs()
  const id = makeId('r', nowMs)
  for (const { stops } of to) if (stops !== undefined) await options.stop(stops, nowMs)
  const reports = to.filter(({ stops }) => stops === undefined)
  const refusal = reports.length > 0 ? await takeReport(options, reports, brought, { id, nowMs }) : null
  return refusal ?? reply(250, '2.0.0', `Ok: ${id}`)
}

/** Returns the refusal of an answer that could not be passed on, null for all else. */
async function takeReport(options: ReturnedOptions, to: readonly ReturnTo[], brought: Brought, { id, nowMs }: Pick<ReturnedArgs, 'id' | 'nowMs'>): Promise<Reply | null> {
  const head = Uint8Array.from(brought.bytes.subarray(0, RETURNED_BYTES))
  const report = readReport(head)
  const named = to.some(({ returns }) => returns === null) ? await deliveryIn(report, options) : null
  const deliveries = [...new Set(to.map(({ returns }) => returns ?? named))]
  for (const [index, delivery] of deliveries.entries()) {
    const found = delivery === null ? null : await options.delivery(delivery)
    // Nobody answers several at once.
    const passed = found !== null && report.kind === 'reply' && deliveries.length === 1 ? await passAnswer(options, found, brought) : null
    if (passed?.kind === 'refused') return passed.reply
    const note = noteOf(report, found?.recipient ?? '', found === null ? null : providerOfSite(found.site))
    const own = index === 0 ? id : makeId('r', nowMs)
    await options.take({ id: own, delivery, note, head, peer: brought.peer, nowMs, ...(passed === null ? {} : { passedTo: passed.address }) }, own)
  }
  return null
}

async function passAnswer({ stored, countOf }: ReturnedOptions, about: FoundDelivery, { bytes, passOn }: Brought): Promise<PassedOn | null> {
  if ((await countOf(about.id)) >= MAX_PASSED_ON) return { kind: 'refused', reply: ENOUGH_ANSWERS }
  const message = await stored(about.message)
  return message === null ? null : await passOn(about, message, bytes)
}

/**
 * The delivery that a complaint is about: our return path, CFBL-Feedback-ID or the address in List-Unsubscribe stands in what it says of the message, though it hides the
 * recipient. Each was signed by us. deliverability §4.6.
 */
async function deliveryIn(report: Report, { secret, clock, stoppedBy }: ReturnedOptions): Promise<DeliveryId | null> {
  const texts = textsOf(report)
  for (const text of texts) {
    for (const [local] of text.matchAll(/\bb-[a-z2-7]{40}(?![a-z0-9])/gi)) {
      const path = readReturnPath(local, { secret, nowMs: clock.nowMs() })
      if (path?.kind === 'delivery') return path.delivery
    }
  }
  for (const text of texts) {
    const token = readToken(/\/t\/u\/([\w-]{44})(?![\w-])/.exec(text)?.[1] ?? '', secret)
    if (token?.kind === 'unsubscribe') return await stoppedBy(token)
  }
  return null
}

function textsOf(report: Report): readonly string[] {
  if (report.kind !== 'feedback' && report.kind !== 'delivery') return []
  const returned = report.returned?.fields.map(({ value }) => value) ?? []
  return report.kind === 'feedback' ? [report.originalFrom ?? '', ...returned] : returned
}

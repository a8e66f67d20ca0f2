import type { OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { compose, usualBody } from '../../proto/mail/compose.ts'
import { languageOf } from '../bounce/notice-text.ts'
import type { Event } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import type { ReceiveOptions } from '../inbound/receive.ts'
import { type OwnMailOptions, sendOwnMail } from '../inbound/own-mail.ts'
import type { Finding, StreamKey } from './standing.ts'
import { noticeOf } from './words.ts'

/** What telling owners is made of. */
export interface OwnerNoticeOptions extends Omit<OwnMailOptions, 'organization'> {
  /** Delivers a message, once for each `id`. */
  readonly deliver: (args: Parameters<ReceiveOptions['deliver']>[0], id: string) => ReturnType<ReceiveOptions['deliver']>
  readonly clock: Clock
  /** Who administers an organization, and in which language they read. */
  readonly owners: (organization: OrganizationId) => Promise<readonly { readonly login: string; readonly locale: string }[]>
  readonly advance: (position: string) => Promise<void>
}

/** Follows the log and writes to those who administer an organization when a stream of theirs is slowed or stopped, in their language. Nobody is told twice of one event. */
export function ownerNotices(options: OwnerNoticeOptions): Reader {
  return {
    name: OWNER_NOTICE_READER,
    async handle(events, position) {
      for (const event of events) if (event.type === 'stream.slowed' || event.type === 'stream.paused') await tell(event, options)
      await options.advance(position)
    },
  }
}

/** The name under which the reader's place in the log is kept. */
export const OWNER_NOTICE_READER = 'owner-notice'

async function tell({ id, type, organization, data }: Event, options: OwnerNoticeOptions): Promise<void> {
  const told = { ...(data as StreamKey & Finding), level: type === 'stream.paused' ? ('paused' as const) : ('slowed' as const) }
  for (const [index, { login, locale }] of (await options.owners(organization)).entries()) {
    const to = parseAddress(login)
    if (!to.ok) continue
    const { subject, text } = noticeOf({ ...told, organization }, told, languageOf(locale))
    const receive = { ...options.receive, deliver: (args: Parameters<ReceiveOptions['deliver']>[0]) => options.deliver(args, `owner-notice-${id}-${index}`) }
    await sendOwnMail({ receive, organization, log: options.log }, [to.value], mailOf(to.value, subject, text, options))
  }
}

function mailOf(to: Address, subject: string, text: string, { clock, receive: { house: { hostname } } }: OwnerNoticeOptions): Uint8Array {
  const nowMs = clock.nowMs()
  const id = `${makeId('n', nowMs)}@${hostname}`
  const head = {
    from: [{ name: 'Merpati', address: { ...to, text: `MAILER-DAEMON@${hostname}` } }],
    ...{ to: [{ name: null, address: to }], cc: [], replyTo: [], subject, dateMs: nowMs, offsetMinutes: 0, messageId: id, inReplyTo: [], references: [] },
    more: [['Auto-Submitted', 'auto-generated']] as const, // RFC 3834 §5.
  }
  const written = compose(head, usualBody({ text, html: null, files: [] }), id)
  if (!written.ok) throw new Error(`a notice could not be written: ${written.error.field} ${written.error.reason}`)
  return written.value
}

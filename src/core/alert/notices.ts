import type { OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { composeAutomatic } from '../../proto/mail/automatic-mail.ts'
import { usualBody } from '../../proto/mail/compose.ts'
import { type Language, languageOf } from '../bounce/notice-text.ts'
import type { Event } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import { type OwnMailOptions, sendOwnMail } from '../inbound/own-mail.ts'
import type { ReceiveOptions } from '../inbound/receive.ts'
import type { Finding, StreamKey } from '../standing/standing.ts'
import { noticeOf } from '../standing/words.ts'
import { type SwitchedOff, switchedOffWords } from '../webhook/words.ts'
import { type AlertStory, alertNotice } from './words.ts'

/** What telling owners is made of. */
export interface OwnerNoticeOptions extends Omit<OwnMailOptions, 'organization'> {
  /** Delivers a message, once for each `id`. */
  readonly deliver: (args: Parameters<ReceiveOptions['deliver']>[0], id: string) => ReturnType<ReceiveOptions['deliver']>
  readonly clock: Clock
  /** Who administers an organization, and in which language they read. */
  readonly owners: (organization: OrganizationId) => Promise<readonly { readonly login: string; readonly locale: string }[]>
  readonly advance: (position: string) => Promise<void>
}

/** What a mail says. */
interface Words {
  readonly subject: string
  readonly text: string
}

/** The name under which the reader's place in the log is kept. */
export const OWNER_NOTICE_READER = 'owner-notice'

/**
 * Follows the log and writes to those who administer an organization, in their language: of alerts that are raised and resolved, of streams that are slowed or stopped, and of webhooks that
 * are switched off by themselves. Nobody is told twice of one event.
 */
export function ownerNotices(options: OwnerNoticeOptions): Reader {
  return {
    name: OWNER_NOTICE_READER,
    async handle(events, position) {
      for (const event of events) {
        const words = wordsOf(event)
        if (words !== null) await tell(event, words, options)
      }
      await options.advance(position)
    },
  }
}

function wordsOf({ type, organization, data }: Event): ((language: Language) => Words) | null {
  switch (type) {
    case 'stream.slowed':
    case 'stream.paused': {
      const told = { ...(data as StreamKey & Finding), organization, level: type === 'stream.paused' ? ('paused' as const) : ('slowed' as const) }
      return (language) => noticeOf(told, told, language)
    }
    case 'alert.raised':
    case 'alert.resolved': {
      const story = data as AlertStory
      // What is done to a stream or a webhook has a mail of its own, which says more.
      return story.rule === 'stream.restricted' || story.rule === 'webhook.disabled' ? null : (language) => alertNotice(story, type, language)
    }
    case 'webhook.disabled': {
      const told = data as SwitchedOff | { readonly reason: 'by-hand' }
      return told.reason === 'by-hand' ? null : (language) => switchedOffWords(told, language)
    }
    default:
      return null
  }
}

async function tell({ id, organization }: Event, words: (language: Language) => Words, options: OwnerNoticeOptions): Promise<void> {
  for (const [index, { login, locale }] of (await options.owners(organization)).entries()) {
    const to = parseAddress(login)
    if (!to.ok) continue
    const { subject, text } = words(languageOf(locale))
    const receive = { ...options.receive, deliver: (args: Parameters<ReceiveOptions['deliver']>[0]) => options.deliver(args, `owner-notice-${id}-${index}`) }
    await sendOwnMail({ receive, organization, log: options.log }, [to.value], mailOf(to.value, subject, text, options))
  }
}

function mailOf(to: Address, subject: string, text: string, { clock, receive: { house: { hostname } } }: OwnerNoticeOptions): Uint8Array {
  const nowMs = clock.nowMs()
  const id = `${makeId('n', nowMs)}@${hostname}`
  const from = { name: 'Merpati', address: { ...to, text: `MAILER-DAEMON@${hostname}` } }
  return composeAutomatic({ from, to: [to], subject, body: usualBody({ text, html: null, files: [] }), kind: 'auto-generated', inReplyTo: null, more: [], id, nowMs })
}

import type { OrganizationId } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { Address } from '../../proto/mail/address.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../proto/smtp/envelope.ts'
import { resolve } from '../route/resolve.ts'
import { receiveWhole, type ReceiveOptions } from './receive.ts'
import type { AcceptedRecipient } from './session.ts'

/** What sending mail of our own is made of. */
export interface OwnMailOptions {
  readonly receive: ReceiveOptions
  /** Whose mail it is where it leaves. */
  readonly organization: OrganizationId
  readonly log: Log
}

/**
 * Hands a mail that we wrote to the road that all mail takes: it is stored, queued, signed and sent. From the null sender: one that
 * does not arrive comes back to nobody. False when nobody takes it.
 */
export async function sendOwnMail(options: OwnMailOptions, to: readonly Address[], mail: Uint8Array): Promise<boolean> {
  const { receive, log } = options
  const peer = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0 }
  const session = { peer, protocol: 'esmtp', helo: receive.house.hostname, tls: null, login: null, isOwn: true } as const
  const recipients: AcceptedRecipient[] = []
  for (const each of to) recipients.push(await whereTo(options, each))
  const replies = await receiveWhole(receive, { session, sender: { ...NO_MAIL_PARAMS, from: null }, recipients }, mail)
  const [refused] = replies.filter(({ code }) => code !== 250)
  if (refused !== undefined) log.warn('own_mail.refused', { reply: refused.text })
  return replies.some(({ code }) => code === 250)
}

/** An address of ours is delivered to, others are sent to. */
async function whereTo({ receive, organization }: OwnMailOptions, to: Address): Promise<AcceptedRecipient> {
  const route = to.domain === null ? null : await resolve(receive.routes, to.local, to.domain)
  const isHere = route?.kind === 'local'
  return {
    recipient: { to, ...NO_RCPT_PARAMS },
    address: to.text,
    receivers: isHere ? route.receivers : [],
    elsewhere: isHere ? route.elsewhere : [to.text],
    organization: isHere ? route.organization : organization,
  }
}

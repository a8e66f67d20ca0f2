import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import type { Address } from '../../proto/mail/address.ts'
import type { AskTxt } from '../../proto/dmarc/walk.ts'
import type { ReportUri } from '../../proto/dmarc/report-uri.ts'
import type { StsPolicy } from '../../proto/mtasts/policy.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../proto/smtp/envelope.ts'
import { receiveWhole } from '../inbound/receive.ts'
import type { ReceiveOptions } from '../inbound/receive.ts'
import type { AcceptedRecipient } from '../inbound/session.ts'
import { resolve } from '../route/resolve.ts'
import type { CountedTls } from '../outbound/tls/sql-tls-result.ts'
import type { SeenDomain, SeenRow } from './sql-dmarc-seen.ts'
import type { SentReport } from './sql-sent.ts'
import type { ReportSender } from './sender.ts'

/** What sending reports is made of. */
export interface SendOptions {
  readonly sender: ReportSender
  readonly receive: ReceiveOptions
  /** Delivers a message, once for each `id`. */
  readonly deliver: (args: Parameters<ReceiveOptions['deliver']>[0], id: string) => ReturnType<ReceiveOptions['deliver']>
  readonly ask: AskTxt
  readonly clock: Clock
  readonly log: Log
  readonly unsentDmarc: (day: string, after: string) => Promise<readonly SeenDomain[]>
  readonly seenRows: (day: string, domain: string) => Promise<readonly SeenRow[]>
  readonly unsentTls: (day: string, after: string) => Promise<readonly string[]>
  readonly tlsResults: (day: string, domain: string) => Promise<readonly CountedTls[]>
  /** The MTA-STS policy of a domain, as we have it; null when there is none. */
  readonly stsPolicy: (domain: string) => Promise<StsPolicy | null>
  readonly noteSent: (report: SentReport) => Promise<unknown>
}

/** The addresses of a list that mail can be written to. */
export function addressesOf(uris: readonly ReportUri[]): readonly Address[] {
  return uris.flatMap(({ address }) => {
    const parsed = parseAddress(address)
    return parsed.ok ? [parsed.value] : []
  })
}

/**
 * Hands a report mail to the road that all mail takes: it is stored, queued, signed and sent. From the null sender: a report that
 * does not arrive comes back to nobody.
 */
export async function sendReport(options: SendOptions, to: readonly Address[], mail: Uint8Array, id: string): Promise<boolean> {
  const { receive, sender } = options
  const peer = { address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0 }
  const session = { peer, protocol: 'esmtp', helo: sender.hostname, tls: null, login: null, isOwn: true } as const
  const recipients: AcceptedRecipient[] = []
  for (const each of to) recipients.push(await whereTo(options, each))
  const delivering = { ...receive, deliver: (args: Parameters<ReceiveOptions['deliver']>[0]) => options.deliver(args, id) }
  const replies = await receiveWhole(delivering, { session, sender: { ...NO_MAIL_PARAMS, from: null }, recipients }, mail)
  const [refused] = replies.filter(({ code }) => code !== 250)
  if (refused !== undefined) options.log.warn('report.refused', { id, reply: refused.text })
  return replies.some(({ code }) => code === 250)
}

/** An address of ours is delivered to, others are sent to. */
async function whereTo({ receive, sender }: SendOptions, to: Address): Promise<AcceptedRecipient> {
  const route = to.domain === null ? null : await resolve(receive.routes, to.local, to.domain)
  const isHere = route?.kind === 'local'
  return {
    recipient: { to, ...NO_RCPT_PARAMS },
    address: to.text,
    receivers: isHere ? route.receivers : [],
    elsewhere: isHere ? route.elsewhere : [to.text],
    organization: isHere ? route.organization : sender.organization,
  }
}

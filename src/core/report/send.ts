import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import type { Address } from '../../proto/mail/address.ts'
import type { AskTxt } from '../../proto/dmarc/walk.ts'
import type { ReportUri } from '../../proto/dmarc/report-uri.ts'
import type { StsPolicy } from '../../proto/mtasts/policy.ts'
import { sendOwnMail } from '../inbound/own-mail.ts'
import type { ReceiveOptions } from '../inbound/receive.ts'
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
  /** Posts a report on TLS to a web address. */
  readonly post: (url: URL, name: string, body: Uint8Array, signal: AbortSignal) => Promise<'sent' | 'later' | 'refused'>
  readonly noteSent: (report: SentReport) => Promise<unknown>
}

/** The addresses of a list that mail can be written to. */
export function addressesOf(uris: readonly ReportUri[]): readonly Address[] {
  return uris.flatMap(({ address }) => {
    const parsed = parseAddress(address)
    return parsed.ok ? [parsed.value] : []
  })
}

/** Hands a report mail to the road that all mail takes, once for each `id`. */
export async function sendReport(options: SendOptions, to: readonly Address[], mail: Uint8Array, id: string): Promise<boolean> {
  const { receive, sender, log } = options
  const delivering = { ...receive, deliver: (args: Parameters<ReceiveOptions['deliver']>[0]) => options.deliver(args, id) }
  return await sendOwnMail({ receive: delivering, organization: sender.organization, log }, to, mail)
}

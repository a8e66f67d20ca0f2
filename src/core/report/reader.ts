import type { Domain, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Event, Position } from '../event/event.ts'
import type { Reader } from '../event/follow.ts'
import type { CheckRun } from '../filter/told.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import { type SegmentReader, storedBytes } from '../mailbox/body.ts'
import type { StoredMessage } from '../queue/sql-message.ts'
import { MAX_REPORT_MAIL_BYTES } from './limits.ts'
import type { KeptReport } from './received.ts'

/** What reading reports is made of. */
export interface ReportReaderOptions {
  /** Addresses that reports about our domains come to, lower-case. */
  readonly addresses: ReadonlySet<string>
  readonly stored: (id: MessageId) => Promise<StoredMessage | null>
  readonly segments: SegmentReader
  /** Whose domain this is; null when it is not hosted here, and reports on it are nobody's business. */
  readonly ownerOf: (domain: Domain) => Promise<OrganizationId | null>
  /** Keeps reports and moves the reader on, in one write. */
  readonly keep: (args: { readonly reports: readonly KeptReport[]; readonly position: Position }) => Promise<unknown>
  readonly clock: Clock
  readonly log: Log
}

/** The name under which the reader of reports stands in the log. */
export const REPORT_READER = 'report'

/** What an event tells of how a mail came. */
interface Came {
  readonly login?: string | null
  readonly checks?: readonly CheckRun[]
}

/**
 * Follows the log and reads the reports that arrive at certain addresses from senders who have proven who they are. Their mail stays where it was
 * delivered to. What a report says is what its sender claims: it is shown, and nothing is done by it.
 */
export function reportReader(options: ReportReaderOptions): Reader {
  return {
    name: REPORT_READER,
    async handle(events, position) {
      // Each by itself: reports may be large, and what was read need not be read again.
      for (const event of events) if (cameToUs(event, options.addresses)) await options.keep({ reports: isProven(event) ? await read(event, options) : unproven(event, options), position: event.position })
      await options.keep({ reports: [], position })
    },
  }
}

function cameToUs(event: Event, addresses: ReadonlySet<string>): boolean {
  if (event.type !== 'mail.arrived' || addresses.size === 0) return false
  const { recipients } = event.data as { readonly recipients?: readonly { readonly address: string }[] }
  return recipients?.some(({ address }) => addresses.has(address.toLowerCase())) === true
}

/**
 * Whether the sender of a report is who he says. RFC 9990 §3.5.2: feedback passes DMARC; a reporter without a policy has SPF or a signature at least. What one of our accounts writes is no
 * report, and a gateway in front of us (LMTP) has checked what we have not.
 */
function isProven({ data }: Event): boolean {
  const { login = null, checks = [] } = data as Came
  const has = (check: string, result: string): boolean => checks.some((run) => run.check === check && run.result === result)
  if (login !== null) return false
  return checks.length === 0 || has('dmarc', 'pass') || (has('dmarc', 'none') && (has('spf', 'pass') || has('dkim', 'pass')))
}

function unproven({ message }: Event, { log }: ReportReaderOptions): readonly KeptReport[] {
  log.info('report.unproven', { message })
  return []
}

async function read({ message }: Event, { stored, segments, ownerOf, clock, log }: ReportReaderOptions): Promise<readonly KeptReport[]> {
  const found = message === null ? null : await stored(message)
  if (message === null || found === null || found.sizeBytes > MAX_REPORT_MAIL_BYTES) return []
  const { reportsIn } = await import('./read-mail.ts') // XML and ZIP are loaded where reports come at all.
  const kept: KeptReport[] = []
  for (const report of await reportsIn(await storedBytes(found.location, segments, found.sizeBytes))) {
    const domain = parseDomain(report.domain)
    const organization = domain === null ? null : await ownerOf(domain)
    const receivedMs = clock.nowMs()
    if (domain === null || organization === null) log.info('report.foreign', { message, domain: report.domain })
    else kept.push({ ...report, domain, id: makeId('d', receivedMs), organization, receivedMs, message })
  }
  if (kept.length === 0) log.info('report.none', { message })
  return kept
}

import { dayOf } from '../base/day-tally.ts'
import type { Answer } from '../base/dns.ts'
import { DAY_MS } from '../base/duration.ts'
import { domainAbove, domainNamed } from '../core/domain/sql.ts'
import { catchUp } from '../core/event/follow.ts'
import type { ReceiveOptions } from '../core/inbound/receive.ts'
import { deliver } from '../core/local/sql.ts'
import { sqlSts } from '../core/outbound/tls/sql-sts.ts'
import { tlsResultsWith } from '../core/outbound/tls/sql-tls-result.ts'
import { storedMessage } from '../core/queue/sql-message.ts'
import { DOMAIN_CHUNK, MAX_ROWS } from '../core/report/limits.ts'
import { reportReader } from '../core/report/reader.ts'
import type { ReportSender } from '../core/report/sender.ts'
import { purgeSeen, seenRows, unsentDomains } from '../core/report/sql-dmarc-seen.ts'
import { keepReports, purgeReceived } from '../core/report/sql-received.ts'
import { noteSent, purgeSent, unsentTlsDomains } from '../core/report/sql-sent.ts'
import type { Database } from '../infra/db/database.ts'
import { parseAddress } from '../proto/mail/address.ts'
import type { AskTxt } from '../proto/dmarc/walk.ts'
import type { JobOptions } from './job/options.ts'

/** How long it is known what DMARC saw: reports on a day leave on the next one, and are tried for another. */
const SEEN_MS = 14 * DAY_MS

/** How long the reports of others are kept: a year, and a month to look back from. */
const RECEIVED_MS = 400 * DAY_MS

/** Sends the reports that are due, when the configuration says from where. */
export async function sendReports(options: JobOptions, receive: ReceiveOptions, signal: AbortSignal): Promise<void> {
  const { db, clock, log, ask, posts } = options
  const sender = await senderOf(options)
  if (sender === null) return
  const sending = {
    sender,
    receive,
    deliver: (args: Parameters<ReceiveOptions['deliver']>[0], id: string) => db.write(deliver, args, id),
    ask,
    clock,
    log,
    unsentDmarc: (day: string, after: string) => unsentDomains(db, { day, after, limit: DOMAIN_CHUNK }),
    seenRows: (day: string, domain: string) => seenRows(db, { day, domain, limit: MAX_ROWS }),
    unsentTls: (day: string, after: string) => unsentTlsDomains(db, { day, after, limit: DOMAIN_CHUNK }),
    tlsResults: (day: string, domain: string) => tlsResultsWith(db, { day, domain }),
    stsPolicy: async (domain: string) => (await sqlSts(db).get(domain))?.policy ?? null,
    post: (url: URL, name: string, body: Uint8Array, within: AbortSignal) => posts.send(url, name, body, within),
    noteSent: (report: Parameters<typeof noteSent.run>[1]) => db.write(noteSent, report),
  }
  const { sendDueReports } = await import('../core/report/daily.ts') // Most days it is not needed at all.
  await sendDueReports(sending, signal)
}

/** Null when none are sent, also when the domain they should come from is not hosted here: nobody could sign them. */
async function senderOf({ db, log, house: { hostname }, reports: { from, name } }: JobOptions): Promise<ReportSender | null> {
  const parsed = from === null ? null : parseAddress(from)
  if (parsed === null || !parsed.ok || parsed.value.domain === null) return null
  const domain = await domainNamed(db, parsed.value.domain)
  if (domain === null) log.warn('report.no-domain', { from })
  return domain === null ? null : { hostname, name, from: parsed.value, organization: domain.organization }
}

/** Reads the reports that have arrived at the addresses of the configuration. */
export async function readReports({ db, events, segments, clock, log, reports: { receive } }: JobOptions, signal: AbortSignal): Promise<void> {
  if (receive.length === 0) return
  const reader = reportReader({
    addresses: new Set(receive),
    stored: (id) => storedMessage(db, id),
    segments,
    ownerOf: async (domain) => (await domainAbove(db, domain))?.organization ?? null, // A report may be about a subdomain with a record of its own.
    keep: (args) => db.write(keepReports, args),
    clock,
    log,
  })
  await catchUp(events, reader, signal)
}

/** Forgets what is too old to be reported on or shown. */
export async function purgeReports(db: Database, nowMs: number): Promise<void> {
  const before = dayOf(nowMs - SEEN_MS)
  await db.write(purgeSeen, { before })
  await db.write(purgeSent, { before })
  await db.write(purgeReceived, { beforeMs: nowMs - RECEIVED_MS })
}

/** Asks this resolver; without one there are no texts: the demo asks nobody. */
export function askWith(resolver: { txt(name: string, signal: AbortSignal): Promise<Answer<string>> } | null): AskTxt {
  if (resolver !== null) return (name, signal) => resolver.txt(name, signal)
  return async (name) => ({ kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: DAY_MS })
}

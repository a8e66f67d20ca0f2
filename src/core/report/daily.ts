import { hash } from 'node:crypto'
import { dayOf } from '../../base/day-tally.ts'
import { DAY_MS } from '../../base/duration.ts'
import { parseDmarcRecord } from '../../proto/dmarc/record.ts'
import { tlsReportPages, tlsReportTo } from '../../proto/tlsrpt/record.ts'
import { destinationsOf } from './destinations.ts'
import { dmarcMail, packedTlsReport, tlsMail } from './mail.ts'
import { makeDmarcReport } from './make-dmarc.ts'
import { makeTlsReport } from './make-tls.ts'
import { addressesOf, sendReport } from './send.ts'
import type { SendOptions } from './send.ts'
import type { SeenDomain } from './sql-dmarc-seen.ts'
import type { SentReport } from './sql-sent.ts'

/** Reports of a day leave during the first hours of the next, each domain's at a time of its own: RFC 8460 §4.1 asks for that. */
const SPREAD_MS = 4 * 3_600_000

/** Days that are reported on: yesterday, and one before it, for what DNS or we were not there for. */
const DAYS_BACK = 2

/**
 * Sends the reports that are due: about each domain one a day, of what DMARC saw and of how TLS went. Call it every minute or so,
 * on one node. What was dealt with is written down, so that a crash makes no second one.
 */
export async function sendDueReports(options: SendOptions, signal: AbortSignal): Promise<void> {
  const nowMs = options.clock.nowMs()
  for (let back = DAYS_BACK; back >= 1; back--) {
    const day = dayOf(nowMs - back * DAY_MS)
    await dmarcOf(options, day, nowMs, signal)
    await tlsOf(options, day, nowMs, signal)
  }
}

async function dmarcOf(options: SendOptions, day: string, nowMs: number, signal: AbortSignal): Promise<void> {
  for (let after: string | null = ''; after !== null && !signal.aborted; ) {
    const page: readonly SeenDomain[] = await options.unsentDmarc(day, after)
    for (const seen of page) if (isDue(day, seen.domain, nowMs)) await dmarcAbout(options, day, seen, nowMs, signal)
    after = page.at(-1)?.domain ?? null
  }
}

async function dmarcAbout(options: SendOptions, day: string, { domain, record: text }: SeenDomain, nowMs: number, signal: AbortSignal): Promise<void> {
  const { sender, ask } = options
  const about = { kind: 'dmarc', day, domain } as const
  const record = parseDmarcRecord(text)
  if (record === null) return await note(options, about, 'no-record', nowMs)
  const { to, undecided } = await destinationsOf(domain, record.aggregateTo, ask, signal)
  if (undecided && nowMs < Date.parse(day) + DAYS_BACK * DAY_MS) return // It is tried again for a day.
  const addresses = addressesOf(to)
  const rows = addresses.length === 0 ? [] : await options.seenRows(day, domain)
  if (rows.length === 0) return await note(options, about, 'nobody', nowMs)
  const report = makeDmarcReport(sender, day, domain, record, rows)
  await deliver(options, about, addresses, await dmarcMail(sender, addresses, report, nowMs), nowMs)
}

async function tlsOf(options: SendOptions, day: string, nowMs: number, signal: AbortSignal): Promise<void> {
  for (let after: string | null = ''; after !== null && !signal.aborted; ) {
    const page: readonly string[] = await options.unsentTls(day, after)
    for (const domain of page) if (isDue(day, domain, nowMs)) await tlsAbout(options, { kind: 'tls', day, domain }, nowMs, signal)
    after = page.at(-1) ?? null
  }
}

async function tlsAbout(options: SendOptions, about: About, nowMs: number, signal: AbortSignal): Promise<void> {
  const { sender, ask } = options
  const { day, domain } = about
  const answer = await ask(`_smtp._tls.${domain}`, signal)
  const isEarly = nowMs < Date.parse(day) + DAYS_BACK * DAY_MS
  if (answer.kind === 'failed' && isEarly) return
  // RFC 8460 §3: the domain itself says where its reports go, so nobody else has to agree.
  const records = answer.kind === 'found' ? answer.records : []
  const [addresses, pages] = [addressesOf(tlsReportTo(records)), tlsReportPages(records)]
  if (addresses.length + pages.length === 0) return await note(options, about, 'nobody', nowMs)
  const report = makeTlsReport(sender, day, domain, await options.tlsResults(day, domain), await options.stsPolicy(domain))
  const body = pages.length === 0 ? new Uint8Array() : await packedTlsReport(report)
  const posted = await Promise.all(pages.map((url) => options.post(url, `${day} ${domain}`, body, signal)))
  // Mail gets there in the end, and its road tries again by itself. What is only posted is tried again for a day (§5.5).
  if (addresses.length === 0) {
    if (posted.includes('sent')) return await note(options, about, 'sent', nowMs)
    return posted.includes('later') && isEarly ? undefined : await note(options, about, 'refused', nowMs)
  }
  await deliver(options, about, addresses, await tlsMail(sender, addresses, domain, report, nowMs), nowMs)
}

type About = Pick<SentReport, 'kind' | 'day' | 'domain'>

async function deliver(options: SendOptions, about: About, to: Parameters<typeof sendReport>[1], mail: Uint8Array, nowMs: number): Promise<void> {
  const taken = await sendReport(options, to, mail, `report-${about.kind}-${about.day}-${about.domain}`)
  await note(options, about, taken ? 'sent' : 'refused', nowMs)
}

async function note(options: SendOptions, about: About, outcome: string, nowMs: number): Promise<void> {
  await options.noteSent({ ...about, outcome, nowMs })
  options.log.info('report.made', { ...about, outcome })
}

function isDue(day: string, domain: string, nowMs: number): boolean {
  const place = Number.parseInt(hash('sha256', domain, 'hex').slice(0, 8), 16) / 0x1_0000_0000
  return nowMs >= Date.parse(day) + DAY_MS + place * SPREAD_MS
}

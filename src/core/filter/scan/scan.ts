import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { Change } from '../../../proto/milter/answer.ts'
import { type Reply, reply } from '../../../proto/smtp/reply.ts'
import { type Finding, finding } from '../finding.ts'
import { Outage } from './outage.ts'
import { NOTHING, type OnOutage, type ScannedMail, type Scanner, type ScanReport } from './scanner.ts'

/** A scanner as it was configured, with what is remembered of it. One for each thread. */
export interface WatchedScanner {
  readonly scanner: Scanner
  readonly outage: Outage
}

/** What scanning works with. */
export interface ScanOptions {
  readonly scanners: readonly WatchedScanner[]
  readonly clock: Clock
  readonly log: Log
  /** Counts how each scan ended, for the metrics. */
  readonly count: (scanner: string, how: 'clean' | 'found' | 'deferred' | 'unscanned') => void
}

/** What all scanners together say of a message. */
export interface Scan {
  readonly findings: readonly Finding[]
  /** What nobody may get: no list of allowed senders, and no score, changes it. */
  readonly hard: { readonly kind: 'malware'; readonly name: string } | null
  /** Whether it shall come back later, because a scanner that must see it is down, or because a milter asks for it. */
  readonly defer: boolean
  /** What the peer hears when it is deferred, and a milter's own words when it refuses; null else. */
  readonly reply: Reply | null
  /** Changes of the header that milters ask for, in their order. */
  readonly changes: readonly Change[]
}

const LATER = reply(451, '4.3.2', 'Mail cannot be checked right now: try again later')

/** A scanner with its policy. */
export function watched(scanner: Scanner, onOutage: OnOutage): WatchedScanner {
  return { scanner, outage: new Outage(onOutage) }
}

/**
 * Has every configured scanner look at a message, all at once. Malware is told even when another scanner is down: a final refusal
 * needs no second try. Never throws for what scanners do; what `mail.open` throws is thrown.
 */
export async function scanMessage(options: ScanOptions, mail: ScannedMail, signal: AbortSignal): Promise<Scan> {
  const all = await Promise.all(options.scanners.map((each) => scanWith(options, each, mail, signal)))
  const reports = all.map(({ report }) => report)
  const malware = reports.map((report) => report.malware).find((name) => name !== null) ?? null
  const said = reports.map((report) => report.reply).filter((each) => each !== null)
  const deferral = said.find(({ code }) => code < 500) ?? (all.some(({ defer }) => defer) ? LATER : null)
  const refusal = said.find(({ code }) => code >= 500) ?? null
  const defer = deferral !== null && malware === null && refusal === null
  return {
    findings: reports.flatMap(({ findings }) => findings),
    hard: malware === null ? null : { kind: 'malware', name: malware },
    defer,
    reply: refusal ?? (defer ? deferral : null),
    changes: reports.flatMap(({ changes }) => changes),
  }
}

async function scanWith(options: ScanOptions, { scanner, outage }: WatchedScanner, mail: ScannedMail, signal: AbortSignal): Promise<{ readonly report: ScanReport; readonly defer: boolean }> {
  const { clock, log, count } = options
  const outcome = await scanner.scan(mail, signal)
  if (outcome.kind === 'scanned') {
    const lastedMs = outage.worked(mail, clock.nowMs())
    if (lastedMs !== null) log.info('scanner.returned', { scanner: scanner.name, lastedMs })
    count(scanner.name, outcome.report.findings.length === 0 ? 'clean' : 'found')
    return { report: outcome.report, defer: false }
  }
  if (signal.aborted) return { report: NOTHING, defer: true } // We are stopping: the scanner may be well.
  const verdict = outage.failed(mail, clock.nowMs())
  const then = verdict.kind === 'defer' ? 'deferred' : 'unscanned'
  if (verdict.isNews) log.error('scanner.down', { scanner: scanner.name, detail: outcome.detail, mail: then })
  count(scanner.name, then)
  if (verdict.kind === 'defer') return { report: NOTHING, defer: true }
  return { report: { ...NOTHING, findings: [finding(scanner.downRule, scanner.name)] }, defer: false }
}

import type { Wire } from '../../../base/wire.ts'
import { ping, type Scanned, scanStream, version } from '../../../proto/clamd/client.ts'
import type { ClamdVersion } from '../../../proto/clamd/reply.ts'
import { finding } from '../finding.ts'
import { BLOCK_WITHIN_MS, MAX_SCANS, MAX_WAITING, PING_WITHIN_MS, SCAN_WITHIN_MS, SIGNATURES_OLD_MS } from './limits.ts'
import { found, NOTHING, type ScanOutcome, type ScannedMail, type Scanner } from './scanner.ts'
import { Slots } from './slots.ts'

/** Opens a connection to a scanner; a text says why there is none. */
export type OpenScanner = (signal: AbortSignal) => Promise<Wire | string>

/** How clamd is. */
export interface ClamdHealth {
  readonly alive: boolean
  /** Null when it did not say, or has no signatures of ClamAV's own. */
  readonly version: ClamdVersion | null
  /** Whether its signatures are older than two days: freshclam has stopped. */
  readonly isStale: boolean
}

const SCANNING = { blockMs: BLOCK_WITHIN_MS, replyMs: SCAN_WITHIN_MS }
/** Nobody gives clamd a smaller StreamMaxLength; its own is 100 MiB. */
const SMALLEST_LIMIT_BYTES = 1024 * 1024

const ASKING = { blockMs: PING_WITHIN_MS, replyMs: PING_WITHIN_MS }

/** clamd, as a scanner: at most four messages at a time, each over a connection of its own. */
export function clamavScanner(open: OpenScanner): Scanner {
  const slots = new Slots(MAX_SCANS, MAX_WAITING)
  return {
    name: 'clamav',
    downRule: 'CLAMAV_DOWN',
    async scan(mail, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(SCAN_WITHIN_MS)])
      if (!(await slots.take(within))) return { kind: 'down', detail: 'too many scans wait' }
      try {
        return await scanOne(open, mail, within, signal)
      } finally {
        slots.free()
      }
    },
  }
}

async function scanOne(open: OpenScanner, mail: ScannedMail, within: AbortSignal, signal: AbortSignal): Promise<ScanOutcome> {
  const wire = await open(within)
  if (typeof wire === 'string') return { kind: 'down', detail: wire }
  const scanned = await scanStream(wire, mail.open(), SCANNING, within)
  // What clamd could not scan ends in ERROR, clamd(8). Whoever says something else is not clamd, or not well: it has scanned nothing.
  if (scanned.kind === 'error' && !scanned.detail.endsWith('ERROR')) return { kind: 'down', detail: `it said "${scanned.detail}"` }
  if (scanned.kind !== 'lost') return { kind: 'scanned', report: reportOf(scanned) }
  // One message that takes too long must not look like a scanner that is gone: it would be put off for ever.
  const tookTooLong = scanned.how !== 'end' && within.aborted && !signal.aborted
  if (tookTooLong && (await isAlive(open, signal))) return found(finding('CLAMAV_FAILED', 'it took too long'))
  // Over its limit clamd answers and hangs up; while we are writing, the answer may go down with the connection.
  if (scanned.how === 'end' && !within.aborted && (await isAlive(open, signal))) {
    return found(finding(scanned.sent >= SMALLEST_LIMIT_BYTES ? 'CLAMAV_TOO_LARGE' : 'CLAMAV_FAILED', 'it hung up'))
  }
  return { kind: 'down', detail: tookTooLong ? 'timeout' : scanned.how }
}

function reportOf(scanned: Exclude<Scanned, { readonly kind: 'lost' }>): typeof NOTHING {
  switch (scanned.kind) {
    case 'clean':
      return NOTHING
    case 'found': {
      const rule = ruleFor(scanned.name)
      return { ...NOTHING, findings: [finding(rule, scanned.name)], malware: rule === 'CLAMAV_FOUND' ? scanned.name : null }
    }
    case 'too-large':
      return { ...NOTHING, findings: [finding('CLAMAV_TOO_LARGE')] }
    case 'error':
      return { ...NOTHING, findings: [finding('CLAMAV_FAILED', scanned.detail)] }
  }
}

/** Heuristics and programs that are merely unwanted are guesses: they weigh, and refuse nothing by themselves. deliverability §5.8. */
function ruleFor(name: string): 'CLAMAV_FOUND' | 'CLAMAV_HEURISTIC' | 'CLAMAV_PUA' {
  if (/^(?:Heuristics|Phishing\.Heuristics)\./i.test(name)) return 'CLAMAV_HEURISTIC'
  return /^PUA\./i.test(name) ? 'CLAMAV_PUA' : 'CLAMAV_FOUND'
}

async function isAlive(open: OpenScanner, signal: AbortSignal): Promise<boolean> {
  const wire = await open(AbortSignal.any([signal, AbortSignal.timeout(PING_WITHIN_MS)]))
  return typeof wire !== 'string' && (await ping(wire, ASKING, signal))
}

/** Asks clamd how it is: PING, then VERSION. */
export async function clamdHealth(open: OpenScanner, nowMs: number, signal: AbortSignal): Promise<ClamdHealth> {
  if (!(await isAlive(open, signal))) return { alive: false, version: null, isStale: false }
  const wire = await open(signal)
  const told = typeof wire === 'string' ? null : await version(wire, ASKING, signal)
  const signedMs = told?.signedMs ?? null
  return { alive: true, version: told, isStale: signedMs !== null && nowMs - signedMs > SIGNATURES_OLD_MS }
}

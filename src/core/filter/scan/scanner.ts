import type { Reply } from '../../../proto/smtp/reply.ts'
import type { Change } from '../../../proto/milter/answer.ts'
import type { Finding } from '../finding.ts'

/** A message as scanners see it. Nothing of it is stored yet, or all of it is: `open` reads it from its beginning, as often as it is called. */
export interface ScannedMail {
  readonly id: string
  readonly client: { readonly address: string; readonly port: number; readonly name: string | null }
  readonly helo: string
  /** '' for the null sender. */
  readonly from: string
  readonly recipients: readonly string[]
  /** Who logged in, null for everybody's mail. */
  readonly login: string | null
  /** Arrays that it gives must not change afterwards: they wait in sockets. */
  readonly open: () => AsyncIterable<Uint8Array>
}

/** What one scanner says of a message. */
export interface ScanReport {
  readonly findings: readonly Finding[]
  /** The name of what was found in it that nobody may get; null for nothing. */
  readonly malware: string | null
  /** What the scanner wants the peer to hear: 4yz when it asks for another try. Null when it leaves that to us. */
  readonly reply: Reply | null
  /** Changes of the header that it asks for. */
  readonly changes: readonly Change[]
}

/** What came of asking a scanner. `down`: it is not there, or does not answer; `detail` is for the log. */
export type ScanOutcome = { readonly kind: 'scanned'; readonly report: ScanReport } | { readonly kind: 'down'; readonly detail: string }

/** Something outside that looks at whole messages. It never throws for what happens there. */
export interface Scanner {
  /** For log, metrics and evidence: `clamav`, `rspamd`, the name of a milter. */
  readonly name: string
  /** The rule that tells that it is down: `CLAMAV_DOWN`. */
  readonly downRule: string
  readonly scan: (mail: ScannedMail, signal: AbortSignal) => Promise<ScanOutcome>
}

/** What becomes of mail while a scanner is down: it waits (451) for up to ten minutes, or comes in at once; afterwards with a finding that says so. */
export type OnOutage = 'tempfail' | 'tag'

/** A report that says nothing. */
export const NOTHING: ScanReport = { findings: [], malware: null, reply: null, changes: [] }

/** A scan that ended with these findings and nothing else. */
export function found(...findings: readonly Finding[]): ScanOutcome {
  return { kind: 'scanned', report: { ...NOTHING, findings } }
}

import type { Failed } from '../../../base/dns.ts'
import type { WantedRecord } from '../wanted-records.ts'
import { MAX_SHOWN_CHARS } from './limits.ts'

/** The checks, by their stable names. */
export const CHECK_IDS = [
  'exists', 'mx', 'mx-address', 'mx-port', 'mx-certificate', 'ptr', 'ehlo', 'spf', 'dkim', 'dkim-rotation', 'dmarc', 'dmarc-tree', 'return-path', 'mta-sts', 'tls-rpt', 'dane',
  'dnssec', 'caa', 'discovery', 'bimi', 'responsible', 'unsubscribe', 'links', 'lists',
] as const

/** The stable name of a check that is always made. */
export type UsualCheckId = (typeof CHECK_IDS)[number]

/** Those that are made when somebody asks for them. */
export const LIVE_IDS = ['alignment'] as const

/** Those of a domain without mail. */
export const PARKED_IDS = ['parked', 'dnssec', 'lists'] as const

/** The stable name of a check. */
export type CheckId = UsualCheckId | (typeof LIVE_IDS)[number] | (typeof PARKED_IDS)[number]

/** How a check ended. `unknown`: who should have told us was silent; it is never taken for a fault. */
export type State = 'pass' | 'warn' | 'fail' | 'unknown'

/** What to do, one sentence or two, in the languages that we write. */
export interface Advice {
  readonly en: string
  readonly id: string
}

/** What one check found. */
export interface Finding {
  readonly id: CheckId
  readonly kind: State
  readonly expected: string
  /** What there is instead. Text of strangers in it is cut and has no control characters. */
  readonly found: string
  /** Null only when nothing is to be done. */
  readonly advice: Advice | null
  /** Records to copy: those that would mend it. */
  readonly records: readonly WantedRecord[]
}

/** All is well. */
export function pass(id: CheckId, expected: string, found: string): Finding {
  return { id, kind: 'pass', expected, found, advice: null, records: [] }
}

/** What is wrong, and how it is mended. */
export interface Fault {
  readonly expected: string
  readonly found: string
  readonly advice: Advice
  readonly records?: readonly WantedRecord[]
}

/** It works, and could be better. */
export function warn(id: CheckId, { expected, found, advice, records = [] }: Fault): Finding {
  return { id, kind: 'warn', expected, found, advice, records }
}

/** It does not work: mail is lost, refused or can be forged. */
export function fail(id: CheckId, { expected, found, advice, records = [] }: Fault): Finding {
  return { id, kind: 'fail', expected, found, advice, records }
}

/** Nobody told us. */
export function unknown(id: CheckId, expected: string, { detail }: Pick<Failed, 'detail'>): Finding {
  const advice: Advice = { en: 'DNS did not answer: check again later. Nothing is known to be wrong.', id: 'DNS tidak menjawab: periksa lagi nanti. Belum diketahui ada yang salah.' }
  return { id, kind: 'unknown', expected, found: shown(detail), advice, records: [] }
}

const WEIGHT: Readonly<Record<State, number>> = { fail: 3, warn: 2, unknown: 1, pass: 0 }

/** Of several findings of one check the worst, which tells what the others found too. Needs one at least. */
export function worst(findings: readonly [Finding, ...Finding[]]): Finding {
  const [first] = findings.toSorted((a, b) => WEIGHT[b.kind] - WEIGHT[a.kind])
  const { id, kind, expected, advice } = first ?? findings[0]
  const records = findings.flatMap((finding) => (finding.kind === kind ? finding.records : []))
  return { id, kind, expected, found: [...new Set(findings.map(({ found }) => found))].join('; '), advice, records }
}

/** Text of strangers, fit to be told: cut, on one line, and without what could drive a terminal. */
export function shown(text: string): string {
  // Cut first: half of a pair that is left at the end is mended with the rest.
  const clean = text.slice(0, MAX_SHOWN_CHARS).toWellFormed().replace(/[\p{Cc}\p{Cf}]/gu, '?')
  return text.length > MAX_SHOWN_CHARS ? `${clean}...` : clean
}

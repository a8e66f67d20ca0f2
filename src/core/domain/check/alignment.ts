import { unreachable } from '../../../base/unreachable.ts'
import { dkimRecords, spfRecord, type Subject, type WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, warn } from './finding.ts'

const ID = 'alignment'

/** How a test mail was judged that left from one of our addresses, in one of its forms. RFC 9989 §4.4. */
export interface AlignmentTry {
  readonly address: string
  /** What people write keeps their return path; that of programs comes back to our host, unless the domain takes it (`core/inbound/return-host`) or a name below it (`core/outbound/return-domains`). */
  readonly mail: 'people' | 'programs'
  readonly form: 'as it is' | 'in 7-bit lines'
  readonly spf: boolean
  readonly dkim: boolean
  /** `unsure`: DNS did not say all that was asked. */
  readonly verdict: 'judged' | 'no-policy' | 'unsure'
  /** What SPF and DKIM found, in words. */
  readonly why: string
}

/** What came of a live test. `untried`: nothing could be made or judged, and why. */
export type LiveTest = { readonly kind: 'tried'; readonly tries: readonly AlignmentTry[] } | { readonly kind: 'untried'; readonly why: string }

/**
 * Whether mail of the domain is proven by SPF and by DKIM, both aligned with its author, wherever it leaves from. Where programs' mail has a return path at our host its
 * DKIM alone has to be aligned, as for the check of the return path.
 */
export function judgeAlignment(subject: Subject, test: LiveTest): Finding {
  const expected = 'SPF and DKIM of a test mail are aligned with its author'
  if (test.kind === 'untried') return { id: ID, kind: 'unknown', expected, found: shown(test.why), advice: AGAIN, records: [] }
  const { tries } = test
  if (tries.some(({ verdict }) => verdict === 'no-policy')) return { id: ID, kind: 'unknown', expected, found: `no DMARC policy for ${subject.name}: receivers align nothing`, advice: POLICY, records: [] }
  const faults = tries.flatMap((each) => faultOf(subject, each) ?? [])
  const [worst] = faults.toSorted((a, b) => RANK[b.kind] - RANK[a.kind])
  if (worst === undefined) return pass(ID, expected, foundOf(tries))
  return worst
}

const RANK: Readonly<Record<Finding['kind'], number>> = { fail: 3, warn: 2, unknown: 1, pass: 0 }

function foundOf(tries: readonly AlignmentTry[]): string {
  const addresses = [...new Set(tries.map(({ address }) => address))].join(', ')
  return tries.every(({ spf }) => spf) ? `both are, from ${addresses}` : `both are, from ${addresses}; of programs’ mail DKIM, whose return path is at our host`
}

function faultOf(subject: Subject, { address, mail, form, spf, dkim, verdict, why }: AlignmentTry): Finding | null {
  const expected = `SPF and DKIM of ${MAIL[mail]} from ${address} are aligned with its author`
  if (dkim && (spf || mail === 'programs')) return null
  if (verdict === 'unsure') return { id: ID, kind: 'unknown', expected, found: shown(why), advice: AGAIN, records: [] }
  const lacking: 'spf' | 'dkim' | 'both' = !dkim && !spf ? 'both' : missing(dkim)
  const records = recordsFor(subject, lacking)
  const found = shown(`${MAIL[mail]} from ${address}, ${form}: ${WORDS[lacking]} (${why})`)
  return (lacking === 'both' ? fail : warn)(ID, { expected, found, advice: publish(records), records })
}

const MAIL = { people: 'people’s mail', programs: 'programs’ mail' } as const

function missing(dkim: boolean): 'spf' | 'dkim' {
  return dkim ? 'spf' : 'dkim'
}

const WORDS = { spf: 'SPF is not aligned', dkim: 'DKIM is not aligned', both: 'neither SPF nor DKIM is aligned' } as const

function recordsFor(subject: Subject, lacking: 'spf' | 'dkim' | 'both'): readonly WantedRecord[] {
  switch (lacking) {
    case 'spf':
      return [spfRecord(subject)]
    case 'dkim':
      return dkimRecords(subject)
    case 'both':
      return [spfRecord(subject), ...dkimRecords(subject)]
    default:
      return unreachable(lacking)
  }
}

function publish(records: readonly WantedRecord[]): Advice {
  const lines = records.map(zoneLine).join('\n')
  return { en: `See what the checks spf and dkim say. What DNS must have:\n${lines}`, id: `Lihat hasil pemeriksaan spf dan dkim. Yang harus ada di DNS:\n${lines}` }
}

const AGAIN: Advice = { en: 'Try again later. Nothing is known to be wrong.', id: 'Coba lagi nanti. Belum diketahui ada yang salah.' }
const POLICY: Advice = { en: 'Publish a DMARC record first: see the check dmarc.', id: 'Terbitkan dahulu record DMARC: lihat pemeriksaan dmarc.' }

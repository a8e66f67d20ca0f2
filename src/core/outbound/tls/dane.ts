import type { Answer, Tlsa } from '../../../base/dns.ts'
import { usableTlsa } from '../../../proto/dane/usable.ts'
import type { Hop } from '../plan.ts'
import type { Names } from '../port.ts'
import type { DaneTerms } from '../tls-rule.ts'

/** What DANE says of a host: nothing; TLS, with any certificate; TLS with one of these; or that nobody can tell, so that it must be left alone. */
export type DaneVerdict =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'any-certificate' }
  | { readonly kind: 'terms'; readonly terms: DaneTerms }
  | { readonly kind: 'unknown'; readonly text: string }

/** What it takes to ask. */
export interface DaneQuestion {
  /** The recipient's domain. Its MX records are proven: whoever asks has seen to that. RFC 7672 §2.2.1. */
  readonly domain: string
  readonly hop: Hop
  readonly families: readonly (4 | 6)[]
  readonly names: Pick<Names, 'addresses'>
  readonly tlsa: (name: string, signal: AbortSignal) => Promise<Answer<Tlsa>>
}

/** Asks DNS what certificate a server must have. RFC 7672 §2.2. */
export async function daneOf({ domain, hop, families, names, tlsa }: DaneQuestion, signal: AbortSignal): Promise<DaneVerdict> {
  const answers = await Promise.all(families.map((family) => names.addresses(hop.host, family, signal)))
  const found = answers.filter((answer) => answer.kind === 'found')
  // §2.2.2: without proof of the addresses there is none of anything below them, and their zone is known not to be signed.
  if (found.length === 0 || !found.every(({ authentic }) => authentic)) return { kind: 'nothing' }
  const expanded = found[0]?.name ?? hop.host
  // §2.2.3: the name at the end of aliases goes first.
  for (const base of new Set([expanded, hop.host])) {
    const verdict = verdictOf(await tlsa(`_${hop.port}._tcp.${base}`, signal), base, [...new Set([base, hop.host, domain])])
    if (verdict.kind !== 'nothing') return verdict
  }
  return { kind: 'nothing' }
}

function verdictOf(answer: Answer<Tlsa>, base: string, names: readonly string[]): DaneVerdict {
  // §2.1.2: trouble is not absence, or who can make trouble could turn DANE off.
  if (answer.kind === 'failed') return { kind: 'unknown', text: `its TLSA records could not be learned: ${answer.detail}` }
  if (answer.kind === 'none' || !answer.authentic) return { kind: 'nothing' }
  const records = usableTlsa(answer.records)
  return records.length === 0 ? { kind: 'any-certificate' } : { kind: 'terms', terms: { records, base, names } }
}

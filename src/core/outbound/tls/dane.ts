import type { Answer, Tlsa } from '../../../base/dns.ts'
import { usableTlsa } from '../../../proto/dane/usable.ts'
import type { Hop } from '../plan.ts'
import type { Names } from '../port.ts'
import type { DaneTerms } from '../tls-rule.ts'
import type { DaneNames } from './port.ts'

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
  readonly dane: DaneNames
}

/** Asks DNS what certificate a server must have. RFC 7672 §2.2. */
export async function daneOf(question: DaneQuestion, signal: AbortSignal): Promise<DaneVerdict> {
  const { domain, hop, dane } = question
  const bases = await basesOf(question, signal)
  if (bases.kind === 'unknown') return bases
  for (const base of bases.names) {
    const verdict = verdictOf(await dane.tlsa(`_${hop.port}._tcp.${base}`, signal), base, [...new Set([base, hop.host, domain])])
    if (verdict.kind !== 'nothing') return verdict
  }
  return { kind: 'nothing' }
}

/** The names under which TLSA records may be, the first to be asked first; none when DNS proves nothing of the host. RFC 7672 §2.2.2, §2.2.3. */
async function basesOf({ hop, families, names, dane }: DaneQuestion, signal: AbortSignal): Promise<{ readonly kind: 'bases'; readonly names: readonly string[] } | Extract<DaneVerdict, { kind: 'unknown' }>> {
  const answers = await Promise.all(families.map((family) => names.addresses(hop.host, family, signal)))
  const found = answers.filter((answer) => answer.kind === 'found')
  const [first] = found
  if (first === undefined) return { kind: 'bases', names: [] }
  // §2.2.3: the name at the end of aliases goes first, when all of the way there is proven.
  if (found.every(({ authentic }) => authentic)) return { kind: 'bases', names: [...new Set([first.name, hop.host])] }
  // §2.2.2: without proof of the addresses there is none of anything below them, unless only the end of an alias lacks it: the alias itself may be proven.
  if (found.every(({ aliases }) => aliases.length === 0)) return { kind: 'bases', names: [] }
  const alias = await dane.alias(hop.host, signal)
  if (alias.kind === 'failed') return { kind: 'unknown', text: `whether its alias is proven could not be learned: ${alias.detail}` }
  return { kind: 'bases', names: alias.kind === 'found' && alias.authentic ? [hop.host] : [] }
}

function verdictOf(answer: Answer<Tlsa>, base: string, names: readonly string[]): DaneVerdict {
  // §2.1.2: trouble is not absence, or who can make trouble could turn DANE off.
  if (answer.kind === 'failed') return { kind: 'unknown', text: `its TLSA records could not be learned: ${answer.detail}` }
  if (answer.kind === 'none' || !answer.authentic) return { kind: 'nothing' }
  const records = usableTlsa(answer.records)
  return records.length === 0 ? { kind: 'any-certificate' } : { kind: 'terms', terms: { records, base, names } }
}

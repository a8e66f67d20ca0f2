import type { Tlsa } from '../../base/dns.ts'
import type { PeerCertificate } from '../../base/wire.ts'
import { daneFault } from '../../proto/dane/match.ts'
import { type PolicyType, type TlsResult, untrusted } from './tls/result.ts'

/**
 * What TLS a server must give before it gets mail. `may`: any or none (RFC 7435); `encrypt`: any, whatever its certificate; `verify`: with a
 * certificate that a trusted root vouches for; `dane`: with one that DNS vouches for (RFC 7672); `none`: none is asked for.
 */
export interface TlsRule {
  readonly need: 'none' | 'may' | 'encrypt' | 'verify' | 'dane'
  /** Who says so, for the trace: `opportunistic`, `relay`, `requiretls`, `dane`, `mta-sts`, `operator`, `provider`. */
  readonly by: string
  /** What the certificate is held to; only with `dane`. */
  readonly dane?: DaneTerms
  /** Published policy that is being tested: mail goes all the same, and what is wrong is counted. RFC 8461 §5. */
  readonly tested?: 'listed' | 'not-listed'
}

/** Why a connection will not do, for people and for reports. */
export interface TlsFault {
  readonly text: string
  readonly result: TlsResult
}

/** What DNS says of a server's certificate. */
export interface DaneTerms {
  /** Those that can be used; at least one. */
  readonly records: readonly Tlsa[]
  /** The server's name where the records were found: it is asked for in the handshake. RFC 7672 §8.1. */
  readonly base: string
  /** Names that its certificate may have. RFC 7672 §3.2.2. */
  readonly names: readonly string[]
}

/** What holds when nobody says anything. */
export const OPPORTUNISTIC: TlsRule = { need: 'may', by: 'opportunistic' }

/** Why a certificate does not do under a rule; null when it does. */
export function certificateFault({ need, dane }: Pick<TlsRule, 'need' | 'dane'>, certificate: PeerCertificate | null, nowMs: number): TlsFault | null {
  if (need !== 'verify' && need !== 'dane') return null
  if (certificate === null) return { text: 'it showed no certificate', result: 'validation-failure' }
  if (need === 'verify') {
    if (certificate.trusted) return null
    return { text: `its certificate is not trusted (${certificate.fault ?? 'unknown'})`, result: untrusted(certificate.fault) }
  }
  const fault = daneFault({ records: dane?.records ?? [], names: dane?.names ?? [], chain: certificate.chain, nowMs })
  return fault === null ? null : { text: fault.text, result: fault.type }
}

/** How TLS that came up counts: a policy that is being tested is held to what it would ask for. */
export function resultUnder({ tested }: TlsRule, certificate: PeerCertificate | null, nowMs: number): TlsResult {
  if (tested === undefined) return 'successful'
  if (tested === 'not-listed') return 'validation-failure'
  return certificateFault({ need: 'verify' }, certificate, nowMs)?.result ?? 'successful'
}

/** The published policy that a rule stands for. RFC 8460 §4.2. */
export function policyTypeOf({ need, by }: TlsRule): PolicyType {
  if (need === 'dane' || by === 'dane') return 'tlsa'
  return by === 'mta-sts' ? 'sts' : 'no-policy-found'
}

/** Whether a connection that was opened under `have` is good for mail that needs `want`, to the same host. */
export function covers(have: TlsRule, want: TlsRule): boolean {
  switch (want.need) {
    case 'none':
      return true
    case 'may':
      return have.need !== 'none'
    case 'encrypt':
      return have.need !== 'none' && have.need !== 'may'
    case 'verify':
      return have.need === 'verify'
    case 'dane':
      // Other records: the server was held to something else.
      return have.need === 'dane' && termsKey(have.dane) === termsKey(want.dane)
  }
}

function termsKey(terms: DaneTerms | undefined): string {
  const records = terms?.records.map(({ usage, selector, matchingType, data }) => `${usage} ${selector} ${matchingType} ${Buffer.from(data).toString('hex')}`)
  return JSON.stringify([terms?.base, terms?.names, records?.sort()])
}

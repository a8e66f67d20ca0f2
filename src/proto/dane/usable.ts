import type { Tlsa } from '../../base/dns.ts'
import { MAX_RECORDS } from './limits.ts'

/** Octets that each digest has, by its matching type. RFC 6698 §2.1.3, RFC 7218. */
const DIGEST_BYTES: Readonly<Record<number, number>> = { 1: 32, 2: 64 }

/**
 * The records that a mail server can be held to: DANE-TA(2) and DANE-EE(3) of forms we know (RFC 7672 §3.1). None of those given may be;
 * then TLS is needed all the same, with any certificate (§2.2).
 */
export function usableTlsa(records: readonly Tlsa[]): readonly Tlsa[] {
  const known = records.slice(0, MAX_RECORDS).filter(isKnown)
  return known.filter((record) => !known.some((other) => isStronger(other, record)))
}

function isKnown({ usage, selector, matchingType, data }: Tlsa): boolean {
  // RFC 7672 §3.1.3: PKIX-TA(0) and PKIX-EE(1) mean nothing for SMTP.
  if (usage !== 2 && usage !== 3) return false
  if (selector !== 0 && selector !== 1) return false
  return matchingType === 0 ? data.length > 0 : DIGEST_BYTES[matchingType] === data.length
}

/** RFC 7671 §9: of two digests of the same thing the stronger one counts, so that a broken one can be left behind. */
function isStronger(other: Tlsa, record: Tlsa): boolean {
  return other.usage === record.usage && other.selector === record.selector && other.matchingType === 2 && record.matchingType === 1
}

import { resultsOf } from '../mail/auth-results-read.ts'
import type { ArcHop, ArcResult } from './check.ts'

/**
 * The hop that vouches for a message: the earliest of those that, from the last one back without a gap, were sealed by domains
 * that we trust, and that says DMARC had passed there. Null when there is none.
 *
 * A chain proves only who wrote what. Every hop between us and the one that is believed could have changed the message, so all of
 * them must be trusted. RFC 8617 §7.2, §9.2.
 */
export function vouchingHop({ result, hops }: ArcResult, isTrusted: (domain: string) => boolean): ArcHop | null {
  let vouching: ArcHop | null = null
  if (result !== 'pass') return null
  for (const hop of hops) {
    if (!isTrusted(hop.domain)) break
    if (resultsOf(hop.results).some(({ method, result: found }) => method === 'dmarc' && found === 'pass')) vouching = hop
  }
  return vouching
}

import { registeredDomain } from '../registered-domain.ts'
import { ROTATING_SENDERS } from '../table/rotating-senders.ts'
import { SUSPICIOUS_FROM } from './limits.ts'

/** When mail is greylisted at all. `selective`: what is suspicious already. */
export type GreyMode = 'off' | 'selective' | 'all'

/** What is known of a client and its mail when RCPT is asked. */
export interface GreyFacts {
  readonly mode: GreyMode
  readonly isAuthenticated: boolean
  /** The client is one of ours, or loopback. */
  readonly isLocal: boolean
  /** The level that DNSWL gives it; null when it is not listed. */
  readonly dnswl: 'none' | 'low' | 'medium' | 'high' | null
  /** SPF or DKIM vouches for a domain that good mail has come from. */
  readonly isKnownGood: boolean
  /** Its name leads back to it, is what it called itself, and does not look generic. */
  readonly isNamedServer: boolean
  /** It has shown a certificate that we know. */
  readonly hasKnownCertificate: boolean
  /** The recipient does not want it. */
  readonly isOptedOut: boolean
  /** Local part of the recipient, folded. */
  readonly recipientLocal: string
  /** The recipient has the sender among the contacts, or has written to it. */
  readonly isCorrespondent: boolean
  /** The score so far. */
  readonly score: number
}

/** Why nobody is asked to come back. */
export type GreyBypass =
  | 'off' | 'authenticated' | 'local' | 'listed-good' | 'known-good' | 'named-server' | 'certificate' | 'opted-out' | 'role-address' | 'correspondent' | 'not-suspicious'

/** The first reason not to greylist, or null. deliverability §5.2. */
export function greyBypass(facts: GreyFacts): GreyBypass | null {
  if (facts.mode === 'off') return 'off'
  if (facts.isAuthenticated) return 'authenticated'
  if (facts.isLocal) return 'local'
  if (facts.dnswl !== null && facts.dnswl !== 'none') return 'listed-good'
  if (facts.isKnownGood) return 'known-good'
  if (facts.hasKnownCertificate) return 'certificate'
  if (facts.isOptedOut) return 'opted-out'
  // RFC 5321 §4.5.1, RFC 2142: who has trouble with us writes there.
  if (facts.recipientLocal === 'postmaster' || facts.recipientLocal === 'abuse') return 'role-address'
  if (facts.isCorrespondent) return 'correspondent'
  if (facts.isNamedServer && facts.score < SUSPICIOUS_FROM) return 'named-server'
  return facts.mode === 'selective' && facts.score < SUSPICIOUS_FROM ? 'not-suspicious' : null
}

/** Whether a domain, for which SPF or DKIM vouches, sends from so many addresses that greylisting means nothing. For `isKnownGood`. */
export function isRotatingSender(domain: string): boolean {
  const registered = registeredDomain(domain)
  return registered !== null && ROTATING_SENDERS.has(registered)
}

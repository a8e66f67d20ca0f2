import type { SpfResult } from '../../../proto/spf/result.ts'
import { type Reply, reply } from '../../../proto/smtp/reply.ts'
import { finding, type Finding } from '../finding.ts'
import type { NetworkDns } from './dns.ts'

/** Whether mail to the sender's domain could arrive. */
export type SenderDomain =
  | { readonly kind: 'reachable' }
  /** It says that it takes no mail. RFC 7505. */
  | { readonly kind: 'null-mx' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly detail: string }

/** Looks up where a domain takes mail: MX, else addresses (RFC 5321 §5.1). Never rejects. */
export async function lookUpSenderDomain(domain: string, dns: NetworkDns, signal: AbortSignal): Promise<SenderDomain> {
  const mx = await dns.mx(domain, signal)
  if (mx.kind === 'failed') return { kind: 'unknown', detail: mx.detail }
  // RFC 7505 §3: a null MX stands alone.
  if (mx.kind === 'found') return mx.records.length === 1 && mx.records[0]?.exchange === '' ? { kind: 'null-mx' } : { kind: 'reachable' }
  if (mx.why === 'nxdomain') return { kind: 'missing' }
  let trouble: string | null = null
  for (const family of [4, 6] as const) {
    const addresses = await dns.addresses(domain, family, signal)
    if (addresses.kind === 'found') return { kind: 'reachable' }
    if (addresses.kind === 'failed') trouble ??= addresses.detail
  }
  return trouble === null ? { kind: 'missing' } : { kind: 'unknown', detail: trouble }
}

/** What MAIL is answered when such a domain may not send; null when it may. RFC 7505 §4.2, RFC 7372 and RFC 3463 §3.2. */
export function senderRefusal(domain: SenderDomain): Reply | null {
  switch (domain.kind) {
    case 'reachable':
      return null
    case 'null-mx':
      return reply(550, '5.7.27', 'The domain of the sender takes no mail (null MX), so none can come from it')
    case 'missing':
      return reply(550, '5.1.8', 'The domain of the sender does not exist, or takes no mail')
    case 'unknown':
      return reply(451, '4.1.8', 'The domain of the sender could not be looked up: try again later')
  }
}

/** The same as findings, for those who only count it. */
export function senderDomainFindings(domain: SenderDomain, name: string): readonly Finding[] {
  switch (domain.kind) {
    case 'null-mx':
      return [finding('SENDER_NULL_MX', name)]
    case 'missing':
      return [finding('SENDER_NOT_FOUND', name)]
    case 'reachable':
    case 'unknown':
      return []
  }
}

/** A stranger sends under a domain of ours. */
export interface LocalSender {
  readonly domain: string
  /** The domain is one that we host. */
  readonly isHosted: boolean
  /** The client has logged in, or is one of ours. */
  readonly isTrusted: boolean
  readonly spf: Pick<SpfResult, 'verdict' | 'identity' | 'domain'>
}

/** Mail under one of our domains from a client that nobody knows. Its owner may allow others to send by SPF. deliverability §5.1. */
export function localSenderFindings({ domain, isHosted, isTrusted, spf }: LocalSender): readonly Finding[] {
  const isAllowed = spf.verdict === 'pass' && spf.identity === 'mailfrom' && spf.domain === domain
  return isHosted && !isTrusted && !isAllowed ? [finding('LOCAL_SENDER', domain)] : []
}

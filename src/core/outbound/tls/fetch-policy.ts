import type { Answer } from '../../../base/dns.ts'
import { MAX_POLICY_BYTES } from '../../../proto/mtasts/limits.ts'
import { parseStsPolicy } from '../../../proto/mtasts/policy.ts'
import { isAllowed, type TargetSettings } from '../targets.ts'
import type { FetchedPolicy } from './sts-store.ts'

/** RFC 8461 §3.3 leaves it to us; deliverability §2.7 says a minute. */
const FETCH_WITHIN_MS = 60_000

/** Addresses of the web server that are tried. */
const MAX_ADDRESSES = 4

/** What a web server gave, in `infra/net/fetch-text`. `untrusted`: its certificate would not do. */
export type Fetched = { readonly kind: 'fetched'; readonly bytes: Uint8Array } | { readonly kind: 'failed'; readonly why: string; readonly untrusted: boolean }

/** What fetching is made of. */
export interface FetchPolicyOptions extends TargetSettings {
  readonly addresses: (host: string, family: 4 | 6, signal: AbortSignal) => Promise<Answer<string>>
  readonly fetch: (asked: { host: string; path: string; port: number; addresses: readonly string[]; maxBytes: number; withinMs: number }, signal: AbortSignal) => Promise<Fetched>
  /** 443, except in tests. */
  readonly port: number
}

/**
 * Fetches the policy of a domain: `https://mta-sts.<domain>/.well-known/mta-sts.txt`. RFC 8461 §3.3. Its name may lead only where mail might be
 * sent to: a stranger's DNS must not have us ask servers of our own network.
 */
export async function fetchPolicy(domain: string, { addresses, families, allowed, fetch, port }: FetchPolicyOptions, signal: AbortSignal): Promise<FetchedPolicy> {
  const host = `mta-sts.${domain}`
  const answers = await Promise.all(families.map((family) => addresses(host, family, signal)))
  const found = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []))
  const usable = found.filter((address) => isAllowed(address, { allowed })).slice(0, MAX_ADDRESSES)
  const asked = { host, path: '/.well-known/mta-sts.txt', port, addresses: usable, maxBytes: MAX_POLICY_BYTES, withinMs: FETCH_WITHIN_MS }
  const fetched = await fetch(asked, signal)
  if (fetched.kind === 'failed') return { kind: 'failed', why: fetched.why, result: fetched.untrusted ? 'sts-webpki-invalid' : 'sts-policy-fetch-error' }
  const policy = parseStsPolicy(fetched.bytes)
  return policy.ok ? { kind: 'policy', policy: policy.value } : { kind: 'failed', why: policy.error, result: 'sts-policy-invalid' }
}

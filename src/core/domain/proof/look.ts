import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { DomainCheck } from '../check/check-domain.ts'
import type { HostedDomain } from '../domain.ts'
import { LOOKS_AT_ONCE, PROVE_WITHIN_MS } from './limits.ts'
import type { PendingDomain, ProofFound } from './pending.ts'
import type { LookArgs } from './sql-look.ts'
import type { SettleClaimArgs } from './sql-pending.ts'

/** What looking at domains is made of. */
export interface LookOptions {
  readonly dueClaims: (nowMs: number) => Promise<readonly PendingDomain[]>
  readonly prove: (claim: PendingDomain, signal: AbortSignal) => Promise<ProofFound>
  readonly settle: (args: SettleClaimArgs) => Promise<string>
  readonly dueDomains: (nowMs: number) => Promise<readonly HostedDomain[]>
  readonly check: (domain: HostedDomain, signal: AbortSignal) => Promise<DomainCheck>
  readonly note: (args: LookArgs) => Promise<readonly string[]>
  readonly clock: Clock
  readonly log: Log
}

/** Looks at claims and at hosted domains whose time has come, a limited number. Call it every minute or so, on one node. */
export async function lookAtDomains(options: LookOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options
  await inTurns(await options.dueClaims(clock.nowMs()), signal, (claim) => lookAtClaim(options, claim, signal))
  await inTurns(await options.dueDomains(clock.nowMs()), signal, (domain) => lookAtDomain(options, domain, signal))
}

async function lookAtClaim({ prove, settle, clock, log }: LookOptions, claim: PendingDomain, signal: AbortSignal): Promise<void> {
  const { organization, name } = claim
  const found = await prove(claim, AbortSignal.any([signal, AbortSignal.timeout(PROVE_WITHIN_MS)]))
  if (signal.aborted) return
  const state = await settle({ organization, name, found, nowMs: clock.nowMs() })
  if (state !== 'pending') log.info('domain.claim_ended', { domain: name, organization, state })
}

async function lookAtDomain({ check, note, clock, log }: LookOptions, domain: HostedDomain, signal: AbortSignal): Promise<void> {
  const { name, organization } = domain
  const { findings } = await check(domain, signal)
  if (signal.aborted) return
  const of = (kind: string): readonly string[] => findings.filter((finding) => finding.kind === kind).map(({ id }) => id)
  const news = await note({ name, organization, failed: of('fail'), unknown: of('unknown'), ...takesReturns(findings), nowMs: clock.nowMs() })
  if (news.length > 0) log.warn('domain.dns_error', { domain: name, failing: news.join(' ') })
}

/**
 * Whether bounces to the domain itself come to us, and to nobody else, and its SPF lets us send: then SPF of its programs' mail is aligned without a record more. deliverability §6.4, §8.1.
 * Nothing where DNS did not say.
 */
function takesReturns(findings: DomainCheck['findings']): Pick<LookArgs, 'ownReturns'> {
  const kindOf = (id: string): string => findings.find((finding) => finding.id === id)?.kind ?? 'unknown'
  const [mx, spf] = [kindOf('mx'), kindOf('spf')]
  return mx === 'unknown' || spf === 'unknown' ? {} : { ownReturns: mx === 'pass' && spf !== 'fail' }
}

async function inTurns<T>(all: readonly T[], signal: AbortSignal, look: (each: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length && !signal.aborted; at += LOOKS_AT_ONCE) await Promise.all(all.slice(at, at + LOOKS_AT_ONCE).map(look))
}

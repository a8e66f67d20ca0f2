import { isIP } from 'node:net'
import type { Answer } from '../../base/dns.ts'
import type { Hop } from './plan.ts'
import type { Names } from './port.ts'
import { type Targets, type TargetSettings, targetsOf } from './targets.ts'

/** What looking up takes. */
export interface LookUpOptions extends TargetSettings {
  readonly names: Pick<Names, 'addresses'>
  /** The address of ours that it goes from, which reaches those of its own family only; null lets the kernel choose. */
  readonly from: string | null
  /** Numbers from [0, 1). */
  readonly chance: () => number
}

/** The addresses of a server to try, in order. That it has none is said for good only when every family was asked. */
export async function lookUp(hop: Hop, { from, families, ...options }: LookUpOptions, signal: AbortSignal): Promise<Targets> {
  const own = from === null ? 0 : isIP(from)
  const near = families.filter((family) => own === 0 || family === own)
  const found = await ask(hop, { ...options, families: near }, signal)
  if (found.kind === 'targets' || !found.lasting || near.length === families.length) return found
  const far = await ask(hop, { ...options, families: families.filter((family) => family !== own) }, signal)
  if (far.kind === 'none') return far.lasting ? found : far
  // RFC 3463 §3.5, X.4.4: another address of ours may know the way.
  return { kind: 'none', lasting: false, isBeyond: true, status: '4.4.4', text: `${hop.host} has no IPv${own} address, and ${from} reaches no other` }
}

async function ask(hop: Hop, { names, families, chance, allowed }: Omit<LookUpOptions, 'from'>, signal: AbortSignal): Promise<Targets> {
  const version = isIP(hop.host)
  const literal: Answer<string> = { kind: 'found', records: [hop.host], name: hop.host, aliases: [], authentic: false, ttlMs: 0, stale: false }
  const of = async (family: 4 | 6) => {
    if (!families.includes(family)) return null
    if (version !== 0) return version === family ? literal : null
    return await names.addresses(hop.host, family, signal)
  }
  const [v4, v6] = await Promise.all([of(4), of(6)])
  return targetsOf(hop, v4, v6, { families, allowed }, chance)
}

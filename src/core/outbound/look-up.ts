import { isIP } from 'node:net'
import type { Hop } from './plan.ts'
import type { Names } from './port.ts'
import { type Targets, type TargetSettings, targetsOf } from './targets.ts'

/** What looking up takes. */
export interface LookUpOptions extends TargetSettings {
  readonly names: Pick<Names, 'addresses'>
  /** Numbers from [0, 1). */
  readonly chance: () => number
}

/** The addresses of a server to try, in order. */
export async function lookUp(hop: Hop, { names, families, chance, allowed }: LookUpOptions, signal: AbortSignal): Promise<Targets> {
  const version = isIP(hop.host)
  const literal = { kind: 'found', records: [hop.host], name: hop.host, aliases: [], authentic: false, ttlMs: 0, stale: false } as const
  const ask = async (family: 4 | 6) => {
    if (version !== 0) return version === family ? literal : null
    return families.includes(family) ? await names.addresses(hop.host, family, signal) : null
  }
  const [v4, v6] = await Promise.all([ask(4), ask(6)])
  return targetsOf(hop, v4, v6, { families, allowed }, chance)
}

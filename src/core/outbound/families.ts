import { isIP } from 'node:net'
import type { Source } from '../pool/source.ts'
import type { Names } from './port.ts'
import type { Routed } from './route-of.ts'

/** Families of addresses. */
export const FAMILIES: readonly Source['family'][] = ['v4', 'v6']

/** The families in which the servers of a domain have addresses. What DNS does not say may be, and where it says that there are none, the attempt has the last word. */
export async function familiesOf({ plan }: Pick<Routed, 'plan'>, names: Pick<Names, 'addresses'>, signal: AbortSignal): Promise<readonly Source['family'][]> {
  if (plan.kind !== 'hops') return FAMILIES
  const mayHave = async (host: string, family: 4 | 6): Promise<boolean> => {
    const version = isIP(host)
    return version === 0 ? (await names.addresses(host, family, signal)).kind !== 'none' : version === family
  }
  const [v4, v6] = await Promise.all(([4, 6] as const).map((family) => Promise.all(plan.hops.map(({ host }) => mayHave(host, family)))))
  const found = FAMILIES.filter((family) => (family === 'v4' ? v4 : v6)?.includes(true) === true)
  return found.length === 0 ? FAMILIES : found
}

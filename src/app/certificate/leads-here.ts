import type { Log } from '../../base/log.ts'
import type { Config } from '../config/config.ts'
import { resolverOf } from '../names.ts'
import type { LeadsHere } from './wanted.ts'

/** Whether names lead to this server: to an address of its own, or to one that its host name has, such as that of a NAT. Disposing it ends its DNS client. */
export async function openLeadsHere(config: Config, log: Log): Promise<Disposable & { readonly leadsHere: LeadsHere }> {
  // Loaded here, not above: it brings the whole engine of sending, and most installations never ask.
  const { routesOf } = await import('../outbound.ts')
  const resolver = await resolverOf(config.outbound, log)
  const { isOurAddress } = routesOf(config)
  const addressesOf = async (name: string, signal: AbortSignal): Promise<readonly string[] | null> => {
    if (resolver === null) return []
    const answers = await Promise.all([resolver.addresses(name, 4, signal), resolver.addresses(name, 6, signal)])
    if (answers.some(({ kind }) => kind === 'failed')) return null
    return answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []))
  }
  return {
    async leadsHere(name, signal) {
      const [theirs, ours] = await Promise.all([addressesOf(name, signal), addressesOf(config.hostname, signal)])
      if (theirs === null || ours === null) return 'unknown'
      // Every one of them: a validator may try any.
      return theirs.length > 0 && theirs.every((address) => isOurAddress(address) || ours.includes(address)) ? 'yes' : 'no'
    },
    [Symbol.dispose]: () => resolver?.[Symbol.dispose](),
  }
}

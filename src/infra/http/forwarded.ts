import { isIP } from 'node:net'
import { MAX_HOPS } from './limits.ts'

/**
 * The client that a request comes from. A proxy of ours says in X-Forwarded-For for whom it asks, as the last address; what stands before that anybody may have written, so it counts only as far as
 * proxies of ours have written it. Without a proxy of ours, or when one says nothing that is an address, it is whoever has connected.
 */
export function clientBehind(peer: string, forwarded: string | undefined, isProxy: (address: string) => boolean): string {
  let client = peer
  for (const hop of (forwarded ?? '').split(',').slice(-MAX_HOPS).toReversed()) {
    const address = hop.trim()
    if (!isProxy(client) || isIP(address) === 0) return client
    client = address
  }
  return client
}

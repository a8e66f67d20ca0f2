import { readProxyHeader } from './header.ts'

/** The ends of a connection, as its proxy reports them: the client, and the address the client reached. */
export interface ProxiedPeer {
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
}

/** What the first bytes of a connection came to; `peer` is null when the proxy speaks for itself. `consumed`: where the header ends. */
export type ProxyStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'done'; readonly peer: ProxiedPeer | null; readonly consumed: number }
  | { readonly kind: 'reject' }

/** Reads a PROXY version 2 header as a listener needs it: addresses, or no. Given all bytes so far each time. */
export function parseProxy(bytes: Uint8Array): ProxyStep {
  const read = readProxyHeader(bytes)
  if (read.kind === 'more') return { kind: 'more' }
  if (read.kind === 'invalid') return { kind: 'reject' }
  if (read.header.kind === 'local') return { kind: 'done', peer: null, consumed: read.used }
  const { source, destination } = read.header
  const peer = { address: source.address, port: source.port, localAddress: destination.address, localPort: destination.port }
  return { kind: 'done', peer, consumed: read.used }
}

import type { Socket } from 'node:net'
import type { Peer } from '../../base/wire.ts'

/** Who is at the other end, or null when the peer has gone already. IPv4 addresses are plain, never `::ffff:` mapped. */
export function peerOf(socket: Socket): Peer | null {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined || localPort === undefined) return null
  return { address: plain(remoteAddress), port: remotePort, localAddress: plain(localAddress), localPort }
}

function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

import type { Socket } from 'node:net'
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import type { PeerCertificate } from '../../base/wire.ts'
import type { TlsSide } from './handshake.ts'

/** How a client does TLS. */
export interface ClientTlsOptions {
  /** The name to ask for and to find in the certificate. An address literal is neither. */
  readonly serverName: string
  /** Roots to trust instead of the usual ones, PEM: for tests and private networks. */
  readonly roots?: readonly string[]
}

const MAX_CHAIN = 10

/**
 * The client's side of TLS. The handshake succeeds whatever the certificate says: who asks decides by `certificate`, because in mail most
 * rules want any TLS rather than none (RFC 7435), and some want a certificate that no root vouches for (RFC 7672).
 */
export class ClientTls implements TlsSide {
  readonly finished = 'secureConnect'
  readonly #options: ClientTlsOptions
  #socket: TLSSocket | null = null

  constructor(options: ClientTlsOptions) {
    this.#options = options
  }

  begin(socket: Socket): TLSSocket {
    const { serverName, roots } = this.#options
    this.#socket = connect({
      socket,
      // RFC 6066 §3: an address is no server name.
      ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
      minVersion: 'TLSv1.2', // RFC 8996.
      rejectUnauthorized: false,
      ...(roots === undefined ? {} : { ca: [...roots] }),
    })
    return this.#socket
  }

  /** What the server showed; null before the handshake. */
  certificate(): PeerCertificate | null {
    if (this.#socket === null) return null
    const { authorized, authorizationError } = this.#socket
    return { trusted: authorized, fault: authorized ? null : String(authorizationError), chain: chainOf(this.#socket.getPeerCertificate(true)) }
  }
}

function chainOf(first: DetailedPeerCertificate): readonly Uint8Array[] {
  const chain: Uint8Array[] = []
  // A root names itself as its issuer.
  for (let at: DetailedPeerCertificate | undefined = first; at?.raw !== undefined && chain.length < MAX_CHAIN; at = at.issuerCertificate) {
    if (chain.some((seen) => Buffer.compare(seen, at?.raw ?? seen) === 0)) break
    chain.push(at.raw)
  }
  return chain
}

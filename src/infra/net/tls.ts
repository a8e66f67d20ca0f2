import { constants, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { SecureContext, Server } from 'node:tls'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { TlsSide } from './handshake.ts'

/** A certificate chain and its key, both PEM. `names` says which server names it answers to; its own DNS names when absent. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly names?: readonly string[]
}

/** Why a set of certificates was refused: the position of the bad one, and OpenSSL's words. */
export interface CertificateFault {
  readonly index: number
  readonly reason: string
}

/** Sessions resume across workers only when all name the same context; the value itself does not matter. */
const SESSION_ID_CONTEXT = 'merpati'

/**
 * The certificates of one process's listeners, chosen by server name and replaceable while connections are up.
 *
 * Every worker builds its own from the same certificates and the same 48 bytes of ticket keys, so that a TLS session
 * begun on one worker resumes on any other. TLS 1.2 and later only (RFC 8996).
 */
export class TlsContexts implements TlsSide {
  readonly finished = 'secure'
  #ticketKeys: Uint8Array
  #certificates: readonly Certificate[] = []
  #byName: ReadonlyMap<string, SecureContext> = new Map()
  #default: SecureContext | null = null
  readonly #servers = new Set<Server>()

  /** `ticketKeys`: 48 random bytes, the same in every worker. */
  constructor(ticketKeys: Uint8Array) {
    this.#ticketKeys = ticketKeys
  }

  /** Replaces all certificates; the first answers clients whose name none has. Open connections keep what they have. On a fault nothing changed. */
  setCertificates(certificates: readonly Certificate[]): Result<void, CertificateFault> {
    const byName = new Map<string, SecureContext>()
    let first: SecureContext | null = null
    for (const [index, certificate] of certificates.entries()) {
      const built = build(certificate, this.#ticketKeys)
      if (!built.ok) return fail({ index, reason: built.error })
      first ??= built.value.context
      for (const name of built.value.names) {
        const lower = name.toLowerCase()
        if (!byName.has(lower)) byName.set(lower, built.value.context)
      }
    }
    this.#certificates = certificates
    this.#byName = byName
    this.#default = first
    for (const server of this.#servers) this.#dress(server)
    return ok(undefined)
  }

  /** Replaces the ticket keys (48 bytes). Tickets made before stop working: their clients run a full handshake once. */
  setTicketKeys(ticketKeys: Uint8Array): void {
    this.#ticketKeys = ticketKeys
    const again = this.setCertificates(this.#certificates)
    if (!again.ok) throw new Error(`a certificate that was good is refused now: ${again.error.reason}`)
  }

  /** True when there is a certificate, so that STARTTLS may be offered. */
  get ready(): boolean {
    return this.#default !== null
  }

  /**
   * The context for the name a client asks for: the exact name, then a wildcard for its parent, then the first certificate.
   * An unknown name gets the first one too: mail clients are often set up with a name we were not told about (RFC 6066 §3).
   *
   * @throws when no certificate has been set.
   */
  contextFor(serverName: string | null): SecureContext {
    if (this.#default === null) throw new Error('no certificate has been set')
    if (serverName === null) return this.#default
    const name = serverName.toLowerCase()
    return this.#byName.get(name) ?? this.#byName.get(wildcard(name)) ?? this.#default
  }

  begin(socket: Socket): TLSSocket {
    return new TLSSocket(socket, { isServer: true, secureContext: this.contextFor(null), SNICallback: this.choose })
  }

  /** For `SNICallback` of Node's TLS options. */
  readonly choose = (serverName: string, answer: (error: Error | null, context?: SecureContext) => void): void => {
    answer(null, this.contextFor(serverName))
  }

  /** Keeps the default certificate of a `tls.Server` or `https.Server` current until it closes; names go through `choose`. */
  applyTo(server: Server): void {
    this.#servers.add(server)
    server.once('close', () => this.#servers.delete(server))
    this.#dress(server)
  }

  #dress(server: Server): void {
    const [first] = this.#certificates
    if (first === undefined) return
    server.setSecureContext(contextOptions(first, this.#ticketKeys))
    server.setTicketKeys(Buffer.from(this.#ticketKeys))
  }
}

/** A side that shows one certificate, to clients that speak `protocol` only: it is agreed on by ALPN (RFC 7301). */
export function oneProtocol({ cert, key }: Certificate, protocol: string): TlsSide {
  const secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
  return { finished: 'secure', begin: (socket) => new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: [protocol] }) }
}

/** Why a certificate and its key cannot be used, in OpenSSL's words; null when they can. */
export function faultOf(certificate: Certificate): string | null {
  const built = build(certificate, new Uint8Array(48))
  return built.ok ? null : built.error
}

function build(certificate: Certificate, ticketKeys: Uint8Array): Result<{ context: SecureContext; names: readonly string[] }, string> {
  try {
    const context = createSecureContext(contextOptions(certificate, ticketKeys))
    return ok({ context, names: certificate.names ?? namesIn(certificate.cert) })
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error)) // OpenSSL says so of PEM it cannot use.
  }
}

function contextOptions({ cert, key }: Certificate, ticketKeys: Uint8Array) {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2' as const,
    ticketKeys: Buffer.from(ticketKeys),
    sessionIdContext: SESSION_ID_CONTEXT,
    // Renegotiation has no use in mail and is a way to burn our CPU.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
  }
}

/** The DNS names a certificate was made for. */
export function namesIn(pem: string): readonly string[] {
  const alternatives = new X509Certificate(pem).subjectAltName ?? ''
  return alternatives.split(', ').flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4)] : []))
}

/** RFC 9525 §6.3: the star stands for exactly the left-most label. */
function wildcard(name: string): string {
  const dot = name.indexOf('.')
  return dot === -1 ? '' : `*${name.slice(dot)}`
}

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import type { TlsState } from '../../base/wire.ts'

/** RFC 9266 §3: label, no context, 32 bytes. */
const EXPORTER_LABEL = 'EXPORTER-Channel-Binding'
const EXPORTER_BYTES = 32

/** One side of TLS: the listener's (`TlsContexts`) or that of who called (`ClientTls`). */
export interface TlsSide {
  /** What Node calls the end of this side's handshake. */
  readonly finished: 'secure' | 'secureConnect'
  /** Begins the handshake over a connected socket. */
  begin(socket: Socket): TLSSocket
}

/**
 * Runs one side of a TLS handshake over a connected socket. Bytes that the socket holds unread belong to the
 * handshake. The error is for the log: OpenSSL's code, `timeout`, or `closed`; the socket is destroyed then.
 */
export async function secure(socket: Socket, side: TlsSide, withinMs: number): Promise<Result<TLSSocket, string>> {
  const secured = side.begin(socket)
  // Once the handshake is over, Node tells TLS faults (a bad record, an alert) of sockets without a tls.Server only here.
  secured.on('_tlsError', (error: Error) => secured.destroy(error))
  return await new Promise((resolve) => {
    let reason = 'closed'
    const timer = setTimeout(() => {
      reason = 'timeout'
      secured.destroy()
    }, withinMs)
    // The listener's sockets are half-open: who sends no more can finish no handshake.
    const onEnd = (): void => void secured.destroy()
    const settle = (result: Result<TLSSocket, string>): void => {
      clearTimeout(timer)
      secured.off('close', onClose)
      secured.off('end', onEnd)
      secured.off(side.finished, onSecure)
      resolve(result)
    }
    const onClose = (): void => settle(fail(reason))
    const onSecure = (): void => settle(ok(secured))
    secured.once('close', onClose)
    secured.once('end', onEnd)
    secured.once(side.finished, onSecure)
    // Stays for good: an error is always followed by 'close', which is what owners act on.
    secured.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.code ?? error.message
    })
  })
}

/** What a finished handshake agreed on. */
export function tlsStateOf(socket: TLSSocket): TlsState {
  const version = socket.getProtocol() ?? 'unknown'
  const name = (socket as { readonly servername?: string | false | null }).servername
  return {
    version,
    cipher: socket.getCipher().standardName,
    serverName: typeof name === 'string' && name !== '' ? name : null,
    // Not asked of TLS 1.2: without the extended master secret its exporter is not unique (RFC 9266 §2).
    exporter: version === 'TLSv1.3' ? socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0)) : null,
  }
}

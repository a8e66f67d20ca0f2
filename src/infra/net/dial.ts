import { connect, type NetConnectOpts, type Socket } from 'node:net'
import type { Log } from '../../base/log.ts'
import type { TlsSide } from './handshake.ts'
import { KEEP_ALIVE_MS } from './limits.ts'
import { peerOf } from './peer.ts'
import { SocketWire } from './wire.ts'

/** Where to connect, and from where. */
export interface DialOptions {
  readonly address: string
  readonly port: number
  /** One of our addresses, of the same family; null lets the kernel choose. */
  readonly localAddress: string | null
  readonly withinMs: number
  /** Our side of TLS, for `startTls`; null when there shall be none. */
  readonly tls: TlsSide | null
  /** `implicit`: TLS from the first byte (RFC 8314). */
  readonly security: 'plain' | 'implicit'
  readonly log: Log
}

/** What connecting came to. */
export type Dialed = { readonly kind: 'connected'; readonly wire: SocketWire } | { readonly kind: 'failed'; readonly why: DialFailure; readonly detail: string }

/** `refused`: nobody listens; `timeout`: silence; `unreachable`: no way there, or not from our address; `tls`: the handshake failed; `aborted`: the signal. */
export type DialFailure = 'refused' | 'timeout' | 'unreachable' | 'tls' | 'aborted'

/** Opens a connection. Nothing that a network does is thrown. */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Dialed> {
  const { address, port, localAddress, withinMs } = options
  const where = { host: address, port, ...(localAddress === null ? {} : { localAddress }), noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS, allowHalfOpen: true }
  const opened = await open(where, withinMs, signal)
  if (opened.kind === 'failed') return opened
  const { socket } = opened
  const peer = peerOf(socket)
  if (peer === null) {
    socket.destroy()
    return { kind: 'failed', why: 'unreachable', detail: 'the connection was gone at once' }
  }
  const wireOptions = { peer, tls: options.tls, log: options.log }
  if (options.security === 'plain') return { kind: 'connected', wire: SocketWire.plain(socket, wireOptions) }
  const wire = await SocketWire.tls(socket, wireOptions, options.withinMs)
  return wire === null ? { kind: 'failed', why: 'tls', detail: 'TLS did not come up' } : { kind: 'connected', wire }
}

/** Opens a connection to a program on this machine, over its socket in the file system. There is no TLS on it. */
export async function dialUnix({ path, withinMs, log }: { readonly path: string } & Pick<DialOptions, 'withinMs' | 'log'>, signal: AbortSignal): Promise<Dialed> {
  const opened = await open({ path, allowHalfOpen: true }, withinMs, signal)
  if (opened.kind === 'failed') return opened
  const peer = { address: path, port: 0, localAddress: path, localPort: 0 }
  return { kind: 'connected', wire: SocketWire.plain(opened.socket, { peer, tls: null, log }) }
}

type Opened = { readonly kind: 'open'; readonly socket: Socket } | Extract<Dialed, { kind: 'failed' }>

async function open(where: NetConnectOpts, withinMs: number, signal: AbortSignal): Promise<Opened> {
  if (signal.aborted) return { kind: 'failed', why: 'aborted', detail: 'we are stopping' }
  const socket = connect(where)
  return await new Promise((resolve) => {
    const settle = (opened: Opened): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      if (opened.kind === 'failed') socket.destroy()
      resolve(opened)
    }
    const abort = (): void => settle({ kind: 'failed', why: 'aborted', detail: 'we are stopping' })
    const timer = setTimeout(() => settle({ kind: 'failed', why: 'timeout', detail: `no answer within ${withinMs / 1000} s` }), withinMs)
    signal.addEventListener('abort', abort)
    socket.once('connect', () => settle({ kind: 'open', socket }))
    // Stays for good: after this promise it swallows what 'close' tells the wire.
    socket.on('error', (error: NodeJS.ErrnoException) => settle({ kind: 'failed', why: failureOf(error), detail: error.code ?? error.message }))
  })
}

function failureOf({ code }: NodeJS.ErrnoException): DialFailure {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'refused'
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable'
}

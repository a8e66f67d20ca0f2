import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { Peer } from '../../base/wire.ts'
import type { Admission, ConnectionCaps } from './caps.ts'
import { BACKLOG, HANDSHAKE_WITHIN_MS, KEEP_ALIVE_MS, LAST_WORDS_MS } from './limits.ts'
import { peerOf } from './peer.ts'
import { readPreamble } from './preamble.ts'
import type { PreambleParser } from './preamble.ts'
import type { TlsContexts } from './tls.ts'
import { SocketWire } from './wire.ts'

/** How a protocol is offered at one address. */
export interface ListenOptions {
  /** An IP address; `::` also takes IPv4. */
  readonly address: string
  /** 0 lets the kernel choose: for tests. */
  readonly port: number
  /** `implicit`: the connection begins with TLS; `starttls`: the session may change to it; `none`: there is none. */
  readonly security: 'none' | 'starttls' | 'implicit'
  readonly tls: TlsContexts | null
  readonly caps: ConnectionCaps
  /** The line an unadmitted client reads before we close, or null to say nothing. Not said where TLS comes first. */
  readonly refusal: (why: Exclude<Admission, 'admitted'>) => string | null
  /** PROXY v2 and the like: peers for whom `trusted` holds must begin with it; nobody else may. */
  readonly preamble?: { readonly trusted: (address: string) => boolean; readonly parse: PreambleParser }
  /** Serves a connection until it is over. The listener ends the wire afterwards. `signal` aborts when we stop. A rejection is a bug, and logged. */
  readonly serve: (wire: SocketWire, signal: AbortSignal) => Promise<void>
  readonly log: Log
}

/** An open listener. */
export interface Listener {
  readonly address: string
  readonly port: number
  /** Connections accepted and not yet gone. */
  readonly connections: number
  /**
   * Stops accepting, asks every session to end, and waits for them at most `withinMs`; then connections are cut.
   * Resolves when no session runs any more.
   */
  close(withinMs: number): Promise<void>
}

/** One accepted connection. */
interface Guest {
  readonly socket: Socket
  readonly stop: AbortController
  /** False while we still find out who it is: such a guest is cut when we stop, there is nothing to finish. */
  served: boolean
}

/**
 * Opens a listener. On Linux every worker opens the same one (`reusePort`) and the kernel spreads the connections;
 * elsewhere there must be one worker only.
 *
 * @throws the system's error when the port cannot be had; `probe` tells why beforehand.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const guests = new Set<Guest>()
  const sessions = new TaskGroup(options.log)
  // Half-open: a client that sends its commands and shuts its side down still gets its answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS })
  server.on('connection', (socket) => {
    const guest: Guest = { socket, stop: new AbortController(), served: false }
    guests.add(guest)
    socket.on('error', () => {}) // 'close' follows.
    socket.once('close', () => guests.delete(guest))
    sessions.add('connection.crashed', receive(guest, options).catch((error: unknown) => crash(socket, error)))
  })
  // A failing accept (no file descriptors) is no reason to stop listening.
  server.on('error', (error) => options.log.warn('listener.failed', { port: options.port, error }))
  await open(server, options)
  const bound = server.address() as AddressInfo
  return {
    address: bound.address,
    port: bound.port,
    get connections() {
      return guests.size
    },
    close: (withinMs) => close(server, guests, sessions, withinMs),
  }
}

async function open(server: Server, { address, port }: ListenOptions): Promise<void> {
  server.listen({ host: address, port, backlog: BACKLOG, reusePort: process.platform === 'linux' })
  await once(server, 'listening')
}

/** A connection's whole life: who it is, whether it may stay, TLS, the session, the end. */
async function receive(guest: Guest, options: ListenOptions): Promise<void> {
  const { socket, stop } = guest
  const peer = await introduce(socket, options)
  if (peer === null) return
  const admission = options.caps.enter(peer.address)
  if (admission !== 'admitted') {
    options.log.info('connection.refused', { localPort: peer.localPort, why: admission })
    return turnAway(socket, options.security === 'implicit' ? null : options.refusal(admission))
  }
  socket.once('close', () => options.caps.leave(peer.address))
  if (socket.closed) return options.caps.leave(peer.address) // It went while its preamble was read; 'close' comes no more.
  const wireOptions = { peer, tls: options.security === 'none' ? null : options.tls, log: options.log }
  const wire =
    options.security === 'implicit' ? await SocketWire.tls(socket, wireOptions, HANDSHAKE_WITHIN_MS) : SocketWire.plain(socket, wireOptions)
  if (wire === null) return
  guest.served = true
  try {
    await options.serve(wire, stop.signal)
  } finally {
    wire.end()
  }
}

/** A bug: nobody serves this connection any more. */
function crash(socket: Socket, error: unknown): never {
  socket.destroy()
  throw error
}

/** Learns who is there. Null: nobody any more, or a balancer that does not keep to the form; the socket is destroyed then. */
async function introduce(socket: Socket, { preamble, log }: ListenOptions): Promise<Peer | null> {
  const direct = peerOf(socket)
  if (direct === null) {
    socket.destroy()
    return null
  }
  if (preamble === undefined || !preamble.trusted(direct.address)) return direct
  const read = await readPreamble(socket, preamble.parse)
  if (read.kind === 'done') return read.peer ?? direct
  log.warn('preamble.rejected', { localPort: direct.localPort, reason: read.reason })
  socket.destroy()
  return null
}

/** Says why and closes. Never waits for the client: that is what a cap is for. */
function turnAway(socket: Socket, words: string | null): void {
  if (words === null) {
    socket.destroy()
    return
  }
  socket.write(words)
  socket.destroySoon()
}

async function close(server: Server, guests: ReadonlySet<Guest>, sessions: TaskGroup, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const { socket, stop, served } of guests) {
    stop.abort()
    if (!served) socket.destroy()
  }
  await within(withinMs, sessions.settled())
  await within(LAST_WORDS_MS, closed)
  const gone = [...guests].map(({ socket }) => once(socket, 'close'))
  for (const { socket } of guests) socket.destroy()
  await Promise.all(gone)
  await sessions.settled()
  await closed
}

/** Waits for `work`, but no longer than `ms`. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}

import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Log } from '../../base/log.ts'
import { TaskGroup } from '../../base/task-group.ts'
import type { ConnectionCaps } from '../net/caps.ts'
import { peerOf } from '../net/peer.ts'
import type { TlsContexts } from '../net/tls.ts'
import { divert, type Look } from './divert.ts'
import { clientBehind } from './forwarded.ts'
import { CHECK_EVERY_MS, HEADERS_WITHIN_MS, KEEP_ALIVE_MS, MAX_BODY_BYTES, MAX_CONNECTIONS, MAX_DISCARDED_BYTES, MAX_HEADER_BYTES, REQUEST_WITHIN_MS } from './limits.ts'
import { declaredBytes, hostsOf, type HttpAnswer, readBody, targetOf } from './request.ts'
import { handlerFor, type Routes } from './routes.ts'

// Not imported: an import of node:http evaluates every export, and one of them loads a whole WebSocket client (100 ms, 8 MB a thread).
const { createServer } = process.getBuiltinModule('node:http')
const { createServer: createTlsServer } = process.getBuiltinModule('node:https')

/** How HTTP is offered at one address. */
export interface HttpOptions {
  readonly address: string
  readonly port: number
  /** Null for plain HTTP. */
  readonly tls: TlsContexts | null
  readonly routes: Routes
  /** False for a Host header that is not ours: such a request may come from a page whose name was rebound to our address. Answered 421. */
  readonly isOurHost: (host: string, path: string) => boolean
  /** Whether a proxy of ours connects from there: it says for whom it asks, see `clientBehind`. Nobody does when it is missing. */
  readonly isProxy?: (address: string) => boolean
  /** Whose connections may stay; everybody's, up to `MAX_CONNECTIONS`, when it is missing. Others are cut before they are read: one client must not keep everybody out. */
  readonly caps?: ConnectionCaps
  /** With TLS only: sees how a connection begins, and may take it over. */
  readonly look?: Look
  readonly log: Log
}

/** An open HTTP listener. */
export interface HttpListener {
  readonly address: string
  readonly port: number
  /** Stops accepting, lets requests finish for at most `withinMs`, then cuts connections. */
  close(withinMs: number): Promise<void>
}

/**
 * Opens an HTTP listener, in every worker alike (see `net/listen.ts` for `reusePort`).
 *
 * @throws the system's error when the port cannot be had.
 */
export async function listenHttp(options: HttpOptions): Promise<HttpListener> {
  const running = new TaskGroup(options.log)
  const stop = new Stop()
  const server = makeServer(options.tls)
  const cutDiverted = options.tls === null || options.look === undefined ? () => {} : divert(server, options.look, running)
  server.maxConnections = MAX_CONNECTIONS
  if (options.caps !== undefined) admit(server, options.caps, options.log)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    running.add('http.crashed', serve(request, response, options, stop))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(`HTTP/1.1 ${UNREAD[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
    else socket.destroy()
  })
  server.listen({ host: options.address, port: options.port, reusePort: process.platform === 'linux' })
  await once(server, 'listening')
  server.on('error', (error) => options.log.warn('listener.failed', { port: options.port, error }))
  const { address, port } = server.address() as AddressInfo
  return {
    address,
    port,
    async close(withinMs) {
      cutDiverted()
      await close(server, stop, running, withinMs)
    },
  }
}

/** Comes before everybody else who listens for connections. */
function admit(server: Server | TlsServer, caps: ConnectionCaps, log: Log): void {
  server.prependListener('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    if (peer === null) return // It has gone already.
    const admission = caps.enter(peer.address)
    if (admission === 'admitted') return void socket.once('close', () => caps.leave(peer.address))
    log.info('connection.refused', { localPort: peer.localPort, why: admission })
    socket.destroy()
  })
}

/** Why a request was not read, by what Node calls it: RFC 6585 §5, RFC 9110 §15.5.9. Everything else is no HTTP. */
const UNREAD: Readonly<Record<string, string>> = { HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large', ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout' }

function makeServer(tls: TlsContexts | null): Server | TlsServer {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_WITHIN_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  }
  if (tls === null) return createServer(limits)
  const server = createTlsServer({ ...limits, SNICallback: tls.choose })
  tls.applyTo(server)
  return server
}

/** Aborts what is being answered when we stop. Not `AbortSignal.any`: it costs more than all else that is done for a short request. */
class Stop {
  readonly #open = new Set<AbortController>()
  #isStopping = false

  get isStopping(): boolean {
    return this.#isStopping
  }

  open(): AbortController {
    const controller = new AbortController()
    if (this.#isStopping) controller.abort()
    this.#open.add(controller)
    return controller
  }

  close(controller: AbortController): void {
    this.#open.delete(controller)
  }

  abort(): void {
    this.#isStopping = true
    for (const controller of this.#open) controller.abort()
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, options: HttpOptions, stop: Stop): Promise<void> {
  const gone = stop.open()
  const leave = (): void => gone.abort()
  response.once('close', leave)
  // A client that resets is 'close' to us; without a listener it would be an exception.
  request.on('error', () => {})
  response.on('error', () => {})
  const answer = await answerTo(request, options, gone.signal).finally(() => {
    stop.close(gone)
    response.off('close', leave) // It closes after each answer, too.
  })
  if (response.destroyed) return
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? new Uint8Array(0))
  response.writeHead(answer.status, {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...answer.headers,
    'content-length': body.length,
    ...(stop.isStopping || declaredBytes(request) > MAX_DISCARDED_BYTES ? { connection: 'close' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
  // The rest of a body that nobody read is dropped: a client that is cut off while it sends never hears why.
  if (!request.complete) request.resume()
}

async function answerTo(request: IncomingMessage, options: HttpOptions, signal: AbortSignal): Promise<HttpAnswer> {
  const method = request.method ?? ''
  const { host, url } = targetOf(request)
  if (hostsOf(request) > 1) return { status: 400, body: 'A request has one Host.\n' } // RFC 9112 §3.2: whoever stands before us may have read the other.
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (!options.isOurHost(host, path)) return { status: 421, body: 'This server does not answer for that name.\n' }
  try {
    return await handlerFor(options.routes, method, path)(
      {
        method,
        path,
        query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
        headers: request.headers,
        address: clientBehind(peerOf(request.socket)?.address ?? '', request.headers['x-forwarded-for'] as string | undefined, options.isProxy ?? (() => false)), // Node joins the lines of this field.
        secure: options.tls !== null,
        body: (maxBytes = MAX_BODY_BYTES) => readBody(request, maxBytes),
      },
      signal,
    )
  } catch (error) {
    if (signal.aborted) return { status: 503 } // Nobody hears it: the client has left, or we stop.
    options.log.error('http.failed', { method, path: withoutTokens(path), error })
    return { status: 500, body: 'Something went wrong.\n' }
  }
}

/** A path may hold what opens something, such as the link of a mail: that is no matter for a log. */
function withoutTokens(path: string): string {
  return path.replace(/[\w-]{40,}/g, '...')
}

async function close(server: Server | TlsServer, stop: Stop, running: TaskGroup, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  stop.abort()
  const cut = setTimeout(() => server.closeAllConnections(), withinMs)
  await running.settled()
  await closed
  clearTimeout(cut)
}

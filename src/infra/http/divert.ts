import type { Server, Socket } from 'node:net'
import type { TaskGroup } from '../../base/task-group.ts'
import { HEADERS_WITHIN_MS } from './limits.ts'

/** What the first bytes of a connection say of it: it is the server's, or somebody else serves it. */
export type Diversion =
  | { readonly kind: 'more' }
  | { readonly kind: 'usual' }
  | { readonly kind: 'taken'; readonly serve: (socket: Socket) => Promise<void> }

/** Looks at the first bytes of a connection, given all of them each time. It must not ask for more without end. */
export type Look = (bytes: Uint8Array) => Diversion

/**
 * Lets `look` see how each connection of a TLS server begins, before the server does. Node tells the protocols of a client (ALPN) only when the
 * certificate is chosen, and one protocol has a certificate of its own. What it returns cuts the connections that are not the server's.
 */
export function divert(server: Server, look: Look, tasks: TaskGroup): () => void {
  const strangers = new Set<Socket>()
  const usual = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    strangers.add(socket)
    socket.once('close', () => strangers.delete(socket))
    firstBytes(socket, look, (taken) => {
      if (taken !== null) return tasks.add('http.diversion-failed', taken(socket))
      strangers.delete(socket)
      for (const listener of usual) listener.call(server, socket)
    })
  })
  return () => {
    for (const socket of strangers) socket.destroy()
  }
}

/** Finds out whose a connection is, and leaves it paused with everything unread. A client that says too little for too long is cut. */
function firstBytes(socket: Socket, look: Look, found: (serve: ((socket: Socket) => Promise<void>) | null) => void): void {
  let held: Buffer = Buffer.alloc(0)
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('data', onData)
    socket.off('end', cut)
    socket.off('close', stop)
    socket.off('error', ignore)
  }
  const cut = (): void => {
    stop()
    socket.on('error', ignore)
    socket.destroy()
  }
  const onData = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const diversion = look(held)
    if (diversion.kind === 'more') return
    stop()
    socket.pause()
    socket.unshift(held)
    found(diversion.kind === 'taken' ? diversion.serve : null)
  }
  const timer = setTimeout(cut, HEADERS_WITHIN_MS)
  socket.on('error', ignore) // 'close' follows.
  socket.on('data', onData)
  socket.on('end', cut)
  socket.on('close', stop)
}

function ignore(): void {}

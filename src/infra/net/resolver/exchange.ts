import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { MAX_FOREIGN_PACKETS } from './limits.ts'
import type { Ownership } from './message.ts'

/** Where a server listens. */
export interface DnsServer {
  /** An IP address. */
  readonly address: string
  readonly port: number
}

/** A server, for a sentence. */
export function serverText({ address, port }: DnsServer): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** What came of sending one question once. */
export type Exchanged =
  | { readonly kind: 'reply'; readonly bytes: Buffer }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'aborted' }
  /** Nobody listens there, there is no way there, or the connection broke. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** UDP: an answer that fits but for the case of its letters. */
  | { readonly kind: 'wrong-case' }
  /** UDP: many packets that are not the answer. */
  | { readonly kind: 'flooded' }
  /** TCP: the answer is to something else. */
  | { readonly kind: 'not-ours' }

/** How to tell our answer from others. */
export type Owner = (bytes: Buffer) => Ownership

/**
 * Asks over UDP, from a socket and a port of this question's own: who forges an answer has to guess the port too (RFC 5452 §9.2).
 * The socket is connected, so the kernel drops what others send and tells us when nobody listens.
 */
export async function exchangeUdp(
  server: DnsServer, question: Buffer, owner: Owner, withinMs: number, signal: AbortSignal,
): Promise<Exchanged> {
  const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
  let foreign = 0
  let isOpen = true
  return await settle(withinMs, signal, (done) => {
    socket.on('error', (error: NodeJS.ErrnoException) => done({ kind: 'unreachable', detail: error.code ?? error.message }))
    socket.on('message', (bytes) => {
      const whose = owner(bytes)
      if (whose === 'ours') return done({ kind: 'reply', bytes })
      if (whose === 'wrong-case') return done({ kind: 'wrong-case' })
      foreign++
      if (foreign >= MAX_FOREIGN_PACKETS) done({ kind: 'flooded' })
    })
    // With a callback a failing connect is told there, and not as an 'error'.
    socket.connect(server.port, server.address, (error?: Error & { code?: string }) => {
      if (error) return done({ kind: 'unreachable', detail: error.code ?? error.message })
      if (isOpen) socket.send(question, (failure) => failure && done({ kind: 'unreachable', detail: failure.message }))
    })
    return () => {
      isOpen = false
      socket.close()
    }
  })
}

/** Asks over TCP, a connection for one question. RFC 7766. The letters' case is not looked at: nobody can forge this from aside. */
export async function exchangeTcp(
  server: DnsServer, question: Buffer, owner: Owner, withinMs: number, signal: AbortSignal,
): Promise<Exchanged> {
  return await settle(withinMs, signal, (done) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true })
    const chunks: Buffer[] = []
    let received = 0
    let size: number | null = null
    socket.on('error', (error: NodeJS.ErrnoException) => done({ kind: 'unreachable', detail: error.code ?? error.message }))
    socket.on('close', () => done({ kind: 'unreachable', detail: 'closed' }))
    socket.on('data', (bytes: Buffer) => {
      chunks.push(bytes)
      received += bytes.length
      if (received >= 2) size ??= Buffer.concat(chunks).readUInt16BE(0)
      if (size === null || received < 2 + size) return
      const reply = Buffer.concat(chunks).subarray(2, 2 + size)
      done(owner(reply) === 'foreign' ? { kind: 'not-ours' } : { kind: 'reply', bytes: reply })
    })
    // RFC 7766 §8: length and message in one write.
    const length = Buffer.alloc(2)
    length.writeUInt16BE(question.length)
    socket.write(Buffer.concat([length, question]))
    return () => socket.destroy()
  })
}

/** Runs `start` until it, the time or the caller is done, whichever is first; then lets go, with the function it returned. */
async function settle(withinMs: number, signal: AbortSignal, start: (done: (how: Exchanged) => void) => () => void): Promise<Exchanged> {
  if (signal.aborted) return { kind: 'aborted' }
  return await new Promise((resolve) => {
    let isOver = false
    const done = (how: Exchanged): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      release()
      resolve(how)
    }
    const onAbort = (): void => done({ kind: 'aborted' })
    const release = start(done) // Nothing is done before it returns: sockets tell everything later.
    const timer = setTimeout(() => done({ kind: 'timeout' }), withinMs).unref()
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

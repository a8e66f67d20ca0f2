import type { Socket } from 'node:net'
import { MAX_PREAMBLE_BYTES, PREAMBLE_WITHIN_MS } from './limits.ts'

/** The client as a balancer reports it. The local side is what the client connected to. */
export interface ReportedPeer {
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
}

/**
 * What a preamble parser says of the bytes so far. `done` with `peer` null: the balancer speaks for itself (PROXY v2
 * LOCAL). `consumed` is the preamble's length; what follows belongs to the session.
 */
export type PreambleStep =
  | { readonly kind: 'more' }
  | { readonly kind: 'done'; readonly peer: ReportedPeer | null; readonly consumed: number }
  | { readonly kind: 'reject' }

/** Reads what a balancer sends in front of a connection. Pure; given all bytes so far each time. */
export type PreambleParser = (bytes: Uint8Array) => PreambleStep

/** How a preamble ended. */
export type Preamble = { readonly kind: 'done'; readonly peer: ReportedPeer | null } | { readonly kind: 'rejected'; readonly reason: string }

/** Reads a preamble from a socket nobody listens to yet, and leaves it paused with the rest unread. */
export async function readPreamble(socket: Socket, parse: PreambleParser): Promise<Preamble> {
  let held: Buffer = Buffer.alloc(0)
  return await new Promise((resolve) => {
    const settle = (preamble: Preamble): void => {
      clearTimeout(timer)
      socket.pause()
      socket.off('data', onData)
      socket.off('end', onGone)
      socket.off('close', onGone)
      resolve(preamble)
    }
    const reject = (reason: string): void => settle({ kind: 'rejected', reason })
    const onGone = (): void => reject('closed')
    const onData = (chunk: Buffer): void => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const step = parse(held)
      if (step.kind === 'more' && held.length < MAX_PREAMBLE_BYTES) return
      if (step.kind !== 'done') return reject(step.kind === 'more' ? 'too long' : 'malformed')
      settle({ kind: 'done', peer: step.peer })
      if (step.consumed < held.length) socket.unshift(held.subarray(step.consumed))
    }
    const timer = setTimeout(() => reject('timeout'), PREAMBLE_WITHIN_MS)
    socket.on('data', onData)
    socket.once('end', onGone)
    socket.once('close', onGone)
  })
}

import type { IncomingMessage } from 'node:http'
import { requestAt } from './request-at.ts'

/** What to fetch, and where. */
export interface GetFromOptions {
  /** As in `requestAt`. */
  readonly url: URL
  /** The addresses of its host that may be connected to: whoever gives them has left out those that strangers must not make us visit. */
  readonly addresses: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
  /** Longer answers fail. */
  readonly maxBytes: number
}

/** What came of it. `elsewhere`: it sends us on, and nobody has gone there. */
export type GotFrom =
  | { readonly kind: 'got'; readonly bytes: Uint8Array; readonly type: string | null }
  | { readonly kind: 'elsewhere'; readonly location: string }
  | { readonly kind: 'failed'; readonly why: string }

/** RFC 9110 §15.4: those that lead to what was asked for. */
const MOVED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Fetches something from a server that a stranger has named, as it stands there: nothing is connected to but the addresses given, one after the other until one connects; only 200
 * counts, and it is unpacked by nobody. Never rejects for what a network does.
 */
export async function getFrom({ url, addresses, headers, roots, maxBytes }: GetFromOptions, signal: AbortSignal): Promise<GotFrom> {
  let why = 'its host has no address that may be connected to'
  for (const address of addresses) {
    if (signal.aborted) break
    let wasConnected = false
    try {
      const all = { accept: '*/*', 'accept-encoding': 'identity', ...headers }
      const response = await requestAt(address, { method: 'GET', url, headers: all, body: null, connected: () => (wasConnected = true), ...(roots === undefined ? {} : { roots }) }, signal)
      return await read(response, maxBytes)
    } catch (error) {
      // Refused, reset, timed out, not trusted: the network's matters all of them.
      why = error instanceof Error ? error.message : String(error)
      if (wasConnected) break
    }
  }
  return { kind: 'failed', why: signal.aborted ? 'it took too long' : why }
}

async function read(response: IncomingMessage, maxBytes: number): Promise<GotFrom> {
  const { statusCode = 0, headers } = response
  const packed = headers['content-encoding'] ?? 'identity'
  if (statusCode !== 200 || packed !== 'identity') {
    response.destroy()
    if (MOVED.has(statusCode) && headers.location !== undefined) return { kind: 'elsewhere', location: headers.location }
    return { kind: 'failed', why: statusCode === 200 ? `it is packed as ${packed.slice(0, 40)}` : `it answered ${statusCode}` }
  }
  const pieces: Uint8Array[] = []
  let size = 0
  // Leaving the loop closes the connection. What is declared is not believed, but saves reading it.
  if (Number(headers['content-length'] ?? 0) > maxBytes) response.destroy()
  else {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      size += piece.length
      if (size > maxBytes) break
      pieces.push(piece)
    }
    if (size <= maxBytes) return { kind: 'got', bytes: Buffer.concat(pieces), type: headers['content-type'] ?? null }
  }
  return { kind: 'failed', why: `it has more than ${maxBytes} octets` }
}

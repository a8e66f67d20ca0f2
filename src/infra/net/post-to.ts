import type { IncomingMessage } from 'node:http'
import { requestAt } from './request-at.ts'
import { isUntrusted } from './untrusted.ts'

/** What to post, and where. */
export interface PostToOptions {
  /** `https`, or `http` where the caller allows it. Its host names the server in the certificate and in the request. */
  readonly url: URL
  /** The addresses of its host that may be connected to: whoever gives them has left out those that strangers must not make us visit. */
  readonly addresses: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
  /** What is kept of the answer; the rest is not read. */
  readonly maxBytes: number
  /** For all of it: connecting, sending, and the answer. */
  readonly withinMs: number
}

/** What came of it. `failed`: there was no answer; `untrusted` where it was for the certificate. */
export type PostedTo =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly why: string; readonly untrusted?: true }

/**
 * Posts to a server that a stranger has named, on a connection of its own. Redirects are not followed, and nothing is connected to but the addresses
 * given. The next address is tried only as long as nothing was sent: a server is never told twice by one call. Never rejects for what a network does.
 */
export async function postTo(options: PostToOptions, signal: AbortSignal): Promise<PostedTo> {
  const deadline = AbortSignal.timeout(options.withinMs)
  const within = AbortSignal.any([signal, deadline])
  let isTrusted = true
  let why = 'its host has no address that may be connected to'
  for (const address of options.addresses) {
    if (within.aborted) break
    const tried = await postAt(address, options, within)
    if (tried.kind === 'answered') return tried
    why = deadline.aborted ? `no answer within ${options.withinMs} ms` : tried.why
    isTrusted = !tried.untrusted
    if (tried.wasConnected) break
  }
  return { kind: 'failed', why, ...(isTrusted ? {} : { untrusted: true }) }
}

type Tried = Extract<PostedTo, { kind: 'answered' }> | { readonly kind: 'failed'; readonly why: string; readonly wasConnected: boolean; readonly untrusted: boolean }

async function postAt(address: string, { url, headers, body, roots, maxBytes }: PostToOptions, signal: AbortSignal): Promise<Tried> {
  let wasConnected = false
  try {
    const response = await requestAt(address, { method: 'POST', url, headers, body, connected: () => (wasConnected = true), ...(roots === undefined ? {} : { roots }) }, signal)
    const { statusCode = 0, headers: told } = response
    return { kind: 'answered', status: statusCode, retryAfter: told['retry-after'] ?? null, bytes: await firstOf(response, maxBytes) }
  } catch (error) {
    // Refused, reset, timed out, not trusted: the network's matters all of them.
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error), wasConnected, untrusted: isUntrusted(error) }
  }
}

/** The beginning of an answer. Its status has said everything already: one that breaks off or takes too long keeps what came. */
async function firstOf(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      pieces.push(piece)
      size += piece.length
      if (size >= maxBytes) break // Leaving the loop closes the connection.
    }
  } catch {
    response.destroy()
  }
  return Buffer.concat(pieces).subarray(0, maxBytes)
}

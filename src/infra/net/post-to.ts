import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP } from 'node:net'
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
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const where = { host: address, port: portOf(url), path: `${url.pathname}${url.search}`, method: 'POST', agent: false, signal } as const
  const all = { ...headers, host: url.host, 'content-length': String(Buffer.byteLength(body)) }
  const ca = roots === undefined ? {} : { ca: [...roots] }
  let wasConnected = false
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      // RFC 6066 §3: an address is no server name; the certificate must hold the address itself then.
      const asked = isSecure ? requestSecure({ ...where, headers: all, servername: isIP(host) === 0 ? host : '', minVersion: 'TLSv1.2', ...ca }) : requestPlain({ ...where, headers: all })
      asked.once('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', () => (wasConnected = true)))
      asked.on('response', resolve).on('error', reject).end(body)
    })
    const { statusCode = 0, headers: told } = response
    return { kind: 'answered', status: statusCode, retryAfter: told['retry-after'] ?? null, bytes: await firstOf(response, maxBytes) }
  } catch (error) {
    // Refused, reset, timed out, not trusted: the network's matters all of them.
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error), wasConnected, untrusted: isUntrusted(error) }
  }
}

/** A URL does not say the usual port of its scheme. */
function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
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

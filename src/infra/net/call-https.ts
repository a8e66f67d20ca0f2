import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:https'

/** A request to a server that the operator has chosen. */
export interface HttpsCall {
  readonly method: 'GET' | 'HEAD' | 'POST'
  /** `https` only. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots: readonly string[] | null
  readonly maxBytes: number
  readonly withinMs: number
}

/** What came of it. `failed`: there is no answer, or it is too large. */
export type HttpsAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly headers: IncomingHttpHeaders; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly why: string }

/** Asks a server over HTTPS, on a connection of its own. Redirects are not followed. Never rejects for what a network does. */
export async function callHttps(call: HttpsCall, signal: AbortSignal): Promise<HttpsAnswer> {
  if (!call.url.startsWith('https://')) return { kind: 'failed', why: 'it is no https address' }
  const within = AbortSignal.any([signal, AbortSignal.timeout(call.withinMs)])
  try {
    const response = await ask(call, within)
    return await readAll(response, call.maxBytes)
  } catch (error) {
    // Unresolved, refused, reset, timed out, not trusted: the network's matters all of them.
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
}

async function ask({ method, url, headers = {}, body, roots }: HttpsCall, signal: AbortSignal): Promise<IncomingMessage> {
  const ca = roots === null ? {} : { ca: [...roots] }
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return await new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { ...headers, ...length }, agent: false, minVersion: 'TLSv1.2', signal, ...ca })
    asked.on('response', resolve).on('error', reject).end(body)
  })
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<HttpsAnswer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    size += piece.length
    if (size > maxBytes) return { kind: 'failed', why: `it sent more than ${maxBytes} octets` } // Leaving the loop closes the connection.
    pieces.push(piece)
  }
  return { kind: 'answered', status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(pieces) }
}

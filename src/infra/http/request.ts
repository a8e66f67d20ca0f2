import type { IncomingMessage } from 'node:http'
import { MAX_DISCARDED_BYTES } from './limits.ts'

/** A request, as a handler sees it. */
export interface HttpRequest {
  readonly method: string
  /** Decoded by nobody: it is matched as it came. */
  readonly path: string
  readonly query: URLSearchParams
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Of the client: behind a proxy of ours, as that says it. */
  readonly address: string
  /** True on a TLS listener. */
  readonly secure: boolean
  /** The body, at most 1 MiB or `maxBytes`, or null when it is larger: answer 413 then. Rejects with `ClientLeft` when the client leaves. */
  body(maxBytes?: number): Promise<Uint8Array | null>
}

/** A client went before its body had come: no fault of ours, and nobody hears the answer. */
export class ClientLeft extends Error {
  override readonly name = 'ClientLeft'

  constructor() {
    super('the client has left')
  }
}

/** What a handler answers. Text is sent as UTF-8. */
export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** What is asked for, and of which host. RFC 9112 §3.2.2: the absolute form, as for a proxy, is taken, and its host is the one that counts. */
export function targetOf({ url = '', headers }: IncomingMessage): { readonly host: string; readonly url: string } {
  const [, host, rest = ''] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
  if (host === undefined) return { host: headers.host ?? '', url }
  return { host, url: rest.startsWith('/') ? rest : `/${rest}` }
}

/** How many Host fields a request has. */
export function hostsOf({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.length === 4 && name.toLowerCase() === 'host').length
}

/** Octets of the body, as the client declared them; 0 for one that comes in chunks. */
export function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

/** The body, or null for what is too large; where that is not declared, it is read to its end and dropped, up to a limit. Rejects with `ClientLeft`. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | null>()
  if (declaredBytes(request) > maxBytes) return Promise.resolve(null)
  const left = (): void => reject(new ClientLeft())
  if (request.destroyed) left()
  const chunks: Uint8Array[] = []
  let size = 0
  // Events, not `for await`: an iterator over a stream costs more than reading a short body.
  request.on('data', (chunk: Uint8Array) => {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
    else chunks.length = 0
    if (size <= MAX_DISCARDED_BYTES) return
    resolve(null)
    request.destroy()
  })
  request.once('close', left)
  request.once('end', () => {
    request.off('close', left)
    resolve(size > maxBytes ? null : Buffer.concat(chunks))
  })
  return promise
}

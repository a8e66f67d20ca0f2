import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP } from 'node:net'

/** A request to a server that a stranger has named. */
export interface RequestAt {
  readonly method: 'GET' | 'POST'
  /** `https`, or `http` where the caller allows it. Its host names the server in the certificate and in the request. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Null for none. */
  readonly body: string | Uint8Array | null
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
  /** Told when there is a connection: from then on something may have been sent. */
  readonly connected: () => void
}

/** Asks on a connection of its own to exactly this address, whatever DNS says of the name. Redirects are not followed. Rejects for what a network does. */
export async function requestAt(address: string, { method, url, headers, body, roots, connected }: RequestAt, signal: AbortSignal): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const where = { host: address, port: portOf(url), path: `${url.pathname}${url.search}`, method, agent: false, signal } as const
  const all = { ...headers, host: url.host, ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }
  const ca = roots === undefined ? {} : { ca: [...roots] }
  return await new Promise<IncomingMessage>((resolve, reject) => {
    // RFC 6066 §3: an address is no server name; the certificate must hold the address itself then.
    const asked = isSecure ? requestSecure({ ...where, headers: all, servername: isIP(host) === 0 ? host : '', minVersion: 'TLSv1.2', ...ca }) : requestPlain({ ...where, headers: all })
    asked.once('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', connected))
    asked.on('response', resolve).on('error', reject)
    if (body === null) asked.end()
    else asked.end(body)
  })
}

/** A URL does not say the usual port of its scheme. */
function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

import { type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isUntrusted } from './untrusted.ts'

/** What to fetch, and how. */
export interface FetchOptions {
  readonly host: string
  readonly path: string
  /** 443, except in tests. */
  readonly port: number
  /** The addresses of `host` that may be connected to: whoever gives them has left out those that strangers must not make us visit. */
  readonly addresses: readonly string[]
  /** Roots to trust instead of the usual ones, PEM. */
  readonly roots?: readonly string[]
  /** What it must call itself, and is asked for; `text/plain` unless said. */
  readonly type?: string
  readonly maxBytes: number
  readonly withinMs: number
}

/** What came of it. */
export type FetchedText = { readonly kind: 'fetched'; readonly bytes: Uint8Array } | FetchFailed

/** Why there is no text. */
export interface FetchFailed {
  readonly kind: 'failed'
  readonly why: string
  /** The certificate would not do. */
  readonly untrusted: boolean
  /** What a server that is trusted answered; null when nothing came so far. */
  readonly status: number | null
  /** Where it sends us on to; not there when it does not. */
  readonly location?: string
}

/** Of its time, what each address but the last may take at most: one that is silent leaves some to the others. */
const SHARE_OF_AN_ADDRESS = 1 / 4

/**
 * Fetches a small plain text over HTTPS, from a server whose certificate names `host`. RFC 8461 §3.3: only 200 counts, and redirects are
 * not followed. Address after address until one answers. Never rejects for what a network does.
 */
export async function fetchText(options: FetchOptions, signal: AbortSignal): Promise<FetchedText> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(options.withinMs)])
  let last: FetchedText = { kind: 'failed', why: 'it has no address that may be connected to', untrusted: false, status: null }
  for (const [at, address] of options.addresses.entries()) {
    if (within.aborted) break
    const isLast = at === options.addresses.length - 1
    last = await fetchFrom(address, options, isLast ? within : AbortSignal.any([within, AbortSignal.timeout(options.withinMs * SHARE_OF_AN_ADDRESS)]))
    if (last.kind === 'fetched' || last.status !== null) return last // Who is trusted and has answered speaks for the host.
  }
  return last
}

async function fetchFrom(address: string, { host, path, port, roots, type = 'text/plain', maxBytes }: FetchOptions, signal: AbortSignal): Promise<FetchedText> {
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const ca = roots === undefined ? {} : { ca: [...roots] }
      const asked = request({ host: address, port, path, servername: host, headers: { host, accept: type }, agent: false, minVersion: 'TLSv1.2', signal, ...ca })
      asked.on('response', resolve).on('error', reject).end()
    })
    const fault = faultOf(response, type)
    if (fault === null) return await readAll(response, maxBytes)
    response.destroy()
    const { statusCode: status = null, headers: { location } } = response
    return { kind: 'failed', why: fault, untrusted: false, status, ...(location === undefined ? {} : { location }) }
  } catch (error) {
    // Refused, reset, timed out, not trusted: the network's matters all of them.
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error), untrusted: isUntrusted(error), status: null }
  }
}

function faultOf({ statusCode, headers }: IncomingMessage, wanted: string): string | null {
  if (statusCode !== 200) return `it answered ${statusCode ?? 'nothing'}`
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  return type === wanted ? null : `it sent ${type ?? 'something unnamed'}, not ${wanted}`
}

async function readAll(response: IncomingMessage, maxBytes: number): Promise<FetchedText> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    size += piece.length
    if (size > maxBytes) return { kind: 'failed', why: `it sent more than ${maxBytes} octets`, untrusted: false, status: 200 } // Leaving the loop closes the connection.
    pieces.push(piece)
  }
  return { kind: 'fetched', bytes: Buffer.concat(pieces) }
}

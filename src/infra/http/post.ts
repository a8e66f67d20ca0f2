import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** What to post, and where. Plain HTTP, to a program on this machine or beside it. */
export interface PostOptions {
  readonly to: { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: AsyncIterable<Uint8Array>
  /** Longer answers fail. */
  readonly maxBytes: number
  readonly connectMs: number
}

/** What came of it. */
export type Posted = { readonly kind: 'answered'; readonly bytes: Uint8Array } | { readonly kind: 'failed'; readonly why: string }

/** Posts a stream over HTTP/1.1 and reads the answer. Only 200 counts; redirects are not followed. Never rejects for what the server does; what `body` throws is thrown. */
export async function post(options: PostOptions, signal: AbortSignal): Promise<Posted> {
  const { to, path, headers, body, connectMs } = options
  const where = to.kind === 'unix' ? { socketPath: to.path } : { host: to.host, port: to.port }
  const asked = request({ ...where, path, method: 'POST', headers: { ...headers }, agent: false, signal })
  asked.setTimeout(connectMs)
  asked.once('timeout', () => {
    if (asked.socket?.connecting !== false) asked.destroy(new Error('no connection in time'))
  })
  // Remembered: was it the body that failed, and not the server?
  let fault: { readonly error: unknown } | null = null
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* body
    } catch (error) {
      fault = { error }
      throw error
    }
  }
  try {
    const answer = new Promise<IncomingMessage>((resolve, reject) => asked.once('response', resolve).once('error', reject))
    const sent = pipeline(Readable.from(source()), asked)
    // Both are heard to their end: a server may answer before it has all, and then hang up.
    const [response] = await Promise.all([answer, sent.catch((error: unknown) => answer.catch(() => Promise.reject(error)))])
    return await read(response, options.maxBytes)
  } catch (error) {
    if (fault !== null) throw (fault as { readonly error: unknown }).error
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
  } finally {
    asked.destroy()
  }
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Posted> {
  if (response.statusCode !== 200) return { kind: 'failed', why: `it answered ${response.statusCode ?? 'nothing'}` }
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Uint8Array>) {
    size += part.length
    if (size > maxBytes) return { kind: 'failed', why: `it sent more than ${maxBytes} octets` }
    parts.push(part)
  }
  return { kind: 'answered', bytes: Buffer.concat(parts) }
}

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call that came to a test's endpoint. */
export interface Hooked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The body, read. */
  readonly told: { readonly type: string; readonly sequence: number; readonly created_at: string; readonly data: Readonly<Record<string, unknown>> }
}

/** What an endpoint answers: a status, or nothing ever. */
export type HookAnswer = number | 'silence' | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }

/** A program on 127.0.0.1 that is told of events. */
export interface HookServer extends AsyncDisposable {
  readonly port: number
  readonly calls: readonly Hooked[]
  /** Its address, with a path. */
  url(path: string): string
  /** Calls to a path. */
  at(path: string): readonly Hooked[]
}

/** Starts one; `answer` says what each call gets. */
export async function startHooks(answer: (call: Hooked, earlier: number) => HookAnswer = () => 200): Promise<HookServer> {
  const calls: Hooked[] = []
  const server = createServer((request, response) => {
    const pieces: Uint8Array[] = []
    request.on('data', (piece: Uint8Array) => pieces.push(piece)).on('end', () => {
      const body = Buffer.concat(pieces).toString()
      const call: Hooked = { path: request.url ?? '', headers: request.headers, body, told: JSON.parse(body) as Hooked['told'] }
      const said = answer(call, calls.filter(({ path }) => path === call.path).length)
      calls.push(call)
      if (said === 'silence') return
      const { status, headers = {}, body: text = 'ok' } = typeof said === 'number' ? { status: said } : said
      response.writeHead(status, headers).end(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    calls,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    at: (path) => calls.filter((call) => call.path === path),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

import type { Demo } from './server.ts'

/** What the API answered. */
export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** What is asked of the API. `json` and `body` make it a POST unless `method` says otherwise. */
export interface ApiAsk {
  /** Null: none is shown. */
  readonly key?: string | null
  readonly method?: string
  readonly json?: unknown
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

/** The newest key that a demo has printed. */
export function demoKey(demo: Demo): string {
  const key = [...demo.output().matchAll(/^API key +(sk_test_\w+)$/gm)].at(-1)?.[1]
  if (key === undefined) throw new Error(`no key in ${demo.output()}`)
  return key
}

/** Asks the API of a demo, with its own key unless told otherwise. */
export async function askApi(demo: Demo, path: string, { key = demoKey(demo), json, body = json === undefined ? undefined : JSON.stringify(json), method = body === undefined ? 'GET' : 'POST', headers }: ApiAsk = {}): Promise<ApiAnswer> {
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}${path}`, {
    method,
    headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

/** Makes a key of the demo's organization. */
export async function makeApiKey(demo: Demo, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await demo.cli(['key', 'create', 'test', '--json', ...args])
  if (code !== 0) throw new Error(stderr)
  return (JSON.parse(stdout) as { readonly key: string }).key
}

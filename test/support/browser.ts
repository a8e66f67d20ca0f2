import type { ApiAnswer } from './api.ts'
import type { Demo } from './server.ts'

/** What a page asks. */
export interface BrowserAsk {
  readonly method?: string
  readonly json?: unknown
  /** Other headers; '' takes one away. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A browser with a page of a demo: it keeps the cookie, and sends the token and the origin that pages send. */
export class Browser {
  readonly #demo: Demo
  readonly origin: string
  cookie = ''
  csrf = ''

  constructor(demo: Demo) {
    this.#demo = demo
    this.origin = `http://localhost:${demo.ports.http}`
  }

  /** Asks `/v1`; with `json` it is a POST unless `method` says otherwise. */
  async ask(path: string, { json, method = json === undefined ? 'GET' : 'POST', headers = {} }: BrowserAsk = {}): Promise<ApiAnswer> {
    const all = { origin: this.origin, cookie: this.cookie, 'x-csrf-token': this.csrf, ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers }
    const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
    const response = await fetch(`http://127.0.0.1:${this.#demo.ports.http}${path}`, { method, headers: sent, redirect: 'manual', ...(json === undefined ? {} : { body: JSON.stringify(json) }) })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) this.cookie = set.includes('Max-Age=0') ? '' : (set.split(';')[0] ?? '')
    const text = await response.text()
    const body = /json/.test(response.headers.get('content-type') ?? '') ? (JSON.parse(text) as Record<string, unknown>) : { text }
    if (typeof body['csrf_token'] === 'string') this.csrf = body['csrf_token']
    return { status: response.status, headers: response.headers, body }
  }

  /** Logs in by password. */
  async logIn(address: string, password: string): Promise<ApiAnswer> {
    return await this.ask('/v1/session', { json: { address, password } })
  }
}

/** What is wrong with one field of a request. */
export interface FieldFault {
  /** Where: `selection.domain`, `limit`. */
  readonly field: string
  readonly code: string
  readonly message: string
}

/** Why a request was not done. RFC 9457. Thrown by handlers; whatever else they throw is a bug of ours. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  /** For programs, stable: `missing_api_key`. */
  readonly code: string
  readonly errors: readonly FieldFault[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, detail: string, more: { readonly errors?: readonly FieldFault[]; readonly headers?: Readonly<Record<string, string>> } = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.errors = more.errors ?? []
    this.headers = more.headers ?? {}
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Content too large',
  415: 'Unsupported media type',
  422: 'Unprocessable content',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
}

/** A problem as the framework answers it. */
export function problemResponse(problem: Problem, requestId: string): Response {
  const { status, headers, body } = problemAnswer(problem, requestId)
  return new Response(body, { status, headers })
}

/** Where codes of problems are explained, on this server. */
const EXPLAINED = '/v1/docs#fault-'

/** Seconds after which to come back, where a problem says no others. */
const COME_BACK: Readonly<Record<number, string>> = { 429: '60', 503: '5' }

/** A problem as it is answered. `name`, `statusCode` and `message` say the same again, where other services' clients look for it. */
export function problemAnswer({ status, code, message, errors, headers }: Problem, requestId: string) {
  const title = TITLES[status] ?? 'Error'
  const body = { type: 'about:blank', title, status, code, detail: message, errors, doc_url: EXPLAINED + code, request_id: requestId, name: code, statusCode: status, message }
  const later = COME_BACK[status]
  return { status, headers: { ...(later === undefined ? {} : { 'retry-after': later }), ...headers, 'content-type': 'application/problem+json', 'request-id': requestId }, body: JSON.stringify(body) }
}

/** What of an OpenAPI document is added to here. */
export interface Described {
  readonly paths?: object
  readonly components?: object
}

type Fields = Readonly<Record<string, unknown>>

const TEXT = { type: 'string' } as const

/** What every route may answer beside what it says itself. RFC 9457. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'errors', 'doc_url', 'request_id', 'name', 'statusCode', 'message'],
  properties: {
    type: { ...TEXT, description: '`about:blank`: `code` says which.' },
    title: TEXT,
    status: { type: 'integer' },
    code: { ...TEXT, description: 'For programs, and stable.', example: 'validation_error' },
    detail: { ...TEXT, description: 'For people.' },
    errors: { type: 'array', items: { type: 'object', required: ['field', 'code', 'message'], properties: { field: TEXT, code: TEXT, message: TEXT } } },
    doc_url: { ...TEXT, description: 'Where codes are explained.' },
    request_id: TEXT,
    name: { ...TEXT, description: 'The same as `code`, where clients of other services look for it.' },
    statusCode: { type: 'integer', description: 'The same as `status`.' },
    message: { ...TEXT, description: 'The same as `detail`.' },
  },
} as const

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } as const

const told = (description: string): Fields => ({ schema: TEXT, description })

/** What may be answered to whoever asks too often, on every route. */
const TOO_MANY = {
  description: 'Too many requests, or more than a plan or a cap allows',
  headers: { 'Retry-After': told('Seconds after which to come back.'), 'RateLimit-Limit': told('How many the nearest limit allows.'), 'RateLimit-Remaining': told('How many of them are left.'), 'RateLimit-Reset': told('Seconds until all of them are there again.') },
  content: PROBLEM_CONTENT,
} as const

const header = (name: string, description: string): Fields => ({ name, in: 'header', required: false, schema: TEXT, description })
const IF_MATCH = header('If-Match', 'The ETag that a GET of this path told: the change is made only when nobody has changed it since.')
const IF_NONE_MATCH = header('If-None-Match', 'ETags that are known already: then the answer is 304.')
const IDEMPOTENCY_KEY = header('Idempotency-Key', 'A request that comes again with the same key within 24 hours is done once, and gets the same answer.')
const EXPAND = { name: 'expand', in: 'query', required: false, schema: TEXT, description: 'Names of routes below this one, with commas between: what they answer comes along.' } as const

/** The document with what holds for every route alike and no route says: problems, ETags, conditions, what is done once. */
export function described<T extends Described>(document: T): T {
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => [path, operationsOf(path, methods as Readonly<Record<string, Fields>>)] as const)
  const components = (document.components ?? {}) as Readonly<Record<string, Fields | undefined>>
  return inWords({ ...document, paths: Object.fromEntries(paths), components: { ...components, schemas: { ...components['schemas'], Problem: PROBLEM } } }) as T
}

/** The document with patterns that every language reads. Our own value, and not deep. */
function inWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inWords)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, each]) => {
    if (name !== 'pattern' || typeof each !== 'string') return [[name, inWords(each)]]
    const pattern = portable(each)
    return pattern === null ? [] : [[name, pattern]]
  }))
}

const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f`

/** A pattern without flags, which JSON Schema has none of (2020-12 §6.4) and the generator writes behind it, and without properties of Unicode, which few languages know; null when it cannot do without. */
function portable(pattern: string): string | null {
  const plain = pattern.replace(/\/u$/, '').replaceAll(String.raw`\P{Cc}`, `[^${CONTROLS}]`).replaceAll(String.raw`\p{Cc}`, CONTROLS)
  return /\\p\{/i.test(plain) ? null : plain
}

function operationsOf(path: string, methods: Readonly<Record<string, Fields>>): Fields {
  const isThing = path.includes('{') && isJson(methods['get'])
  return Object.fromEntries(Object.entries(methods).map(([method, about]) => {
    const added = addedOf(method, about, isThing)
    const responses = { ...fieldsOf(about['responses']), ...conditionsOf(method, about, isThing), 429: TOO_MANY, default: { description: 'A problem', content: PROBLEM_CONTENT } }
    return [method, { operationId: operationId(method, path), tags: [path.split('/')[2] ?? ''], ...about, ...(added.length === 0 ? {} : { parameters: [...parametersOf(about), ...added] }), responses }]
  }))
}

/** What generated clients call it: `getWebhooksByIdDeliveries`. */
function operationId(method: string, path: string): string {
  const words = path.split('/').slice(2).map((segment) => segment.replace(/^\{(.*)\}$/, 'by_$1'))
  return [method, ...words].join('_').replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function addedOf(method: string, about: Fields, isThing: boolean): readonly Fields[] {
  if (method === 'get') return isThing ? [IF_NONE_MATCH, EXPAND] : []
  if (method !== 'post') return isThing ? [IF_MATCH] : []
  const isOpen = Array.isArray(about['security']) && about['security'].length === 0
  return isOpen || parametersOf(about).some(({ name }) => name === 'idempotency-key') ? [] : [IDEMPOTENCY_KEY]
}

function conditionsOf(method: string, about: Fields, isThing: boolean): Fields {
  if (!isThing || method === 'post') return {}
  if (method !== 'get') return { 412: { description: 'It has changed since: `errors` names the fields', content: PROBLEM_CONTENT } }
  const shown = fieldsOf(fieldsOf(about['responses'])['200'])
  return { 200: { ...shown, headers: { ...fieldsOf(shown['headers']), ETag: { schema: TEXT, description: 'Strong: another one whenever anything of it changes.' } } }, 304: { description: 'It is as it was' } }
}

function isJson(get: Fields | undefined): boolean {
  return 'application/json' in fieldsOf(fieldsOf(fieldsOf(get?.['responses'])['200'])['content'])
}

function parametersOf(about: Fields): readonly Fields[] {
  return Array.isArray(about['parameters']) ? about['parameters'].map(fieldsOf) : []
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

import type { ApiHouse, Asked } from './api-house.ts'
import { PASSWORD } from './house.ts'

/** A JSON schema, as far as the API uses it. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly additionalProperties?: boolean | Schema
  readonly example?: unknown
  readonly format?: string
  readonly minimum?: number
  readonly minItems?: number
  readonly pattern?: string
  readonly $ref?: string
}

/** A route of the OpenAPI document. */
export interface Route {
  /** `post /v1/webhooks/{id}/rotate`. */
  readonly name: string
  readonly method: string
  readonly path: string
  readonly params: readonly string[]
  /** Of its JSON body; null when it takes none. */
  readonly body: Schema | null
  /** `nobody`: it needs no caller. `person`: it belongs to who has logged in. */
  readonly by: 'key' | 'person' | 'nobody'
}

interface Operation {
  /** Missing: as everywhere, by a key. */
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
}

/** Every route that the API describes. */
export async function describedRoutes(house: ApiHouse): Promise<readonly Route[]> {
  const { body } = await house.ask('', '/v1/openapi.json')
  const schemas = (body['components'] as { readonly schemas: Readonly<Record<string, Schema>> }).schemas
  const paths = Object.entries(body['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>)
  return paths.flatMap(([path, methods]) => Object.entries(methods).map(([method, { security, requestBody }]) => {
    const given = requestBody?.content['application/json']?.schema ?? null
    return { name: `${method} ${path}`, method: method.toUpperCase(), path, params: [...path.matchAll(/\{(\w+)\}/g)].map(([, param]) => String(param)), body: given === null ? null : resolved(given, schemas), by: callerOf(security) }
  }))
}

function callerOf(security: Operation['security']): Route['by'] {
  if (security === undefined) return 'key'
  return security.length === 0 ? 'nobody' : 'person'
}

/** A schema with what it refers to in place. */
function resolved(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  if (schema.$ref !== undefined) return resolved(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas)
  const all = <T extends readonly Schema[] | undefined>(list: T) => (list === undefined ? {} : list.map((each) => resolved(each, schemas)))
  return {
    ...schema,
    ...(schema.properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, resolved(each, schemas)])) }),
    ...(schema.items === undefined ? {} : { items: resolved(schema.items, schemas) }),
    ...(schema.anyOf === undefined ? {} : { anyOf: all(schema.anyOf) as readonly Schema[] }),
    ...(schema.oneOf === undefined ? {} : { oneOf: all(schema.oneOf) as readonly Schema[] }),
  }
}

/** A name that an entry of every map may have: of header fields, and of languages. */
export const ANY = 'en'

/** Places of strings in a body of that schema: `to.0`, `headers.en`. A map of strings has the place of one entry. */
export function stringPlaces(schema: Schema, place: readonly string[] = []): readonly (readonly string[])[] {
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return variants.flatMap((each) => stringPlaces(each, place))
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== 'null') : schema.type
  if (type === 'string') return [place]
  if (type === 'array' && schema.items !== undefined) return stringPlaces(schema.items, [...place, '0'])
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, each]) => stringPlaces(each, [...place, name]))
  return typeof schema.additionalProperties === 'object' ? [...own, ...stringPlaces(schema.additionalProperties, [...place, ANY])] : own
}

/** A body with another value at a place. What leads there is made, with all that it cannot do without. */
export function withValue(schema: Schema, body: unknown, place: readonly string[], value: unknown): unknown {
  const [first, ...rest] = place
  if (first === undefined) return value
  const variant = variantWith(schema, place)
  if (first === '0') return [withValue(variant.items ?? {}, Array.isArray(body) ? body[0] : undefined, rest, value)]
  const there = isRecord(body) && (body['kind'] === undefined || variant === schema) ? body : (sample(variant) as Readonly<Record<string, unknown>>)
  const below = variant.properties?.[first] ?? (typeof variant.additionalProperties === 'object' ? variant.additionalProperties : {})
  return { ...there, [first]: withValue(below, there[first], rest, value) }
}

/** Of alternatives the one that has that place. */
function variantWith(schema: Schema, place: readonly string[]): Schema {
  const variants = schema.anyOf ?? schema.oneOf ?? []
  return variants.find((each) => stringPlaces(each).some((found) => found.join('.') === place.join('.'))) ?? schema
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Something that a schema takes: of an object what it cannot do without. */
export function sample(schema: Schema): unknown {
  const variant = (schema.anyOf ?? schema.oneOf)?.[0]
  if (variant !== undefined) return sample(variant)
  if (schema.enum !== undefined) return schema.enum[0]
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'string':
      return schema.format === 'date-time' ? '2099-01-01T00:00:00Z' : (schema.example ?? 'x'.repeat(8))
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sample(schema.items ?? {}))
    default:
      return Object.fromEntries((schema.required ?? []).map((name) => [name, sample(schema.properties?.[name] ?? {})]))
  }
}

/** Makes things for calls: new ones for each, because one may remove what it is given, or the same ones for all that change nothing. */
export class Things {
  readonly #house: ApiHouse
  readonly #key: string
  readonly #person: string
  readonly #kept: Map<string, string> | null
  #made = 0

  /** `key` may do everything in the organization of `person`, and what operators may; the person logs in under this address. */
  constructor(house: ApiHouse, key: string, person: string, how: 'new' | 'kept' = 'new') {
    this.#house = house
    this.#key = key
    this.#person = person
    this.#kept = how === 'kept' ? new Map() : null
  }

  /** A number that nobody else has. */
  next(): number {
    this.#made += 1
    return this.#made
  }

  async #post(path: string, json: unknown, method = 'POST'): Promise<Record<string, unknown>> {
    const { status, body } = await this.#house.ask(this.#key, path, { json, method })
    if (status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(body)}`)
    return body
  }

  async #id(path: string, json: unknown): Promise<string> {
    return String((await this.#post(path, json))['id'])
  }

  /** Does what must have happened before a route can do anything. */
  async prepare({ name }: Route, params: Readonly<Record<string, string>>): Promise<void> {
    await PREPARED[name]?.((path, json, method) => this.#post(path, json, method), params)
  }

  /** A value for a parameter of a path, by the collection that it stands behind. */
  async param(route: Route, param: string, before: Readonly<Record<string, string>>): Promise<string> {
    const [, collection = ''] = new RegExp(`/([^/{}]+)/\\{${param}\\}`).exec(route.path) ?? []
    const make = MAKERS[`${collection}/${param}`]
    if (make === undefined) throw new Error(`test/support/route-cases.ts does not know how to make {${param}} of ${route.name}`)
    const place = `${collection}/${param} ${Object.values(before).join(' ')}`
    const kept = this.#kept?.get(place)
    if (kept !== undefined) return kept
    const made = await make({ next: () => this.next(), id: (path, json) => this.#id(path, json), post: (path, json, method) => this.#post(path, json, method), house: this.#house, person: this.#person, before })
    this.#kept?.set(place, made)
    return made
  }
}

/** What must have happened before a route can do anything. */
const PREPARED: Readonly<Record<string, (post: Maker['post'], params: Readonly<Record<string, string>>) => Promise<unknown>>> = {
  'post /v1/accounts/{id}/release': (post, { id }) => post(`/v1/accounts/${id}/contain`, {}),
  'delete /v1/filter_scores': (post) => post('/v1/filter_scores?domain=home.example', { reject: 12 }, 'PUT'),
  'delete /v1/filter/{list}': (post) => post('/v1/filter/allow?domain=home.example', { kind: 'from', value: 'penipu@far.example' }),
}

interface Maker {
  readonly next: () => number
  readonly id: (path: string, json: unknown) => Promise<string>
  readonly post: (path: string, json: unknown, method?: string) => Promise<Record<string, unknown>>
  readonly house: ApiHouse
  readonly person: string
  /** The values of the parameters to the left. */
  readonly before: Readonly<Record<string, string>>
}

/** A message to somebody elsewhere. */
export const MAIL = { from: 'ani@home.example', to: 'cici@far.example', subject: 'Halo', text: 'Halo' }

/** How to make what stands in a path. */
const MAKERS: Readonly<Record<string, (maker: Maker) => Promise<string>>> = {
  'api_keys/id': ({ id }) => id('/v1/api_keys', { name: 'x' }),
  'smtp_credentials/id': ({ id }) => id('/v1/smtp_credentials', { username: 'budi@home.example', name: 'x' }),
  'accounts/id': async (maker) => await account(maker),
  'credentials/credential': ({ id, before }) => id(`/v1/accounts/${before['id']}/credentials`, {}),
  'mailboxes/mailbox': ({ id, before, next }) => id(`/v1/accounts/${before['id']}/mailboxes`, { name: `Kotak${next()}` }),
  'queue/operation': async () => 'hold',
  'queue/id': async ({ post }) => ((await post('/v1/emails', MAIL))['recipients'] as readonly { readonly id: string }[])[0]?.id ?? '',
  'streams/id': async ({ post, next }) => {
    const name = `broadcast.s${next()}`
    await post(`/v1/streams/${name}`, { title: { en: 'News' } }, 'PUT')
    return name
  },
  'domains/id': async ({ post, next }) => String((await post('/v1/domains', { name: `d${next()}.home.example` }))['id']),
  'reports/report': async () => 'r-none',
  'aliases/address': async ({ post, next }) => {
    const address = `alias${next()}@home.example`
    await post('/v1/aliases', { address, targets: ['ani@home.example'] })
    return address
  },
  'organizations/id': ({ id, next }) => id('/v1/organizations', { name: `Organisasi ${next()}` }),
  'sources/name': (maker) => source(maker),
  'sources/source': (maker) => source(maker),
  'pools/name': async ({ post, next }) => {
    const name = `kolam-${next()}`
    await post(`/v1/pools/${name}`, {}, 'PUT')
    return name
  },
  'lanes/domain': async () => 'far.example',
  'suspensions/id': async ({ post }) => String((await post('/v1/lanes/far.example/suspend', {}))['id']),
  'transports/pattern': async ({ post, next }) => {
    const pattern = `t${next()}.example`
    await post(`/v1/transports/${pattern}`, { kind: 'relay', hosts: [{ host: 'mx.t.example', port: 25 }] }, 'PUT')
    return pattern
  },
  'consents/id': ({ id, next }) => id('/v1/consents', { email: `setuju${next()}@far.example`, source: 'https://toko.example/daftar', wording: 'Kirimi saya kabar' }),
  'audit_log/id': async ({ post, next }) => {
    await post('/v1/suppressions', { email: `catat${next()}@far.example` })
    return ((await post('/v1/audit_log?limit=1', undefined, 'GET'))['data'] as readonly { readonly id: string }[])[0]?.id ?? ''
  },
  'relay_domains/name': async ({ post, next }) => {
    const name = `relay${next()}.example`
    await post(`/v1/relay_domains/${name}`, { recipients: 'list' }, 'PUT')
    return name
  },
  'invitations/id': ({ id, next }) => id('/v1/invitations', { email: `undang${next()}@far.example` }),
  'filter/list': async () => 'allow',
  'certificates/name': async () => 'none.example',
  'routes/id': ({ id, next }) => id('/v1/routes', { address: `jalan${next()}@home.example`, targets: ['budi@home.example'] }),
  'attachments/number': async () => '1',
  'attachments/attachment': async () => '1',
  'webhooks/id': ({ id }) => id('/v1/webhooks', { url: 'http://127.0.0.1:1999/' }),
  'deliveries/delivery': async ({ id, before }) => id(`/v1/webhooks/${before['id']}/test`, {}),
  'suppressions/email': async ({ post, next }) => {
    const email = `tolak${next()}@far.example`
    await post('/v1/suppressions', { email })
    return email
  },
  'templates/id': ({ id, next }) => id('/v1/templates', { name: `surat ${next()}`, subject: 'Halo', html: '<p>Halo</p>' }),
  'emails/id': ({ id }) => id('/v1/emails', { ...MAIL, attachments: [{ filename: 'a.txt', content: 'aXNp' }], scheduled_at: new Date(Date.now() + 3_600_000).toISOString() }),
  'sessions/id': async ({ person, house }) => String((((await house.ask('', '/v1/sessions', { headers: await house.logIn(person) })).body['data']) as readonly { readonly id: string; readonly current: boolean }[]).find(({ current }) => current)?.id),
  'passkeys/id': async () => 'p-none',
  'passkeys/passkey': async () => 'p-none',
  'identities/identity': async () => 'i-none',
  'identities/id': async () => 'i-none',
  'identities/provider': async () => 'none',
  'oidc/provider': async () => 'none',
  'erasures/id': ({ id }) => id('/v1/subjects/erase', { email: 'subjek@far.example' }),
  'app_passwords/id': async ({ person, house }) => String((await house.ask('', '/v1/app_passwords', { json: { password: PASSWORD, name: 'Ponsel' }, headers: await house.logIn(person) })).body['id']),
}

async function account({ id, next }: Maker): Promise<string> {
  return await id('/v1/accounts', { address: `orang${next()}@home.example`, password: 'kata-sandi-1' })
}

async function source({ post, next }: Maker): Promise<string> {
  const number = next()
  await post('/v1/sources', { name: `sumber-${number}`, address: `192.0.2.${number % 250}` })
  return `sumber-${number}`
}

/** Bodies that are right, of routes that need one; `n` is a number that nobody else has. */
const BODIES: Readonly<Record<string, (n: number) => unknown>> = {
  'post /v1/api_keys': () => ({ name: 'x' }),
  'patch /v1/api_keys/{id}': () => ({ name: 'Lain' }),
  'post /v1/smtp_credentials': () => ({ username: 'budi@home.example', name: 'x' }),
  'post /v1/accounts': (n) => ({ address: `baru${n}@home.example`, password: 'kata-sandi-1' }),
  'patch /v1/accounts/{id}': () => ({ name: 'Ani' }),
  'put /v1/accounts/{id}/roles': () => ({ role: 'analyst' }),
  'put /v1/accounts/{id}/password': () => ({ password: 'kata-sandi-2' }),
  'post /v1/accounts/{id}/mailboxes': (n) => ({ name: `Arsip${n}` }),
  'patch /v1/accounts/{id}/mailboxes/{mailbox}': (n) => ({ name: `Lain${n}` }),
  'put /v1/accounts/{id}/bulk': () => ({ allowed: true }),
  'post /v1/queue/{operation}': () => ({ domain: 'far.example' }),
  'put /v1/streams/{id}': (n) => ({ title: { en: `News ${n}`, id: 'Kabar' } }),
  'post /v1/streams/{id}/resume': () => ({ cause: 'sudah diperbaiki' }),
  'post /v1/domains': (n) => ({ name: `baru${n}.home.example` }),
  'patch /v1/domains/{id}': () => ({ mta_sts: 'testing' }),
  'post /v1/aliases': (n) => ({ address: `lain${n}@home.example`, targets: ['ani@home.example'] }),
  'patch /v1/aliases/{address}': () => ({ targets: ['budi@home.example'] }),
  'post /v1/organizations': (n) => ({ name: `Baru ${n}` }),
  'patch /v1/organizations/{id}/retention': () => ({ events: 100 }),
  'patch /v1/retention': () => ({ events: 30 }),
  'patch /v1/organizations/{id}/plan': () => ({ limits: { messages_per_day: 100 } }),
  'patch /v1/organizations/{id}': (n) => ({ name: `Lain ${n}` }),
  'post /v1/sources': (n) => ({ name: `baru-${n}`, address: `198.51.100.${n % 250}` }),
  'patch /v1/sources/{name}': () => ({ weight: 2 }),
  'put /v1/pools/{name}': () => ({ overflow_mode: 'defer' }),
  'put /v1/transports/{pattern}': () => ({ kind: 'relay', hosts: [{ host: 'mx.example', port: 25 }] }),
  'put /v1/relay_domains/{name}': () => ({ recipients: 'list' }),
  'post /v1/relay_domains/{name}/recipients': (n) => ({ addresses: [`orang${n}`] }),
  'post /v1/relay_domains/{name}/recipients/remove': (n) => ({ addresses: [`orang${n}`] }),
  'put /v1/filter_scores': () => ({ junk: 4.5 }),
  'post /v1/filter/{list}': (n) => ({ kind: 'from', value: `orang${n}@far.example` }),
  'post /v1/routes': (n) => ({ address: `jalan${n}@home.example`, targets: ['budi@home.example'] }),
  'patch /v1/routes/{id}': () => ({ targets: ['ani@home.example'] }),
  'post /v1/webhooks': () => ({ url: 'http://127.0.0.1:1999/' }),
  'patch /v1/webhooks/{id}': () => ({ description: 'Lain' }),
  'post /v1/webhooks/{id}/replay': () => ({ since: new Date(Date.now() - 1_000).toISOString() }),
  'post /v1/subjects/export': (n) => ({ email: `subjek${n}@far.example` }),
  'post /v1/subjects/erase': (n) => ({ email: `subjek${n}@far.example` }),
  'post /v1/suppressions/import': (n) => ({ emails: [`banyak${n}@far.example`] }),
  'post /v1/suppressions/remove': (n) => ({ emails: [`banyak${n}@far.example`] }),
  'post /v1/suppressions': (n) => ({ email: `baru${n}@far.example` }),
  'post /v1/consents': (n) => ({ email: `setuju${n}@far.example`, source: 'https://toko.example/daftar', wording: 'Kirimi saya kabar' }),
  'post /v1/consents/withdraw': (n) => ({ email: `cabut${n}@far.example`, reason: 'lewat telepon' }),
  'post /v1/templates': (n) => ({ name: `surat baru ${n}`, subject: 'Halo', html: '<p>Halo</p>' }),
  'patch /v1/templates/{id}': () => ({ subject: 'Lain' }),
  'post /v1/templates/{id}/render': () => ({}),
  'post /v1/emails': () => MAIL,
  'post /v1/emails/batch': () => [MAIL],
  'post /v1/emails/{id}/resend': () => ({ to: [MAIL.to] }),
  'post /v1/session': () => ({ address: 'ani@home.example', password: 'salah' }),
  'post /v1/invitations': (n) => ({ email: `orang${n}@far.example`, role: 'analyst' }),
  'post /v1/invitations/accept': () => ({ token: 'x'.repeat(43), password: 'kata-sandi-1' }),
  'post /v1/signup': (n) => ({ organization: `Toko ${n}`, address: `toko${n}@far.example`, password: 'kata-sandi-1' }),
  'post /v1/password_reset': () => ({ address: 'nobody@far.example' }),
  'post /v1/signup/confirm': () => ({ token: 'x'.repeat(43) }),
  'post /v1/password_reset/confirm': () => ({ token: 'x'.repeat(43), new_password: 'kata-sandi-1' }),
  'post /v1/password': () => ({ current_password: PASSWORD, new_password: 'kata-sandi-3' }),
  'post /v1/totp': () => ({ password: PASSWORD }),
  'post /v1/passkeys/options': () => ({ password: PASSWORD }),
  'post /v1/app_passwords': () => ({ password: PASSWORD, name: 'Ponsel' }),
  'patch /v1/emails/{id}': () => ({ scheduled_at: new Date(Date.now() + 7_200_000).toISOString() }),
}

/** What a request asks for beside its path. */
const QUERIES: Readonly<Record<string, string>> = {
  'get /v1/trace': '?q=cici@far.example',
  'get /v1/explain': '?q=cici@far.example',
  'get /v1/attachments/content': '?token=x',
  'delete /v1/accounts/{id}': '?confirm=true',
  'put /v1/filter_scores': '?domain=home.example',
  'delete /v1/filter_scores': '?domain=home.example',
  'get /v1/filter/{list}': '?domain=home.example',
  'post /v1/filter/{list}': '?domain=home.example',
  'delete /v1/filter/{list}': '?domain=home.example&kind=from&value=penipu@far.example',
}

/** What no single request can bring to success, and why. Another organization's ids and hostile fields are tried there too. */
export const NEVER_2XX: Readonly<Record<string, string>> = {
  'get /v1/trace': 'It follows mail that has gone; what it shows is tested in test/e2e/api.test.ts.',
  'get /v1/explain': 'It explains a message that came in.',
  'get /v1/attachments/content': 'Its address comes with a file: test/e2e/resend.test.ts fetches one.',
  'post /v1/streams/{id}/resume': 'Only a stream that was stopped goes on.',
  'get /v1/domains/{id}/reports/{report}': 'Reports come from others.',
  'get /v1/certificates/{name}': 'There is no authority here.',
  'post /v1/certificates/{name}/renew': 'There is no authority here.',
  'post /v1/totp/confirm': 'It takes an authenticator: test/e2e/login.test.ts has one.',
  'post /v1/totp/recovery_codes': 'It takes an authenticator.',
  'post /v1/totp/remove': 'It takes an authenticator.',
  'post /v1/identities/{provider}': 'Nobody else says here who somebody is.',
  'delete /v1/identities/{id}': 'Nobody else says here who somebody is.',
  'post /v1/passkeys': 'It takes an authenticator.',
  'delete /v1/passkeys/{id}': 'It takes an authenticator.',
  'delete /v1/accounts/{id}/factors': 'It takes an authenticator: test/contract/managed.test.ts has one.',
  'delete /v1/accounts/{id}/passkeys/{passkey}': 'It takes an authenticator.',
  'delete /v1/accounts/{id}/identities/{identity}': 'Nobody else says here who somebody is.',
}


/** A request that a route should do as it stands. */
export interface Call {
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly asked: Asked
}

/** A message that its sender has composed. */
const RAW = 'From: ani@home.example\nTo: cici@far.example\n\nHalo\n'

/** Makes everything that a call of a route needs, and the call. */
export async function callOf(route: Route, things: Things): Promise<Call> {
  const params: Record<string, string> = {}
  for (const param of route.params) params[param] = await things.param(route, param, params)
  await things.prepare(route, params)
  const path = route.path.replace(/\{(\w+)\}/g, (_, param: string) => encodeURIComponent(params[param] ?? '')) + (QUERIES[route.name] ?? '')
  if (route.name === 'post /v1/emails/raw') return { path, params, asked: { body: RAW, headers: { 'content-type': 'message/rfc822' } } }
  return { path, params, asked: { method: route.method, ...(route.body === null ? {} : { json: bodyOf(route, things) }) } }
}

/** A body that a route takes, another one each time. */
export function bodyOf(route: Route, things: Things): unknown {
  return BODIES[route.name]?.(things.next()) ?? sample(route.body ?? {})
}

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NOT_AUDITED } from '../../src/app/audit.ts'
import { setPassword } from '../../src/core/access/sql-credential.ts'
import { setRole } from '../../src/core/account/sql-role.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { type ApiAnswer } from '../support/api.ts'
import { type ApiHouse, type Asked, openApiHouse } from '../support/api-house.ts'
import { PASSWORD } from '../support/house.ts'
import { type JsonSchema, schemaFaults, type Schemas } from '../support/schema-faults.ts'
import { ANY, bodyOf, callOf, describedRoutes, NEVER_2XX, type Route, stringPlaces, Things, withValue } from '../support/route-cases.ts'

// What is tested here holds for every route that the OpenAPI document describes. A new one needs a line in test/support/route-cases.ts: how to call it.

let house: ApiHouse
let routes: readonly Route[] = []
let owner = ''
let things: Things
/** Names of the writes that have reached the database. */
const written: string[] = []

/** What answers had that the document does not describe, and the routes of the first test whose answers were compared. */
const differing: string[] = []
const compared = new Set<string>()

interface Described {
  readonly components: { readonly schemas: Schemas }
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }; readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>> } | undefined>>>>
}

let document: Described

before(async () => {
  house = await openApiHouse()
  document = (await house.ask('', '/v1/openapi.json')).body as unknown as Described // What is not as described fails the tests that read it.
  routes = await describedRoutes(house)
  const { db, home, ani } = house
  owner = await house.key(home, { scopes: ['*', 'operator'] })
  await db.write(setRole, { organization: home, id: ani.account, role: 'owner', domains: null })
  things = new Things(house, owner, 'ani@home.example')
  const write = db.write.bind(db)
  db.write = async (asked, args, id) => {
    written.push(asked.name)
    return await write(asked, args, id)
  }
})
after(() => house[Symbol.asyncDispose]())

const isChanging = ({ method }: Route): boolean => method !== 'GET'
/** Writes that append an entry, the one that completes it, and the last use of a key, which is once a minute. */
const TOLD = /^(?:audit\.(?:changing|end)|access\.note_key_use)$/
const isAudited = ({ path }: Route): boolean => !NOT_AUDITED.some((each) => each.path.test(path.replace(/\{\w+\}/g, 'x')))

/** As somebody who may: a key, or ani, who logs in each time, because some calls end what she has. */
async function askAsHome(route: Route, path: string, asked: Asked): Promise<ApiAnswer> {
  const login = route.by === 'person' ? await house.logIn('ani@home.example') : {}
  written.length = 0
  const answer = await house.ask(route.by === 'key' ? owner : '', path, { ...asked, headers: { ...asked.headers, ...login } })
  if (isChanging(route) && isAudited(route)) assert.deepEqual(written.filter((name) => !TOLD.test(name)), [], `${route.name} changes something that has no entry in the same transaction`)
  if (route.path === '/v1/password') await setPassword(house.db, house.ani.account, PASSWORD, Date.now()) // It ends her sessions.
  return answer
}

async function audited(): Promise<readonly { readonly action: string; readonly actor: { readonly id: string }; readonly after: unknown; readonly outcome: string }[]> {
  return (await house.ask(owner, '/v1/audit_log?limit=100')).body['data'] as Awaited<ReturnType<typeof audited>>
}

test('every route that changes something leaves one entry in the audit log when it has, and none of them holds a secret', async () => {
  for (const route of routes) {
    if (!isChanging(route) || route.by === 'nobody') continue
    const { path, asked } = await callOf(route, things)
    const seen = (await audited())[0]
    const answer = await askAsHome(route, path, asked)
    compared.add(route.name)
    differing.push(...undescribed(route, answer))
    const isDone = answer.status < 300
    if (isDone) differing.push(...refusedByDocument(route, asked.json))
    assert.equal(isDone, NEVER_2XX[route.name] === undefined, `${route.name}: ${answer.status} ${String(answer.body['detail'])}`)
    const entries = await audited()
    const fresh = seen === undefined ? entries : entries.slice(0, entries.findIndex((entry) => JSON.stringify(entry) === JSON.stringify(seen)))
    if (isAudited(route)) assert.deepEqual(fresh.map(({ action, outcome }) => `${action} ${outcome}`), isDone ? [`${route.method} ${route.path} done`] : [], route.name)
    for (const secret of [answer.body['key'], answer.body['secret'], answer.body['password'], PASSWORD, 'kata-sandi']) {
      if (typeof secret === 'string') assert.ok(!JSON.stringify(fresh).includes(secret === PASSWORD ? `"${secret}"` : secret), `${route.name} tells a secret`)
    }
  }
})

/** Why the document would refuse what the program has taken. */
function refusedByDocument(route: Route, json: unknown): readonly string[] {
  const schema = document.paths[route.path]?.[route.method.toLowerCase()]?.requestBody?.content['application/json']?.schema
  return schema === undefined || json === undefined ? [] : schemaFaults(schema, json, document.components.schemas).map((fault) => `${route.name} asked ${fault}`)
}

const JSON_TYPE = /^application\/(?:problem\+)?json$/

/** What an answer of a route has that the document does not describe. */
function undescribed(route: Route, { status, headers, body }: ApiAnswer): readonly string[] {
  const responses = document.paths[route.path]?.[route.method.toLowerCase()]?.responses ?? {}
  const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
  const described = status < 300 ? responses[status] : (responses[status] ?? responses['default'])
  const schema = described?.content?.[type]?.schema
  if (described === undefined || (schema === undefined && JSON_TYPE.test(type))) return [`${route.name}: ${status} ${type} is not described`]
  return schema === undefined || !JSON_TYPE.test(type) ? [] : schemaFaults(schema, body, document.components.schemas).map((fault) => `${route.name} ${status} ${fault}`)
}

test('every answer is as the document describes it, and has nothing that is not described', async () => {
  for (const route of routes) {
    if (isChanging(route)) continue
    const { path, asked } = await callOf(route, things)
    const answer = await askAsHome(route, path, asked)
    assert.ok(answer.status < 300 || NEVER_2XX[route.name] !== undefined || route.path.endsWith('/attachments/{number}'), `${route.name}: ${answer.status} ${String(answer.body['detail'])}`)
    differing.push(...undescribed(route, answer))
  }
  assert.ok(compared.has('post /v1/emails'))
  for (const [, pattern = ''] of JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)) assert.doesNotMatch(JSON.parse(pattern) as string, /\\p\{|\/[a-z]$/i)
  assert.deepEqual(differing, [])
})

/** What can be changed or removed under a path of its own and is not shown there alone, and why. */
const SHOWN_IN_A_LIST: Readonly<Record<string, string>> = {
  '/v1/accounts/{id}/credentials/{credential}': 'What somebody logs in with is a few lines, told whole by its list, and never changed.',
  '/v1/accounts/{id}/identities/{identity}': 'The same.',
  '/v1/accounts/{id}/passkeys/{passkey}': 'The same.',
  '/v1/app_passwords/{id}': 'The same.',
  '/v1/identities/{id}': 'The same.',
  '/v1/passkeys/{id}': 'The same.',
  '/v1/sessions/{id}': 'The same.',
  '/v1/pools/{name}/sources/{source}': 'It is a pair: GET /v1/pools/{name} tells its sources.',
  '/v1/accounts/{id}/bulk': 'GET /v1/accounts/{id}/sending tells it.',
  '/v1/accounts/{id}/password': 'It is a secret.',
}

test('what can be changed or removed under a path of its own is shown there, so that it has a tag', () => {
  const shown = new Set(routes.filter(({ method }) => method === 'GET').map(({ path }) => path))
  const changed = new Set(routes.filter(({ method, path }) => ['PATCH', 'PUT', 'DELETE'].includes(method) && path.includes('{')).map(({ path }) => path))
  assert.deepEqual([...changed].filter((path) => !shown.has(path)).toSorted(), Object.keys(SHOWN_IN_A_LIST).toSorted())
})

const HOSTILE = 'x\r\nX-Injected: yes'
const BYTES = statement<Record<never, never>, { bytes: Uint8Array | null }>('SELECT bytes FROM message ORDER BY id DESC LIMIT 500')

test('a line break in any text of any request is refused with the name of its field, or kept where it can do nothing', async () => {
  for (const route of routes) {
    if (route.body === null || !isChanging(route)) continue
    const { path, asked } = await callOf(route, things)
    for (const place of stringPlaces(route.body)) {
      const answer = await askAsHome(route, path, { ...asked, json: withValue(route.body, bodyOf(route, things), place, HOSTILE) })
      const told = `${route.name} ${place.join('.')}: ${answer.status} ${JSON.stringify(answer.body)}`
      assert.ok(answer.status < 500, told)
      assert.equal(answer.headers.get('x-injected'), null, told)
      if (answer.body['code'] !== 'validation_error') continue // Taken, or refused for another reason: nothing of it has come anywhere but into JSON.
      const fields = ((answer.body['errors'] ?? []) as readonly { readonly field: string }[]).map(({ field }) => field.split('.').filter((part) => !/^\d+$/.test(part)).join('.'))
      const named = place.filter((part) => !/^\d+$/.test(part) && part !== ANY)
      assert.ok(fields.some((field) => named.join('.').startsWith(field) || field.startsWith(named.join('.'))) || String(answer.body['detail']).includes(named.at(-1) ?? ''), told)
    }
  }
  for (const { bytes } of await house.db.all(BYTES, {})) {
    if (bytes !== null) assert.doesNotMatch(Buffer.from(bytes).toString('latin1').split('\r\n\r\n')[0] ?? '', /^X-Injected/m)
  }
})

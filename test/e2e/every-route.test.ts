import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { NOT_AUDITED } from '../../src/app/audit.ts'
import { setPassword } from '../../src/core/access/sql-credential.ts'
import { setRole } from '../../src/core/account/sql-role.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { type ApiAnswer } from '../support/api.ts'
import { type ApiHouse, type Asked, openApiHouse } from '../support/api-house.ts'
import { PASSWORD } from '../support/house.ts'
import { ANY, bodyOf, callOf, describedRoutes, NEVER_2XX, type Route, stringPlaces, Things, withValue } from '../support/route-cases.ts'

// What is tested here holds for every route that the OpenAPI document describes. A new one needs a line in test/support/route-cases.ts: how to call it.

let house: ApiHouse
let routes: readonly Route[] = []
let owner = ''
let things: Things
/** Names of the writes that have reached the database. */
const written: string[] = []

before(async () => {
  house = await openApiHouse()
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
  if (isAudited(route)) assert.deepEqual(written.filter((name) => !TOLD.test(name)), [], `${route.name} changes something that has no entry in the same transaction`)
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
    const isDone = answer.status < 300
    assert.equal(isDone, NEVER_2XX[route.name] === undefined, `${route.name}: ${answer.status} ${String(answer.body['detail'])}`)
    const entries = await audited()
    const fresh = seen === undefined ? entries : entries.slice(0, entries.findIndex((entry) => JSON.stringify(entry) === JSON.stringify(seen)))
    if (isAudited(route)) assert.deepEqual(fresh.map(({ action, outcome }) => `${action} ${outcome}`), isDone ? [`${route.method} ${route.path} done`] : [], route.name)
    for (const secret of [answer.body['key'], answer.body['secret'], answer.body['password'], PASSWORD, 'kata-sandi']) {
      if (typeof secret === 'string') assert.ok(!JSON.stringify(fresh).includes(secret === PASSWORD ? `"${secret}"` : secret), `${route.name} tells a secret`)
    }
  }
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

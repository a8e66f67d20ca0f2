import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AccountId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { setPassword } from '../../src/core/access/sql-credential.ts'
import { setRole } from '../../src/core/account/sql-role.ts'
import { createOrganization } from '../../src/core/organization/sql.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'
import { PASSWORD } from '../support/house.ts'
import { makePerson } from '../support/people.ts'
import { callOf, describedRoutes, type Route, Things } from '../support/route-cases.ts'

// Every route that the OpenAPI document describes is tried. A new one needs a line in test/support/route-cases.ts: how to call it.

let house: ApiHouse
let routes: readonly Route[] = []
let owner = ''
let things: Things
let cici: AccountId
let neighbour = ''
before(async () => {
  house = await openApiHouse()
  routes = await describedRoutes(house)
  const { db, home, ani } = house
  owner = await house.key(home, { scopes: ['*', 'operator'] })
  await db.write(setRole, { organization: home, id: ani.account, role: 'owner', domains: null })
  things = new Things(house, owner, 'ani@home.example', 'kept')
  const organization = makeId('o', Date.now()) as OrganizationId
  await db.write(createOrganization, { id: organization, name: 'Tetangga', locale: 'en', nowMs: Date.now() })
  cici = (await makePerson(db, organization, 'cici')).account
  await setPassword(db, cici, PASSWORD, Date.now())
  await db.write(setRole, { organization, id: cici, role: 'owner', domains: null })
  neighbour = await house.key(organization)
})
after(() => house[Symbol.asyncDispose]())

/** What another organization could tell a thing by. */
const isId = (text: string): boolean => /^[a-z][\w-]{20}$/.test(text) || text.includes('@')

test('no route shows another organization anything, or lets it change anything', async () => {
  for (const route of routes) {
    if (route.by === 'nobody') continue
    const { path, params, asked } = await callOf(route, things)
    const place = /^\/v1\/[^/?]+\/[^/?]+/.exec(path)?.[0] ?? null
    const look = async (): Promise<unknown> => (place === null || route.by === 'person' ? null : (await house.ask(owner, place)).body)
    const ids = Object.values(params).filter(isId)
    const before = withoutRequest(await look())
    const { status, body } = route.by === 'person' ? await house.ask('', path, { ...asked, headers: { ...asked.headers, ...(await house.logIn('cici@home.example')) } }) : await house.ask(neighbour, path, asked)
    const told = `${route.name}: ${status} ${JSON.stringify(body)}`
    assert.ok(status < 500, told)
    if (ids.length > 0) assert.ok(status === 404 || body['code'] === 'missing_scope' || body['code'] === 'operator_needed', told)
    assert.deepEqual(withoutRequest(await look()), before, `${route.name} changed something`)
    if (status < 300) for (const id of [house.home, house.ani.account, house.budi.account, ...ids]) assert.ok(!JSON.stringify(body).includes(id), told)
    if (route.path === '/v1/password') await setPassword(house.db, cici, PASSWORD, Date.now())
  }
})

/** A problem has another id each time. */
function withoutRequest(body: unknown): unknown {
  return typeof body === 'object' && body !== null ? { ...body, request_id: null } : body
}

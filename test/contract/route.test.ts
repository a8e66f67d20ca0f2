import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { createDomain } from '../../src/core/domain/sql.ts'
import { resolve } from '../../src/core/route/resolve.ts'
import { addAddress, sqlRoutes } from '../../src/core/route/sql.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, makePerson, NOW_MS } from '../support/people.ts'

const HOME = 'home.example' as Domain

async function alias(db: Database, organization: OrganizationId, local: string, targets: readonly string[], account: AccountId | null = null) {
  await db.write(addAddress, { domain: HOME, local, organization, account, targets, nowMs: NOW_MS })
}

/** Logins and outside addresses that an address leads to, or the kind of answer. */
async function leads(db: Database, local: string, domain = HOME): Promise<string> {
  const route = await resolve(sqlRoutes(db), local, domain)
  return route.kind === 'local' ? [...route.receivers.map(({ login }) => login), ...route.elsewhere].join(' ') : route.kind
}

test('an address resolves in the documented order', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  await makePerson(db, home, 'ani')
  const budi = await makePerson(db, home, 'budi')
  await alias(db, home, 'ani+exact', ['budi@home.example'])
  await alias(db, home, 'team', ['ani@home.example', 'budi+x@home.example', 'out@far.example'])
  assert.equal(await leads(db, 'ANI'), 'ani@home.example')
  assert.equal(await leads(db, 'ani+news'), 'ani@home.example')
  assert.equal(await leads(db, 'ani+exact'), 'budi@home.example')
  assert.equal(await leads(db, 'team'), 'ani@home.example budi@home.example out@far.example')
  assert.equal(await leads(db, 'nobody'), 'none')
  assert.equal(await leads(db, 'x', 'far.example' as Domain), 'elsewhere')
  await alias(db, home, '', [], budi.account)
  assert.equal(await leads(db, 'nobody'), 'budi@home.example')
  assert.equal(await leads(db, 'ani'), 'ani@home.example')
})

test('postmaster and abuse lead to whoever is responsible, before the catch-all', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  await makePerson(db, home, 'ani')
  const budi = await makePerson(db, home, 'budi')
  await alias(db, home, '', [], budi.account)
  assert.equal(await leads(db, 'postmaster'), 'ani@home.example')
  assert.equal(await leads(db, 'Abuse'), 'ani@home.example')
  await alias(db, home, 'postmaster', [], budi.account)
  assert.equal(await leads(db, 'PostMaster'), 'budi@home.example')
})

test('a domain that stands for another leads where that one leads', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  await makePerson(db, home, 'ani')
  const twin = 'twin.example' as Domain
  await db.write(createDomain, { id: makeId('d', NOW_MS), name: twin, organization: home, subaddress: '+', aliasOf: HOME, nowMs: NOW_MS })
  assert.equal(await leads(db, 'ani', twin), 'ani@home.example')
  assert.equal(await leads(db, 'ani+x', twin), 'ani@home.example')
  assert.equal(await leads(db, 'nobody', twin), 'none')
})

test('aliases in a circle end, and one that leads nowhere is no address', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  await makePerson(db, home, 'ani')
  await alias(db, home, 'a', ['b@home.example'])
  await alias(db, home, 'b', ['a@home.example', 'ani@home.example'])
  await alias(db, home, 'void', ['gone@home.example'])
  assert.equal(await leads(db, 'a'), 'ani@home.example')
  assert.equal(await leads(db, 'void'), 'none')
  for (let i = 0; i < 12; i++) await alias(db, home, `deep${i}`, [`deep${i + 1}@home.example`])
  await alias(db, home, 'deep12', ['ani@home.example'])
  assert.equal(await leads(db, 'deep0'), 'loop')
  assert.equal(await leads(db, 'deep2'), 'ani@home.example')
})

test('domains that stand for each other lead nowhere, and say so', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  await makePerson(db, home, 'ani')
  const make = async (name: string, aliasOf: string) =>
    await db.write(createDomain, { id: makeId('d', NOW_MS), name: name as Domain, organization: home, subaddress: '+', aliasOf: aliasOf as Domain, nowMs: NOW_MS })
  await make('one.example', 'two.example')
  await make('two.example', 'one.example')
  assert.equal(await leads(db, 'ani', 'one.example' as Domain), 'none')
  assert.equal(await leads(db, 'ani+x', 'two.example' as Domain), 'none')
  await make('near.example', 'home.example')
  await make('far.example', 'near.example')
  assert.equal(await leads(db, 'ani', 'far.example' as Domain), 'ani@home.example')
})

test('aliases that only lead to each other are a circle, not a missing address', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  await alias(db, home, 'a', ['b@home.example'])
  await alias(db, home, 'b', ['a@home.example'])
  await alias(db, home, 'self', ['self@home.example'])
  await alias(db, home, 'again', ['again+1@home.example'])
  for (const local of ['a', 'b', 'self', 'again']) assert.equal(await leads(db, local), 'loop', local)
})

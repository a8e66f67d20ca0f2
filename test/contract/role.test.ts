import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setAccountState } from '../../src/core/account/sql.ts'
import { setRole } from '../../src/core/account/sql-role.ts'
import { removeAccount } from '../../src/core/mailbox/sql-remove.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'

let house: ApiHouse
before(async () => {
  house = await openApiHouse()
})
after(() => house[Symbol.asyncDispose]())

test('nobody gives a role that allows more than his own, nor takes one from who may do more', async () => {
  const owner = await house.key(house.home)
  const admin = await house.key(house.home, { scopes: ['read', 'send', 'admin'] })
  const give = async (key: string, account: string, json: unknown): Promise<unknown> => {
    const { status, body } = await house.ask(key, `/v1/accounts/${account}/roles`, { method: 'PUT', json })
    return status === 200 ? body['role'] : body['code']
  }
  const { ani, budi } = house
  assert.equal(await give(admin, ani.account, { role: 'owner' }), 'more_rights')
  assert.equal(await give(admin, ani.account, { role: 'marketer' }), 'marketer')
  assert.equal(await give(owner, ani.account, { role: 'owner' }), 'owner')
  assert.equal(await give(admin, ani.account, { role: 'member' }), 'more_rights')
  assert.equal(await give(admin, budi.account, { role: 'domain_admin' }), 'validation_error')
  assert.equal(await give(admin, budi.account, { role: 'support', domains: ['home.example'] }), 'validation_error')
  assert.equal(await give(admin, budi.account, { role: 'domain_admin', domains: ['Home.Example'] }), 'domain_admin')
  const shown = (await house.ask(owner, `/v1/accounts/${budi.account}/roles`)).body
  assert.deepEqual([shown['domains'], (shown['scopes'] as readonly string[]).includes('develop')], [['home.example'], true])
  assert.equal(await give(owner, ani.account, { role: 'admin' }), 'last_owner')
  assert.equal(await give(owner, 'a-none', { role: 'admin' }), 'not_found')
  const listed = (await house.ask(owner, '/v1/accounts')).body['data'] as readonly { readonly id: string; readonly role: string }[]
  assert.deepEqual(listed.map(({ id, role }) => [id, role]), [[ani.account, 'owner'], [budi.account, 'domain_admin']])
})

test('the last owner goes last: of two who leave at once one stays', async () => {
  const { db, home: organization, ani, budi } = house
  for (const { account: id } of [ani, budi]) assert.equal(await db.write(setRole, { organization, id, role: 'owner', domains: null }), 'set')
  const left = await Promise.all([ani, budi].map(({ account: id }) => db.write(setRole, { organization, id, role: 'member', domains: null })))
  assert.deepEqual(left.toSorted(), ['last-owner', 'set'])
  const [first, last] = left[0] === 'set' ? [ani, budi] : [budi, ani]
  assert.equal(await db.write(removeAccount, { account: last.account, nowMs: Date.now() }), 'last-owner')
  await db.write(setRole, { organization, id: first.account, role: 'owner', domains: null })
  await db.write(setAccountState, { id: first.account, state: 'suspended' })
  assert.equal(await db.write(setRole, { organization, id: last.account, role: 'member', domains: null }), 'last-owner')
  assert.equal(await db.write(removeAccount, { account: first.account, nowMs: Date.now() }), 'removed')
  assert.equal(await db.write(removeAccount, { account: last.account, nowMs: Date.now() }), 'removed')
})

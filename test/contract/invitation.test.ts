import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sealPassword, type SealedPassword } from '../../src/core/access/sql-credential.ts'
import type { OrganizationId } from '../../src/base/brand.ts'
import { NO_LIMITS } from '../../src/core/organization/plan.ts'
import { putPlan } from '../../src/core/organization/sql-plan.ts'
import { createOrganization, setOrganizationState } from '../../src/core/organization/sql.ts'
import { INVITED_MS, MAX_INVITATIONS, PER_ORGANIZATION } from '../../src/core/signup/invite/limits.ts'
import { type Invited, invite, openInvitation, purgeInvitations } from '../../src/core/signup/invite/sql.ts'
import { joinBy } from '../../src/core/signup/invite/sql-join.ts'
import { type ApiHouse, type Asked, openApiHouse } from '../support/api-house.ts'
import type { ApiAnswer } from '../support/api.ts'

const PASSWORD = 'sebuah kalimat'

let house: ApiHouse
let admin = ''
let password: SealedPassword
before(async () => {
  house = await openApiHouse()
  admin = await house.key(house.home, { scopes: ['read', 'send', 'admin'] })
  const sealed = await sealPassword(PASSWORD)
  assert.ok(sealed !== null)
  password = sealed
})
after(() => house[Symbol.asyncDispose]())

const ask = (path: string, asked: Asked = {}): Promise<ApiAnswer> => house.ask(admin, `/v1${path}`, asked)
const rows = ({ body }: ApiAnswer): readonly Record<string, unknown>[] => body['data'] as readonly Record<string, unknown>[]

/** Invites as the API does, and gives the token, which goes by mail alone. */
async function invited(login: string, nowMs = Date.now(), organization = house.home): Promise<{ readonly id: string; readonly token: string }> {
  const done = await inviting(login, nowMs, organization)
  if (done.kind !== 'invited') throw new Error(done.kind)
  return { id: done.invitation.id, token: done.token }
}

const inviting = (login: string, nowMs = Date.now(), organization = house.home): Promise<Invited> => invite(house.db, { organization, login, role: 'developer', locale: 'id', invitedBy: 'key k1', nowMs })

test('who is invited is listed until he joins, with a role, a name and a password of his own, and then logs in', async () => {
  const { body } = await ask('/invitations', { json: { email: 'Cici@Luar.example', role: 'analyst', locale: 'id' } })
  assert.deepEqual([body['email'], body['role'], body['locale'], String(body['invited_by']).startsWith('key k-')], ['cici@luar.example', 'analyst', 'id', true])
  assert.equal(Date.parse(String(body['expires_at'])) - Date.parse(String(body['created_at'])), INVITED_MS)
  assert.deepEqual([rows(await ask('/invitations')), (await ask(`/invitations/${String(body['id'])}`)).body], [[body], body])
  assert.ok(!JSON.stringify(body).includes('token'))

  const { id, token } = await invited('cici@luar.example')
  assert.notEqual(id, body['id']) // Whoever is invited again follows the new link.
  assert.deepEqual(rows(await ask('/invitations')).map((row) => row['id']), [id])
  const joined = await house.ask('', '/v1/invitations/accept', { json: { token, name: 'Cici', password: PASSWORD } })
  assert.deepEqual([joined.status, joined.body['object'], joined.body['organization']], [201, 'account', house.home])
  const account = (await ask('/accounts/cici@luar.example')).body
  assert.deepEqual([account['id'], account['name'], account['role'], account['locale']], [joined.body['id'], 'Cici', 'developer', 'id'])
  assert.equal((await house.logIn('cici@luar.example', PASSWORD)).cookie?.includes('merpati'), true)
  assert.deepEqual(rows(await ask('/invitations')), [])
  assert.equal((await house.ask('', '/v1/invitations/accept', { json: { token, password: PASSWORD } })).body['code'], 'invalid_token')
  assert.equal((await ask('/invitations', { json: { email: 'cici@luar.example' } })).body['code'], 'exists')
})

test('nobody is invited to do more than whoever invites, and only who administers invites', async () => {
  const developer = await house.key(house.home, { scopes: ['read', 'send', 'develop'] })
  assert.equal((await house.ask(developer, '/v1/invitations', { json: { email: 'x@luar.example' } })).body['code'], 'missing_scope')
  assert.equal((await house.ask(developer, '/v1/invitations')).body['code'], 'missing_scope')
  const owner = await house.key(house.home, { scopes: ['*'] })
  const { body } = await house.ask(owner, '/v1/invitations', { json: { email: 'pemilik@luar.example', role: 'owner' } })
  assert.equal((await ask('/invitations', { json: { email: 'x@luar.example', role: 'owner' } })).body['code'], 'more_rights')
  assert.equal((await ask(`/invitations/${String(body['id'])}`, { method: 'DELETE' })).body['code'], 'more_rights')
  assert.equal((await house.ask(owner, `/v1/invitations/${String(body['id'])}`, { method: 'DELETE' })).body['deleted'], true)
})

test('what cannot be invited is told with the field, and nothing is written down', async () => {
  for (const [json, code, field] of [
    [{ email: 'bukan alamat' }, 'validation_error', 'email'],
    [{ email: 'baru@home.example' }, 'validation_error', 'email'],
    [{ email: 'x@luar.example', role: 'domain_admin' }, 'validation_error', 'role'],
    [{ email: 'x@luar.example\r\nBcc: y@luar.example' }, 'validation_error', 'email'],
    [{ email: 'x@luar.example', name: 'x' }, 'validation_error', 'name'],
  ] as const) {
    const { status, body } = await ask('/invitations', { json })
    assert.deepEqual([status, body['code'], (body['errors'] as readonly { readonly field: string }[])[0]?.field], [422, code, field], JSON.stringify(json))
  }
  assert.deepEqual(rows(await ask('/invitations')), [])
})

test('an organization invites so many at once, as many as may wait, and as many as its plan has room for', async () => {
  const key = await house.key(await another('Toko'), { scopes: ['admin'] })
  const answers: ApiAnswer[] = []
  for (let number = 0; number <= PER_ORGANIZATION.atOnce; number++) answers.push(await house.ask(key, '/v1/invitations', { json: { email: `banyak${number}@luar.example` } }))
  assert.deepEqual(answers.map(({ status }) => status), [...Array.from({ length: PER_ORGANIZATION.atOnce }, () => 201), 429])
  assert.ok(Number(answers.at(-1)?.headers.get('retry-after')) > 0)

  const full = await another('Penuh')
  for (let number = 0; number < MAX_INVITATIONS; number++) await invited(`tunggu${number}@luar.example`, Date.now(), full)
  assert.equal((await inviting('satu-lagi@luar.example', Date.now(), full)).kind, 'too-many')
  assert.equal((await inviting('tunggu0@luar.example', Date.now(), full)).kind, 'invited')

  const small = await another('Kecil')
  const [one, two] = [await invited('kecil1@luar.example', Date.now(), small), await invited('kecil2@luar.example', Date.now(), small)]
  await house.db.write(putPlan, { organization: small, plan: { name: 'small', limits: { ...NO_LIMITS, accounts: 1 }, sandboxed: false, endsMs: null } })
  assert.equal((await joinBy(house.db, one.token, { name: null, password }, Date.now())).kind, 'joined')
  assert.equal((await joinBy(house.db, two.token, { name: null, password }, Date.now())).kind, 'over-plan')
  assert.equal((await inviting('kecil3@luar.example', Date.now(), small)).kind, 'over-plan')
  await house.db.write(putPlan, { organization: small, plan: null })
  assert.equal((await joinBy(house.db, two.token, { name: null, password }, Date.now())).kind, 'joined') // The invitation stayed.
})

let made = 0

async function another(name: string): Promise<OrganizationId> {
  const id = `o-other${++made}` as OrganizationId
  await house.db.write(createOrganization, { id, name, locale: 'en', nowMs: Date.now() })
  return id
}

test('a link leads to one account, of two who follow it at once, and of two organizations that invite the same person', async () => {
  const { token } = await invited('dua@luar.example')
  const person = { name: null, password }
  const both = await Promise.all([joinBy(house.db, token, person, Date.now()), joinBy(house.db, token, person, Date.now())])
  assert.deepEqual(both.map(({ kind }) => kind).toSorted(), ['joined', 'unknown'])
  const first = await invited('tiga@luar.example')
  const second = await invited('tiga@luar.example', Date.now(), await another('Lain'))
  const outcomes = await Promise.all([joinBy(house.db, first.token, person, Date.now()), joinBy(house.db, second.token, person, Date.now())])
  assert.deepEqual(outcomes.map(({ kind }) => kind).toSorted(), ['joined', 'taken'])
})

test('a link works for a week, not after it was taken back, and not into an organization that is suspended', async () => {
  const nowMs = Date.now()
  const { id, token } = await invited('minggu@luar.example', nowMs)
  assert.equal((await openInvitation(house.db, token, nowMs + INVITED_MS - 1))?.invitation.id, id)
  assert.equal(await openInvitation(house.db, token, nowMs + INVITED_MS), null)
  await house.db.write(setOrganizationState, { id: house.home, state: 'suspended' })
  assert.equal(await openInvitation(house.db, token, nowMs), null)
  await house.db.write(setOrganizationState, { id: house.home, state: 'active' })
  assert.deepEqual((await ask(`/invitations/${id}`, { method: 'DELETE' })).body, { object: 'invitation', id, deleted: true })
  assert.deepEqual([await openInvitation(house.db, token, nowMs), (await ask(`/invitations/${id}`)).status, (await ask(`/invitations/${id}`, { method: 'DELETE' })).status], [null, 404, 404])
  const old = await invited('lama@luar.example', nowMs - INVITED_MS)
  assert.equal(await house.db.write(purgeInvitations, { nowMs }), 1)
  assert.equal(await openInvitation(house.db, old.token, nowMs - INVITED_MS), null)
})

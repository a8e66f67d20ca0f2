import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DECEPTIVE } from '../../src/core/access/identity.ts'
import { confirmTotp, enrolTotp } from '../../src/core/access/factor/sql-totp.ts'
import { codeAt, stepAt } from '../../src/core/access/factor/totp.ts'
import { linkIdentity } from '../../src/core/access/oidc/sql-identity.ts'
import { addPasskey } from '../../src/core/access/passkey/sql-passkey.ts'
import { setRole } from '../../src/core/account/sql-role.ts'
import type { ApiAnswer } from '../support/api.ts'
import { type ApiHouse, type Asked, openApiHouse } from '../support/api-house.ts'
import { shownEvents } from '../support/events.ts'

let house: ApiHouse
let admin = ''
let operator = ''
before(async () => {
  house = await openApiHouse()
  admin = await house.key(house.home, { scopes: ['read', 'admin'] })
  operator = await house.key(house.home, { scopes: ['operator'] })
})
after(() => house[Symbol.asyncDispose]())

const ask = (path: string, asked: Asked = {}): Promise<ApiAnswer> => house.ask(admin, `/v1${path}`, asked)
const run = (path: string, asked: Asked = {}): Promise<ApiAnswer> => house.ask(operator, `/v1${path}`, asked)
const rows = ({ body }: ApiAnswer): readonly Record<string, unknown>[] => body['data'] as readonly Record<string, unknown>[]
const away = { method: 'DELETE' }

test('who manages an account ends its sessions and takes away what a lost device logs in with', async () => {
  const { db, budi: { account } } = house
  const nowMs = Date.now()
  const browser = await house.logIn('budi@home.example')
  await addPasskey(db, { account, id: 'kunci', name: 'Ponsel', publicKey: new Uint8Array([1]), counter: 0, transports: [] }, nowMs)
  await linkIdentity(db, account, { issuer: 'https://id.example', subject: 'budi' }, nowMs)
  const place = '/accounts/budi@home.example'
  const [session] = rows(await ask(`${place}/sessions`))
  assert.deepEqual([session?.['method'], session?.['address'], session?.['current']], ['password', '127.0.0.1', undefined])
  assert.deepEqual((await ask(`${place}/sessions`, away)).body, { ended: 1 })
  assert.equal((await house.ask('', '/v1/session', { headers: browser })).status, 401)
  assert.deepEqual(rows(await ask(`${place}/passkeys`)).map(({ id, name, used_at: used }) => [id, name, used]), [['kunci', 'Ponsel', null]])
  assert.deepEqual((await ask(`${place}/passkeys/kunci`, away)).body, { id: 'kunci', deleted: true })
  const [identity] = rows(await ask(`${place}/identities`))
  assert.equal(identity?.['issuer'], 'https://id.example')
  assert.equal((await ask(`${place}/identities/${String(identity?.['id'])}`, away)).status, 200)
  for (const path of [`${place}/passkeys/kunci`, `${place}/identities/${String(identity?.['id'])}`, `${place}/factors`]) assert.equal((await ask(path, away)).status, 404, path)
  assert.deepEqual([rows(await ask(`${place}/passkeys`)), rows(await ask(`${place}/identities`)), rows(await ask(`${place}/sessions`))], [[], [], []])
})

test('an authenticator is taken away with its recovery codes', async () => {
  const { db, budi: { account } } = house
  const [own, nowMs] = [new Uint8Array(32).fill(7), Date.now()]
  const secret = await enrolTotp(db, own, account, nowMs)
  assert.ok(secret !== null)
  assert.equal((await confirmTotp(db, own, { account, code: codeAt(secret, stepAt(nowMs)), nowMs }, ''))?.length, 10)
  const place = `/accounts/${account}/factors`
  assert.deepEqual((await ask(place)).body, { object: 'factors', totp: 'on', recovery_codes: 10 })
  assert.equal((await ask(place, away)).status, 200)
  assert.deepEqual((await ask(place)).body, { object: 'factors', totp: 'off', recovery_codes: 0 })
})

test('nobody weakens the login of somebody who may do more, and a reader sees none of it', async () => {
  await house.db.write(setRole, { organization: house.home, id: house.ani.account, role: 'owner', domains: null })
  for (const path of ['sessions', 'factors', 'passkeys/x', 'identities/x']) {
    const { status, body } = await ask(`/accounts/ani@home.example/${path}`, away)
    assert.deepEqual([status, body['code']], [403, 'more_rights'], path)
  }
  const reader = await house.key(house.home, { scopes: ['read'] })
  for (const path of ['sessions', 'factors', 'passkeys', 'identities']) assert.equal((await house.ask(reader, `/v1/accounts/budi@home.example/${path}`)).status, 403, path)
})

test('a plan is given, changed in parts and taken away, by operators', async () => {
  const made = await run('/organizations', { json: { name: 'Toko Rencana' } })
  const place = `/organizations/${String(made.body['id'])}/plan`
  const patch = (json: object): Promise<ApiAnswer> => run(place, { method: 'PATCH', json })
  assert.equal((await run(place)).body['plan'], null)
  const trial = (await patch({ trial: true, confirmed: ['Cici@far.example'] })).body
  assert.deepEqual([trial['plan'], trial['sandboxed'], (trial['messages_per_day'] as { allowed: number }).allowed], ['trial', true, 100])
  const changed = (await patch({ name: 'Besar', limits: { messages_per_day: null, domains: 7 }, sandboxed: false, ends_at: null })).body
  const allowed = (what: string): unknown => (changed[what] as Record<string, unknown>)['allowed']
  assert.deepEqual([changed['plan'], changed['sandboxed'], changed['ends_at'], allowed('messages_per_day'), allowed('domains'), allowed('accounts')], ['Besar', false, null, null, 7, 5])
  for (const json of [{}, { confirmed: ['nobody'] }, { limits: { domains: -1 } }, { limits: { domians: 1 } }]) assert.equal((await patch(json)).status, 422, JSON.stringify(json))
  assert.equal((await ask(place)).body['code'], 'missing_scope')
  assert.equal((await run(place, away)).body['plan'], null)
})

test('a list of addresses is added at once, what is none is told, and it is read back in pages', async () => {
  const emails = [...Array.from({ length: 120 }, (_, at) => `orang${at}@far.example`), 'bukan alamat', ' Orang0@FAR.example ']
  const { status, body } = await ask('/suppressions/import', { json: { emails, scope: 'broadcast', reason: 'from the old house', expires_at: '2099-01-01T00:00:00Z' } })
  assert.deepEqual([status, body['added'], body['skipped']], [200, 120, ['bukan alamat']])
  const shown = (await ask('/suppressions/orang7@far.example')).body
  assert.deepEqual([shown['scope'], shown['reason'], shown['origin'], shown['expires_at']], ['broadcast', 'from the old house', 'manual', '2099-01-01T00:00:00.000Z'])
  assert.equal(rows(await ask('/suppressions?limit=100')).length, 100)
  assert.equal((await ask('/suppressions/import', { json: { emails: Array.from({ length: 1_001 }, () => 'a@far.example') } })).status, 422)
})

test('a domain and an account get scores of their own, and lose them', async () => {
  const put = (query: string, json: object): Promise<ApiAnswer> => ask(`/filter_scores?${query}`, { method: 'PUT', json })
  assert.equal((await put('domain=home.example', { reject: 12, junk: 4.5 })).status, 200)
  assert.equal((await put('account=budi@home.example', { tag: 2 })).status, 200)
  const { account } = house.budi
  assert.deepEqual(rows(await ask('/filter_scores')), [{ domain: null, account, reject: null, junk: null, tag: 2 }, { domain: 'home.example', account: null, reject: 12, junk: 4.5, tag: null }])
  const first = await ask('/filter_scores?limit=1')
  assert.deepEqual(rows(await ask(`/filter_scores?limit=1&cursor=${String(first.body['next_cursor'])}`)).map(({ domain }) => domain), ['home.example'])
  for (const [query, json] of [['domain=home.example', {}], ['domain=home.example', { junk: -1 }], ['', { junk: 1 }], ['domain=home.example&account=budi@home.example', { junk: 1 }]] as const) assert.equal((await put(query, json)).status, 422, `${query} ${JSON.stringify(json)}`)
  assert.equal((await put('domain=other.example', { junk: 1 })).status, 404)
  assert.equal((await ask('/filter_scores?domain=home.example', away)).status, 200)
  assert.equal((await ask('/filter_scores?domain=home.example', away)).status, 404)
})

test('the statistics are made again by operators, and come to the same', async () => {
  const send = await house.key(house.home, { scopes: ['send', 'read'] })
  assert.equal((await house.ask(send, '/v1/emails', { json: { from: 'ani@home.example', to: 'cici@far.example', subject: 'Halo', text: 'Halo' } })).status, 202)
  const counts = async (): Promise<unknown> => {
    await shownEvents(house.db)
    return rows(await ask('/stats?group_by=domain'))
  }
  const before = await counts()
  assert.notDeepEqual(before, [])
  assert.equal((await ask('/stats/rebuild', { method: 'POST' })).status, 403)
  const { status, body } = await run('/stats/rebuild', { method: 'POST' })
  assert.equal(status, 202)
  assert.ok(Number(body['events']) > 0)
  assert.deepEqual(await counts(), before)
})

test('no address is made that is taken for another, and a letter for one account goes to no address like it', async () => {
  for (const address of ['\uff41ni@home.example', '\u0430ni@home.example', 'an\u202ei@home.example', 'ani\u200b@home.example']) {
    for (const [path, json] of [['/accounts', { address, password: 'kata-sandi-1' }], ['/aliases', { address, targets: ['budi@home.example'] }]] as const) {
      const { status, body } = await ask(path, { json })
      assert.deepEqual([status, (body['errors'] as readonly { readonly field: string; readonly code: string }[])[0]], [422, { field: 'address', code: 'deceptive', message: DECEPTIVE }], `${path} ${address}`)
    }
    assert.equal((await ask('/invitations', { json: { email: address.replace('home', 'luar') } })).status, 422)
    for (const [path, json] of [['/password_reset', { address }], ['/signup', { organization: 'Toko', address, password: 'kata-sandi-1' }]] as const) {
      assert.deepEqual([(await house.ask('', `/v1${path}`, { json })).status, path], [422, path])
    }
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandActing } from '../../src/app/cli/audited.ts'
import type { Domain } from '../../src/base/brand.ts'
import { createApiKey, revokeApiKey } from '../../src/core/access/sql-api-key.ts'
import { setAccountState } from '../../src/core/account/sql.ts'
import type { AuditEntry, OpenEntry } from '../../src/core/audit/entry.ts'
import { auditEntries, endAudit } from '../../src/core/audit/sql.ts'
import { AuditedDatabase } from '../../src/core/audit/sql-audited.ts'
import { setDomainState } from '../../src/core/domain/sql.ts'
import type { FilterEntry } from '../../src/core/filter/entry/entry.ts'
import { putEntry } from '../../src/core/filter/entry/sql-entry.ts'
import { addAddress, changeAlias, removeAddress } from '../../src/core/route/sql.ts'
import { setDomainWarmup } from '../../src/core/pool/new-domain/sql.ts'
import { suppress, unsuppress } from '../../src/core/suppression/sql.ts'
import { createEndpoint } from '../../src/core/webhook/sql-endpoint.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { openHouse } from '../support/house.ts'
import { NOW_MS, type Person } from '../support/people.ts'

const COUNT = statement<{ organization: string }, { count: number | string }>('SELECT COUNT(*) AS count FROM audit_log WHERE organization = $organization')
const failingWrite = write('test.audit.fails', function* (tx, { organization }: { readonly organization: string }) {
  yield* tx.run(statement<{ organization: string }>("UPDATE organization SET locale = 'id' WHERE id = $organization"), { organization })
  throw new Error('in the middle')
})

const entryOf = ({ organization }: Person, id: string): OpenEntry => ({ id, organization, atMs: NOW_MS, actorKind: 'operator', actor: 'ani', action: 'test', object: null, asked: { password: 'rahasia', name: 'x' }, before: null, address: null, request: null })
const newest = async (db: Database, { organization }: Person): Promise<readonly AuditEntry[]> =>
  await auditEntries(db, { organization, actor: '', action: '', object: '', sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER, before: '', limit: 100 })

test('a write and the entry of who does it are committed together or not at all, once for all writes of a change', async () => {
  await using house = await openHouse()
  const { ani } = house
  let entry: OpenEntry | null = entryOf(ani, 'u1')
  const db = new AuditedDatabase(house.db, () => (entry === null ? null : { entry: async () => entry }))
  const home = 'home.example' as Domain
  await assert.rejects(db.write(failingWrite, { organization: ani.organization }))
  await db.write(setDomainState, { name: 'nowhere.example' as Domain, state: 'suspended' })
  assert.deepEqual(await newest(db, ani), [], 'nothing was changed')
  await db.write(setDomainState, { name: home, state: 'suspended' })
  await db.write(setDomainState, { name: home, state: 'active' })
  const begun = { ...entry, asked: { password: '(kept secret)', name: 'x' }, after: null, outcome: 'unknown' }
  assert.deepEqual(await newest(db, ani), [begun], 'whoever dies here leaves an entry')
  await endAudit(house.db, entry, { object: 'home.example', after: { state: 'active' }, outcome: 'failed' }, 'when-changed')
  await endAudit(house.db, entry, { object: 'other', after: null, outcome: 'done' }, 'when-changed')
  const ended = { ...begun, object: 'home.example', after: { state: 'active' }, outcome: 'failed' }
  assert.deepEqual(await newest(db, ani), [ended], 'it is completed once')
  await endAudit(house.db, entryOf(ani, 'u2'), { object: null, after: null, outcome: 'failed' }, 'when-changed')
  assert.equal((await newest(db, ani)).length, 1, 'what was refused and has changed nothing has no entry')
  entry = null
  await db.write(setDomainState, { name: home, state: 'suspended' })
  assert.equal(Number((await db.one(COUNT, ani))?.count), 1, 'nobody acts')
})

test('commands tell how a thing was before and after, without its secrets', async () => {
  await using house = await openHouse()
  const { ani } = house
  const { organization } = ani
  const key = await createApiKey(house.db, { organization, name: 'build', mode: 'live', scopes: ['*'], others: 'keep', nowMs: NOW_MS })
  const hook = await createEndpoint(house.db, new Uint8Array(32), { organization, url: 'https://hooks.example/x?token=rahasia', description: '', types: null, nowMs: 1 })
  assert.ok(key !== null && hook.ok)
  const alias = { domain: 'home.example' as Domain, local: 'info', organization, kind: 'alias' as const, account: null, targets: ['ani@home.example'], nowMs: NOW_MS }
  const blocked = { organization, address: 'x@luar.example', scope: 'all' as const, category: 'manual' as const, reason: '', delivery: null, createdMs: NOW_MS, expiresMs: null, lockedMs: null }
  const told = async (typed: string, change: (db: Database) => Promise<unknown>): Promise<AuditEntry> => {
    const [name = '', ...args] = typed.split(' : ')
    const [arg = ''] = args
    const acting = new CommandActing(house.db, { name: `merpati ${name}`, args, options: {} })
    await change(new AuditedDatabase(house.db, () => acting))
    await acting.end()
    const entry = (await newest(house.db, ani)).find((each) => each.action === `merpati ${name}`)
    assert.ok(entry !== undefined, typed)
    assert.deepEqual([entry.outcome, entry.object], ['done', arg])
    return entry
  }
  const shown = ({ before, after }: AuditEntry, ...names: readonly string[]): readonly unknown[] => [before, after].map((side) => names.reduce<unknown>((value, name) => (value as Readonly<Record<string, unknown>> | null)?.[name] ?? null, side))
  const domain = await told('domain suspend : home.example', (db) => db.write(setDomainState, { name: alias.domain, state: 'suspended' }))
  assert.deepEqual(shown(domain, 'state'), ['active', 'suspended'])
  const warm = await told('domain warm-up : home.example : off', (db) => db.write(setDomainWarmup, { domain: alias.domain, to: 'off' }))
  assert.deepEqual(shown(warm, 'warmUp'), ['on', 'off'])
  const account = await told('account suspend : Ani@home.example', (db) => db.write(setAccountState, { id: ani.account, state: 'suspended' }))
  assert.deepEqual([shown(account, 'state'), shown(account, 'logins', '0', 'kind')], [['active', 'suspended'], ['password', 'password']])
  const added = await told('alias add : info@home.example', (db) => db.write(addAddress, alias))
  assert.deepEqual(shown(added, 'targets', '0'), [null, 'ani@home.example'])
  const changed = await told('alias set : info@home.example', (db) => db.write(changeAlias, { ...alias, targets: ['budi@home.example'] }))
  assert.deepEqual(shown(changed, 'targets', '0'), ['ani@home.example', 'budi@home.example'])
  const removed = await told('alias remove : info@home.example', (db) => db.write(removeAddress, alias))
  assert.deepEqual(shown(removed, 'targets', '0'), ['budi@home.example', null])
  const revoked = await told(`key revoke : ${key.id}`, (db) => revokeApiKey(db, organization, key.id, 5))
  assert.deepEqual(shown(revoked, 'revokedMs'), [null, 5])
  assert.deepEqual(shown(await told('suppression add : x@luar.example', (db) => db.write(suppress, blocked)), '0', 'scope'), [null, 'all'])
  assert.deepEqual(shown(await told('suppression remove : x@luar.example', (db) => db.write(unsuppress, { organization, address: blocked.address, nowMs: NOW_MS })), '0', 'scope'), ['all', null])
  const entry: FilterEntry = { id: 'f1', organization, owner: { kind: 'domain', domain: 'home.example' }, kind: 'from', value: 'x@luar.example', action: 'reject', comment: '', author: 'ani', createdMs: NOW_MS, expiresMs: null, hits: 0, hitMs: null }
  const denied = await told('filter deny add : from : X@luar.example', (db) => db.write(putEntry, entry))
  assert.deepEqual(shown(denied, '0', 'action'), [null, 'reject'])
  const { id } = hook.value.endpoint
  const webhook = await told(`webhook set : ${id}`, (db) => db.write(suppress, { ...blocked, address: 'y@luar.example' }))
  assert.deepEqual(shown(webhook, 'url'), ['https://hooks.example/x', 'https://hooks.example/x'])
  assert.doesNotMatch(JSON.stringify(await newest(house.db, ani)), /rahasia|BEGIN|scrypt|whsec_/)
})

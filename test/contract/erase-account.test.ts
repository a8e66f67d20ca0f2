import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeId } from '../../src/base/ids.ts'
import { accountByLogin } from '../../src/core/account/sql.ts'
import { addEmail, insertMessage } from '../../src/core/mailbox/sql-append.ts'
import type { NewMessage } from '../../src/core/mailbox/mailbox.ts'
import { recount } from '../../src/core/mailbox/sql-verify.ts'
import type { Erasure } from '../../src/core/subject/erasure.ts'
import { eraseAccount } from '../../src/core/subject/sql-erase-account.ts'
import { erasureById, openErasures } from '../../src/core/subject/sql-erasure.ts'
import { heldAbout } from '../../src/core/subject/sql-export.ts'
import { erase } from '../../src/core/subject/sql-run.ts'
import { type Work, write } from '../../src/infra/db/transaction.ts'
import { NO_SEGMENTS } from '../support/erasure.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'
import { shownEvents } from '../support/events.ts'
import { NOW_MS, type Person, someEmail, someMessage } from '../support/people.ts'

const BUDI = 'budi@home.example'
const NEVER = new AbortController().signal

const keep = write('test.keep_mail', function* (tx, { person, messages }: { readonly person: Person; readonly messages: readonly NewMessage[] }): Work<void> {
  for (const message of messages) {
    yield* insertMessage(tx, person.organization, message, 1, NOW_MS)
    yield* addEmail(tx, message.id, someEmail(person))
  }
})

/** Goes on with an erasure until it has ended. */
async function finish({ db, traces, home }: ApiHouse, id: string): Promise<Erasure | null> {
  for (let pass = 0; pass < 10; pass++) {
    await shownEvents(db) // An erasure waits for what the log does not show yet.
    const [open] = await openErasures(db)
    if (open === undefined) break
    await erase({ db, traces, clock: { nowMs: () => NOW_MS }, segments: NO_SEGMENTS, areThere: async () => false, cutLogs: () => true }, open, NEVER)
  }
  return await erasureById(db, home, id)
}

test('an account goes with its mail and all that is held about its address, wherever that is broken off, and its large messages with the segments', async () => {
  await using house = await openApiHouse()
  const { db, home } = house
  const messages = Array.from({ length: 450 }, (_, n): NewMessage => (n === 7 ? { ...someMessage(), location: { kind: 'segment', segment: 'seg-1', offset: 0, length: 100 } } : someMessage()))
  await db.write(keep, { person: house.budi, messages })
  const step = () => db.write(eraseAccount, { account: house.budi.account, ask: { organization: home, id: makeId('x', NOW_MS), address: BUDI, key: 'k1', audit: { id: makeId('u', NOW_MS), actorKind: 'operator', actor: 'ani', action: 'test' }, nowMs: NOW_MS } })
  assert.deepEqual(await step(), { kind: 'more' })
  assert.deepEqual(await openErasures(db), [], 'it does not begin before the account is gone')
  assert.deepEqual(await step(), { kind: 'more' })
  const done = await step()
  assert.ok(done.kind === 'removed')
  assert.equal(await accountByLogin(db, BUDI), null)
  assert.deepEqual((await openErasures(db)).map(({ id, state, segments }) => ({ id, state, segments })), [{ id: done.erasure, state: 'rows', segments: ['seg-1'] }])
  assert.deepEqual(await step(), { kind: 'under-way' })
  const ended = await finish(house, done.erasure)
  assert.deepEqual([ended?.state, ended?.address], ['done', ''])
  assert.deepEqual(await Array.fromAsync(heldAbout(db, home, BUDI)), [])
  const removed = (await shownEvents(db)).filter(({ type }) => type === 'account.removed')
  assert.match(JSON.stringify(removed.map(({ data }) => data)), /^\[\{"login":"erased-[^"]+@erased\.invalid"\}\]$/)
  assert.deepEqual(await recount(db), [])
  assert.deepEqual(await step(), { kind: 'none' })
})

test('over HTTP an account is erased when that is said, and its entry in the audit log does not name it', async () => {
  await using house = await openApiHouse()
  const key = await house.key(house.home)
  const ask = (json: object, by = key) => house.ask(by, '/v1/subjects/erase', { json })
  const refused = await ask({ email: BUDI })
  assert.deepEqual([refused.status, refused.body['code']], [409, 'is_account'])
  assert.equal((await ask({ email: BUDI, account: 'remove' }, await house.key(house.home, { scopes: ['read'] }))).status, 403)
  const asked = await ask({ email: ' Budi@home.example', account: 'remove' })
  assert.deepEqual([asked.status, asked.body['state']], [202, 'rows'])
  assert.equal((await finish(house, String(asked.body['id'])))?.state, 'done')
  const { body } = await house.ask(key, '/v1/audit_log')
  assert.ok(!JSON.stringify(body).toLowerCase().includes(BUDI))
  assert.deepEqual((body['data'] as { action: string; object: string }[]).map(({ action, object }) => [action, object]), [['POST /v1/subjects/erase', asked.body['id']]])
  assert.equal((await ask({ email: 'nobody@far.example', account: 'remove' })).status, 202)
})

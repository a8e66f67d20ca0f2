import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EmailId, MailboxId, ThreadId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { accountById, setQuota } from '../../src/core/account/sql.ts'
import { FLAG } from '../../src/core/mailbox/mailbox.ts'
import { appendMessage } from '../../src/core/mailbox/sql-append.ts'
import { copyMessages, moveMessages } from '../../src/core/mailbox/sql-copy.ts'
import { destroyMailbox, expunge } from '../../src/core/mailbox/sql-expunge.ts'
import { storeFlags } from '../../src/core/mailbox/sql-flags.ts'
import { changesSince, emailBytes, flagRows, messageRows, openMailbox } from '../../src/core/mailbox/sql-read.ts'
import { createMailboxes, mailboxesOf, placeMailbox } from '../../src/core/mailbox/sql-tree.ts'
import { mailboxesToPurge, purge } from '../../src/core/mailbox/sql-purge.ts'
import { messagesAfter, recount } from '../../src/core/mailbox/sql-verify.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeHome, makePerson, NOW_MS, type Person, someEmail, someMessage } from '../support/people.ts'

const EVERY = [{ first: 1, last: 0xffff_ffff }]

async function add(db: Database, person: Person, over: Parameters<typeof someEmail>[1] = {}) {
  const added = await db.write(appendMessage, { organization: person.organization, message: someMessage(over.size), email: someEmail(person, over) })
  assert.equal(added.kind, 'added')
  return added.kind === 'added' ? added : assert.fail()
}

async function uidsOf(db: Database, person: Person, mailbox: MailboxId = person.inbox): Promise<readonly number[]> {
  return (await openMailbox(db, { account: person.account, mailbox }))?.uids ?? []
}

test('UIDs ascend, modseqs ascend, and numbers add up', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const first = await add(db, ani)
  const second = await add(db, ani, { flags: FLAG.seen, keywords: ['$work', 'a'] })
  assert.deepEqual([first.uid, second.uid], [1, 2])
  assert.ok(second.modseq > first.modseq)
  const box = await openMailbox(db, { account: ani.account, mailbox: ani.inbox })
  assert.deepEqual(box?.uids, [1, 2])
  const { total, unseen, uidnext, sizeBytes, keywords } = box?.mailbox ?? assert.fail()
  assert.deepEqual({ total, unseen, uidnext, sizeBytes, keywords }, { total: 2, unseen: 1, uidnext: 3, sizeBytes: 200, keywords: ['$work', 'a'] })
  const account = await accountById(db, ani.account)
  assert.deepEqual([account?.usedBytes, account?.usedEmails], [200, 2])
})

test('what does not fit the quota is refused and leaves nothing', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani', 150)
  await add(db, ani)
  const refused = await db.write(appendMessage, { organization: ani.organization, message: someMessage(), email: someEmail(ani) })
  assert.deepEqual(refused, { kind: 'over-quota' })
  assert.deepEqual(await uidsOf(db, ani), [1])
  assert.equal((await accountById(db, ani.account))?.usedBytes, 100)
  await db.write(setQuota, { id: ani.account, quotaBytes: null })
  assert.equal((await add(db, ani)).uid, 2)
})

test('flags change once, count unseen, and honour unchangedSince', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const ref = { account: ani.account, mailbox: ani.inbox }
  for (let i = 0; i < 3; i++) await add(db, ani)
  const seen = await db.write(storeFlags, { ...ref, uids: EVERY, change: { op: 'add', flags: FLAG.seen, keywords: ['x'], unchangedSince: null }, nowMs: NOW_MS })
  assert.ok(seen.kind === 'done')
  assert.deepEqual(seen.rows.map(({ uid, flags, keywords }) => [uid, flags, keywords]), [[1, 1, ['x']], [2, 1, ['x']], [3, 1, ['x']]])
  const again = await db.write(storeFlags, { ...ref, uids: EVERY, change: { op: 'add', flags: FLAG.seen, keywords: [], unchangedSince: null }, nowMs: NOW_MS })
  assert.ok(again.kind === 'done')
  assert.equal(again.after, again.before)
  const one = await db.write(storeFlags, { ...ref, uids: [{ first: 2, last: 2 }], change: { op: 'replace', flags: 0, keywords: [], unchangedSince: null }, nowMs: NOW_MS })
  assert.ok(one.kind === 'done')
  const late = await db.write(storeFlags, { ...ref, uids: EVERY, change: { op: 'add', flags: FLAG.flagged, keywords: [], unchangedSince: seen.after }, nowMs: NOW_MS })
  assert.ok(late.kind === 'done')
  assert.deepEqual(late.modified, [2])
  assert.equal((await openMailbox(db, ref))?.mailbox.unseen, 1)
  const changes = await changesSince(db, ref, seen.after)
  assert.deepEqual(changes?.changed.map(({ uid, flags }) => [uid, flags]), [[1, 5], [2, 0], [3, 5]])
})

test('a keyword has one spelling in a mailbox, whoever came first: stored, appended, copied and taken away in any case', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const ref = { account: ani.account, mailbox: ani.inbox }
  const other = { account: ani.account, mailbox: ani.boxes[5] as MailboxId }
  const store = (uid: number, op: 'add' | 'remove' | 'replace', ...keywords: readonly string[]) =>
    db.write(storeFlags, { ...ref, uids: [{ first: uid, last: uid }], change: { op, flags: 0, keywords, unchangedSince: null }, nowMs: NOW_MS })
  const keywords = async () => (await Array.fromAsync(flagRows(db, ref, EVERY))).flat().map((row) => row.keywords)
  for (let i = 0; i < 2; i++) await add(db, ani)
  await Promise.all([store(1, 'add', '$Foo'), store(2, 'add', '$foo')])
  const known = (await openMailbox(db, ref))?.mailbox.keywords ?? []
  assert.equal(known.length, 1)
  assert.equal(known[0]?.toLowerCase(), '$foo')
  assert.deepEqual(await keywords(), [known, known])
  await add(db, ani, { keywords: ['$FOO', 'Bar'] })
  await add(db, ani, { keywords: ['x', '$FOo', 'bAR'], mailbox: other.mailbox })
  await db.write(copyMessages, { from: other, to: ref, uids: EVERY, ids: [], nowMs: NOW_MS })
  await store(1, 'replace', 'bar', 'BAR', 'New', 'nEW')
  assert.deepEqual(await keywords(), [['Bar', 'New'], known, [...known, 'Bar'], [...known, 'Bar', 'x']])
  assert.deepEqual((await openMailbox(db, ref))?.mailbox.keywords, [...known, 'Bar', 'New', 'x'])
  for (const uid of [2, 3, 4]) await store(uid, 'remove', '$fOO')
  assert.deepEqual(await keywords(), [['Bar', 'New'], [], ['Bar'], ['Bar', 'x']])
  assert.deepEqual(await recount(db), [])
})

test('an APPEND that would teach a mailbox too many keywords is refused and leaves nothing; one in its own words is not', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const many = (letter: string) => Array.from({ length: 60 }, (_, i) => `${letter}${i}`)
  const append = (...keywords: readonly string[]) =>
    db.write(appendMessage, { organization: ani.organization, message: someMessage(), email: someEmail(ani, { keywords }) })
  assert.equal((await append(...many('a'))).kind, 'added')
  assert.deepEqual(await append(...many('b')), { kind: 'limit' })
  assert.equal((await append(...many('A'), ...many('b').slice(0, 40))).kind, 'added')
  assert.deepEqual(await append('c'), { kind: 'limit' })
  assert.deepEqual(await uidsOf(db, ani), [1, 2])
  assert.equal((await accountById(db, ani.account))?.usedEmails, 2)
  assert.deepEqual(await recount(db), [])
})

test('expunged messages are told, stay readable, and give their quota back', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const ref = { account: ani.account, mailbox: ani.inbox }
  for (let i = 0; i < 4; i++) await add(db, ani, { flags: i % 2 === 0 ? FLAG.deleted : 0 })
  const before = (await openMailbox(db, ref))?.mailbox.highestModseq ?? 0
  const gone = await db.write(expunge, { ...ref, uids: null, nowMs: NOW_MS })
  assert.deepEqual(gone.uids, [1, 3])
  assert.equal(gone.before, before)
  assert.deepEqual(await uidsOf(db, ani), [2, 4])
  const changes = await changesSince(db, ref, before)
  assert.deepEqual([changes?.vanished, changes?.changed], [[1, 3], []])
  const rows = (await Array.fromAsync(messageRows(db, ref, [{ first: 1, last: 1 }], 'email'))).flat()
  assert.equal(rows[0]?.uid, 1)
  assert.ok(await emailBytes(db, ani.account, rows[0]?.email as EmailId))
  assert.equal((await accountById(db, ani.account))?.usedBytes, 200)
  assert.equal((await add(db, ani)).uid, 5)
})

test('a copy shares the email, a move leaves a tombstone, and the quota counts the email once', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const from = { account: ani.account, mailbox: ani.inbox }
  const to = { account: ani.account, mailbox: ani.boxes[5] as MailboxId }
  for (let i = 0; i < 3; i++) await add(db, ani, { keywords: ['k'] })
  const copied = await db.write(copyMessages, { from, to, uids: [{ first: 1, last: 2 }], ids: [], nowMs: NOW_MS })
  assert.ok(copied.kind === 'done')
  assert.deepEqual([copied.from, copied.to], [[1, 2], [1, 2]])
  const moved = await db.write(moveMessages, { from, to, uids: [{ first: 2, last: 3 }], ids: [], nowMs: NOW_MS })
  assert.ok(moved.kind === 'done')
  assert.deepEqual([moved.from, moved.to], [[2, 3], [3, 4]])
  assert.deepEqual([await uidsOf(db, ani), await uidsOf(db, ani, to.mailbox)], [[1], [1, 2, 3, 4]])
  assert.equal((await accountById(db, ani.account))?.usedBytes, 300)
  const here = (await Array.fromAsync(messageRows(db, from, EVERY, 'email'))).flat()
  const there = (await Array.fromAsync(messageRows(db, to, EVERY, 'email'))).flat()
  assert.equal(there[0]?.email, here[0]?.email)
  assert.deepEqual(there[0]?.keywords, ['k'])
  assert.deepEqual((await openMailbox(db, to))?.mailbox.keywords, ['k'])
})

test('a copy within its own mailbox and a move within it work', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const box = { account: ani.account, mailbox: ani.inbox }
  await add(db, ani)
  await db.write(copyMessages, { from: box, to: box, uids: EVERY, ids: [], nowMs: NOW_MS })
  await db.write(moveMessages, { from: box, to: box, uids: [{ first: 1, last: 1 }], ids: [], nowMs: NOW_MS })
  const opened2 = await openMailbox(db, box)
  assert.deepEqual(opened2?.uids, [2, 3])
  assert.deepEqual([opened2?.mailbox.total, opened2?.mailbox.uidnext], [2, 4])
})

test('a copy to another account is an email of its own and is charged there', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const home = await makeHome(db)
  const ani = await makePerson(db, home, 'ani')
  const budi = await makePerson(db, home, 'budi', 150)
  await add(db, ani)
  await add(db, ani)
  const args = (last: number) => ({
    from: { account: ani.account, mailbox: ani.inbox },
    to: { account: budi.account, mailbox: budi.inbox },
    uids: [{ first: 1, last }],
    ids: [1, 2].map(() => ({ email: makeId('e', NOW_MS) as EmailId, thread: makeId('t', NOW_MS) as ThreadId })),
    nowMs: NOW_MS,
  })
  assert.deepEqual(await db.write(copyMessages, args(2)), { kind: 'refused', why: 'over-quota' })
  assert.equal((await db.write(copyMessages, args(1))).kind, 'done')
  assert.equal((await accountById(db, budi.account))?.usedBytes, 100)
  assert.deepEqual(await uidsOf(db, budi), [1])
})

test('messages of one conversation share a thread, whichever arrives first', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const answer = await add(db, ani, { threadKeys: ['answer', 'question'] })
  const question = await add(db, ani, { threadKeys: ['question'] })
  const other = await add(db, ani, { threadKeys: ['other'] })
  assert.equal(question.thread, answer.thread)
  assert.notEqual(other.thread, answer.thread)
})

test('a mailbox is made, renamed without new UIDs, destroyed, and made again with a greater UIDVALIDITY', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const { account } = ani
  const make = async (id: MailboxId, name: string, parent: MailboxId | null) =>
    await db.write(createMailboxes, { account, mailboxes: [{ id, parent, name, role: null, subscribed: true }], nowMs: NOW_MS })
  const a = makeId('b', NOW_MS) as MailboxId
  const b = makeId('b', NOW_MS) as MailboxId
  assert.equal((await make(a, 'Work', null)).kind, 'done')
  assert.deepEqual(await make(b, 'Work', null), { kind: 'refused', why: 'exists' })
  assert.equal((await make(b, 'Work', a)).kind, 'done')
  assert.deepEqual(await db.write(destroyMailbox, { account, mailbox: a, nowMs: NOW_MS }), { kind: 'refused', why: 'has-children' })
  assert.deepEqual(await db.write(placeMailbox, { account, mailbox: a, parent: b, name: 'x' }), { kind: 'refused', why: 'forbidden' })
  assert.equal((await db.write(placeMailbox, { account, mailbox: b, parent: null, name: 'Play' })).kind, 'done')
  const before = (await mailboxesOf(db, account)).find(({ id }) => id === b)
  assert.equal((await db.write(destroyMailbox, { account, mailbox: b, nowMs: NOW_MS })).kind, 'done')
  const again = makeId('b', NOW_MS) as MailboxId
  assert.equal((await make(again, 'Play', null)).kind, 'done')
  const after = (await mailboxesOf(db, account)).find(({ id }) => id === again)
  assert.ok((after?.uidvalidity ?? 0) > (before?.uidvalidity ?? 0))
  assert.deepEqual(await db.write(destroyMailbox, { account, mailbox: ani.inbox, nowMs: NOW_MS }), { kind: 'refused', why: 'forbidden' })
})

test('rows come in chunks of at most 500 and all of them come', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  await Promise.all(Array.from({ length: 1_100 }, () => add(db, ani, { size: 1 })))
  const ref = { account: ani.account, mailbox: ani.inbox }
  const chunks = await Array.fromAsync(flagRows(db, ref, EVERY))
  assert.ok(chunks.every((chunk) => chunk.length <= 500))
  assert.deepEqual(chunks.flat().map(({ uid }) => uid), Array.from({ length: 1_100 }, (_, i) => i + 1))
  assert.equal((await changesSince(db, ref, 0))?.changed.length, 1_100)
})

test('a purge forgets old tombstones with emails and bytes, and readers from before it are told to compare', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  const ani = await makePerson(db, await makeHome(db), 'ani')
  const ref = { account: ani.account, mailbox: ani.inbox }
  for (let i = 0; i < 3; i++) await add(db, ani, { flags: FLAG.deleted })
  await db.write(copyMessages, { from: ref, to: { account: ani.account, mailbox: ani.boxes[5] as MailboxId }, uids: [{ first: 3, last: 3 }], ids: [], nowMs: NOW_MS })
  const gone = await db.write(expunge, { ...ref, uids: null, nowMs: NOW_MS })
  assert.deepEqual(await recount(db), [])
  assert.deepEqual(await mailboxesToPurge(db, NOW_MS), [])
  assert.deepEqual(await mailboxesToPurge(db, NOW_MS + 1), [ref])
  assert.equal(await db.write(purge, { ...ref, beforeMs: NOW_MS + 1 }), 3)
  assert.equal(await db.write(purge, { ...ref, beforeMs: NOW_MS + 1 }), 0)
  assert.equal((await messagesAfter(db, '')).length, 1)
  assert.equal((await changesSince(db, ref, gone.before))?.forgotten, true)
  assert.equal((await changesSince(db, ref, gone.after))?.forgotten, false)
  assert.deepEqual(await recount(db), [])
})

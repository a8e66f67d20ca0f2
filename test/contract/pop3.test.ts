import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { pop3Backend } from '../../src/app/backend/pop3.ts'
import { rangesOf } from '../../src/app/backend/pop3-remove.ts'
import type { AccountId } from '../../src/base/brand.ts'
import type { Identity } from '../../src/core/access/identity.ts'
import { accountById } from '../../src/core/account/sql.ts'
import { appendMessage } from '../../src/core/mailbox/sql-append.ts'
import { expunge } from '../../src/core/mailbox/sql-expunge.ts'
import { storeFlags } from '../../src/core/mailbox/sql-flags.ts'
import { FLAG } from '../../src/core/mailbox/mailbox.ts'
import { openMailbox } from '../../src/core/mailbox/sql-read.ts'
import { recount } from '../../src/core/mailbox/sql-verify.ts'
import { openHouse, type TestHouse } from '../support/house.ts'
import { NOW_MS, type Person, someEmail, someMessage } from '../support/people.ts'

const LOCK_MS = 60_000
const PEER = { address: '127.0.0.1', port: 1, localAddress: '127.0.0.1', localPort: 110 }
const NEVER = new AbortController().signal

/** One node of the house: its sessions share a clock that the test moves. */
function node(house: TestHouse, clock: { nowMs: () => number }) {
  const changes: AccountId[] = []
  const { db, segments, access } = house
  const backend = () => pop3Backend({ db, segments, access, clock, lockMs: LOCK_MS, holder: randomUUID, changed: (account) => changes.push(account) }, PEER)
  return { changes, open: (person: Person) => backend().open(identityOf(person), NEVER) }
}

function identityOf({ account, organization }: Person): Identity {
  return { account, organization, login: 'ani@home.example', role: 'member', credential: 'c' }
}

async function add(house: TestHouse, person: Person, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await house.db.write(appendMessage, { organization: person.organization, message: someMessage(), email: someEmail(person) })
  }
}

async function opened(answer: ReturnType<ReturnType<typeof node>['open']>) {
  const result = await answer
  return result.kind === 'opened' ? result.mailbox : assert.fail(result.kind)
}

test('one session at a time holds the inbox; the lock goes with the session, or with its time when the worker was killed', async () => {
  await using house = await openHouse()
  let nowMs = NOW_MS
  const { open } = node(house, { nowMs: () => nowMs })
  const first = await opened(open(house.ani))
  assert.deepEqual(await open(house.ani), { kind: 'in-use' })
  const other = await opened(open(house.budi))
  await other.release()
  await first.release()
  const second = await opened(open(house.ani)) // Its worker dies: nobody renews or releases.
  nowMs += LOCK_MS - 1
  assert.deepEqual(await open(house.ani), { kind: 'in-use' })
  nowMs += 1
  const third = await opened(open(house.ani))
  await second.release() // Late news from the dead do not open the lock of the living.
  assert.deepEqual(await open(house.ani), { kind: 'in-use' })
  await third.release()
})

test('unique ids stay with their messages over sessions and deletions', async () => {
  await using house = await openHouse()
  const { open } = node(house, { nowMs: () => NOW_MS })
  await add(house, house.ani, 3)
  const first = await opened(open(house.ani))
  const ids = first.messages.map(({ uid }) => uid)
  assert.equal(new Set(ids).size, 3)
  await first.commit(first.messages.slice(1, 2), NEVER)
  await first.release()
  await add(house, house.ani, 1)
  const second = await opened(open(house.ani))
  assert.deepEqual(second.messages.map(({ uid }) => uid).slice(0, 2), [ids[0], ids[2]])
  assert.ok(!ids.includes(second.messages[2]?.uid ?? ''))
  await second.release()
})

test('a session reads what it was shown, removes it at the end, and says so to the other sessions of the account', async () => {
  await using house = await openHouse()
  const { open, changes } = node(house, { nowMs: () => NOW_MS })
  await add(house, house.ani, 4)
  const session = await opened(open(house.ani))
  await add(house, house.ani, 1) // Arrives meanwhile: not this session's.
  assert.equal(session.messages.length, 4)
  const [message] = session.messages
  const body = await session.retrieve(message ?? assert.fail(), NEVER)
  assert.equal(Buffer.concat(await Array.fromAsync(body ?? assert.fail())).length, message?.size)
  assert.equal(await session.commit(session.messages, NEVER), 'removed')
  assert.deepEqual(changes, [house.ani.account])
  await session.release()
  const left = await openMailbox(house.db, { account: house.ani.account, mailbox: house.ani.inbox })
  assert.deepEqual(left?.uids, [5])
  assert.deepEqual((await accountById(house.db, house.ani.account))?.usedEmails, 1)
  assert.deepEqual(await recount(house.db), [])
})

test('a message that another session has removed counts as removed', async () => {
  await using house = await openHouse()
  const { open } = node(house, { nowMs: () => NOW_MS })
  await add(house, house.ani, 2)
  const session = await opened(open(house.ani))
  const uids = [{ first: 1, last: 1 }]
  const ref = { account: house.ani.account, mailbox: house.ani.inbox }
  await house.db.write(storeFlags, { ...ref, uids, change: { op: 'add', flags: FLAG.deleted, keywords: [], unchangedSince: null }, nowMs: NOW_MS })
  await house.db.write(expunge, { ...ref, uids, nowMs: NOW_MS })
  assert.equal(await session.commit(session.messages, NEVER), 'removed')
  await session.release()
  assert.deepEqual((await openMailbox(house.db, ref))?.uids, [])
  assert.deepEqual(await recount(house.db), [])
})

test('UIDs become as few ranges as there are', () => {
  assert.deepEqual(rangesOf([]), [])
  assert.deepEqual(rangesOf([5, 1, 2, 3, 9, 8]), [{ first: 1, last: 3 }, { first: 5, last: 5 }, { first: 8, last: 9 }])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { Learned } from '../../src/core/filter/bayes/learned.ts'
import { learnedFindings, readLearned } from '../../src/core/filter/bayes/read-mail.ts'
import { sqlLearned } from '../../src/core/filter/bayes/sql-learned.ts'
import { train } from '../../src/core/filter/bayes/sql-vote.ts'
import { unitsAt } from '../../src/core/filter/bayes/weight.ts'
import { appendMessage } from '../../src/core/mailbox/sql-append.ts'
import { moveMessages } from '../../src/core/mailbox/sql-copy.ts'
import { removeAccount } from '../../src/core/mailbox/sql-remove.ts'
import { countsOf, learnFromLog } from '../support/bayes.ts'
import { playDialog } from '../support/dialog.ts'
import { shownEvents } from '../support/events.ts'
import { type ImapHouse, openImapHouse, put } from '../support/imap-house.ts'
import { NOW_MS, someEmail, someMessage } from '../support/people.ts'

/** What one message counts today. */
const ONE = unitsAt(Date.now())
const EMPTY = '0 spam, 0 ham, 0 tokens'
const offer = (number: number): string =>
  `From: Promo <promo@shop.example>\r\nTo: ani@home.example\r\nSubject: Diskon besar ${number}\r\nMessage-ID: <${number}@shop.example>\r\n\r\nKlik https://shop.example/${number} sekarang juga, hadiah menunggu Anda.\r\n`

/** What ani does with the first message of her inbox, in a session of its own. */
async function does(imap: ImapHouse, lines: string): Promise<void> {
  await playDialog(`S~ * OK\nC: login LOGIN ani@home.example merpati\nS~ login OK\n${lines}\nC: bye LOGOUT\nS* bye OK\n`, () => imap.connect())
}

/** Plays lines in a house with one offer in ani's inbox, learns, and gives the counts of ani and what the log says. */
async function after(lines: string): Promise<{ readonly counts: string; readonly told: readonly string[] }> {
  await using imap = await openImapHouse()
  await put(imap.ani, 'INBOX', offer(1))
  await does(imap, `C: s SELECT INBOX\nS* s OK\n${lines}`)
  await learnFromLog(imap.house.db, imap.house.segments)
  const events = await shownEvents(imap.house.db)
  const told = events.filter(({ type }) => type.startsWith('email.')).map(({ type, data }) => `${type} ${(data as { readonly how: string }).how}`)
  return { counts: await countsOf(imap.house.db, imap.house.ani), told }
}

const MOVE = 'C: m MOVE 1 Junk\nS* m OK'
const WAYS: Readonly<Record<string, string>> = {
  'MOVE': MOVE,
  'COPY and EXPUNGE': 'C: c COPY 1 Junk\nS* c OK\nC: d STORE 1 +FLAGS.SILENT (\\Deleted)\nS* d OK\nC: e EXPUNGE\nS* e OK',
  'STORE $Junk': 'C: f STORE 1 +FLAGS ($Junk)\nS* f OK',
  'STORE Junk, as Thunderbird spells it, before a MOVE': `C: f STORE 1 +FLAGS (Junk)\nS* f OK\n${MOVE}`,
  'UID MOVE': 'C: m UID MOVE 1 Junk\nS* m OK',
}

test('junk is junk, whether it is moved, copied or marked', async () => {
  const { counts } = await after(MOVE)
  assert.match(counts, new RegExp(`^${ONE} spam, 0 ham, [3-9]\\d tokens\\n`))
  for (const [way, lines] of Object.entries(WAYS)) assert.equal((await after(lines)).counts, counts, way)
})

test('what is moved back, in whatever way, leaves the counts of before', async () => {
  const back: readonly string[] = [
    'C: b SELECT Junk\nS* b OK\nC: n MOVE 1 INBOX\nS* n OK',
    'C: b SELECT Junk\nS* b OK\nC: n COPY 1 Archive\nS* n OK',
    'C: b SELECT Junk\nS* b OK\nC: g STORE 1 +FLAGS (NonJunk)\nS* g OK\nC: n MOVE 1 INBOX\nS* n OK',
    'C: b SELECT Junk\nS* b OK\nC: n MOVE 1 INBOX\nS* n OK\nC: i SELECT INBOX\nS* i OK\nC: g STORE 1 +FLAGS ($NotJunk)\nS* g OK',
  ]
  for (const lines of back) assert.equal((await after(`${MOVE}\n${lines}`)).counts, EMPTY, lines)
})

test('what the filter put into Junk and a person takes out is ham; what they throw away says nothing', async () => {
  await using imap = await openImapHouse()
  const { db, ani, segments } = imap.house
  // Mail that is delivered into Junk is judged by nobody.
  await db.write(appendMessage, { organization: ani.organization, message: someMessage(), email: someEmail(ani, { keywords: ['$NotJunk'] }) })
  await learnFromLog(db, segments)
  assert.match(await countsOf(db, ani), /^0 spam, 1 ham, /)
  const silent = `${MOVE}\nC: b SELECT Junk\nS* b OK\nC: n MOVE 1 Trash\nS* n OK\nC: t SELECT Trash\nS* t OK\nC: n2 STORE 1 +FLAGS ($NotJunk)\nS* n2 OK`
  assert.deepEqual((await after(silent)).told, ['email.junked moved'])
  assert.deepEqual((await after('C: a MOVE 1 Archive\nS* a OK\nC: b SELECT Archive\nS* b OK\nC: f STORE 1 FLAGS (\\Seen)\nS* f OK')).told, [])
})

test('a flag that replaces all keywords takes nothing back, and one that removes the mark does', async () => {
  const marked = 'C: f STORE 1 +FLAGS ($Junk)\nS* f OK'
  assert.deepEqual((await after(`${marked}\nC: g STORE 1 FLAGS (\\Seen)\nS* g OK`)).told, ['email.junked flagged'])
  assert.equal((await after(`${marked}\nC: g STORE 1 -FLAGS ($Junk)\nS* g OK`)).counts, EMPTY)
})

test('more than 500 messages moved at once are no judgement', async () => {
  await using imap = await openImapHouse()
  const { db, ani } = imap.house
  for (let i = 0; i < 501; i++) await db.write(appendMessage, { organization: ani.organization, message: someMessage(10), email: someEmail(ani) })
  const move = (first: number, last: number) =>
    db.write(moveMessages, { from: { account: ani.account, mailbox: ani.inbox }, to: { account: ani.account, mailbox: ani.boxes[3] as typeof ani.inbox }, uids: [{ first, last }], ids: [], nowMs: NOW_MS })
  await move(1, 501)
  assert.deepEqual((await shownEvents(db)).filter(({ type }) => type === 'email.junked'), [])
})

test('a reader that dies between two votes goes on where it stood', async () => {
  await using imap = await openImapHouse()
  const { db, ani, segments } = imap.house
  for (let i = 1; i <= 5; i++) await put(imap.ani, 'INBOX', offer(i))
  await does(imap, 'C: s SELECT INBOX\nS* s OK\nC: m MOVE 1:5 Junk\nS* m OK')
  let writes = 0
  const dies = async (): Promise<never> => {
    throw new Error('killed')
  }
  for (let life = 0; life < 4; life++) {
    writes = 0
    await learnFromLog(db, segments, { train: (args) => (++writes > 1 ? dies() : db.write(train, args)) }).catch((error: Error) => assert.equal(error.message, 'killed'))
  }
  await learnFromLog(db, segments)
  assert.match(await countsOf(db, ani), new RegExp(`^${5 * ONE} spam, 0 ham, `))
  assert.ok((await countsOf(db, ani)).split('\n').some((line) => line.endsWith(` ${5 * ONE} 0`)), 'words of all five were counted five times')
})

test('mail of a sender that was marked twice is known the third time, until it is moved out of Junk', async () => {
  await using imap = await openImapHouse()
  const { db, ani, budi, segments } = imap.house
  const learned = new Learned(sqlLearned(db), systemClock)
  const arrives = async (who: typeof ani): Promise<string | null> => {
    await learnFromLog(db, segments, { taught: (accounts) => learned.stale(accounts) })
    const [found] = learnedFindings(readLearned(Buffer.from(offer(99))), await learned.of(who), null)
    return found?.rule ?? null
  }
  for (let i = 1; i <= 2; i++) await put(imap.ani, 'INBOX', offer(i))
  assert.equal(await arrives(ani), null)
  await does(imap, `C: s SELECT INBOX\nS* s OK\n${MOVE}`)
  assert.equal(await arrives(ani), 'JUNKED_ONCE')
  await does(imap, `C: s SELECT INBOX\nS* s OK\n${MOVE}`)
  assert.equal(await arrives(ani), 'JUNKED_BEFORE')
  assert.equal(await arrives(budi), null)
  await does(imap, 'C: s SELECT Junk\nS* s OK\nC: n MOVE 1 INBOX\nS* n OK')
  assert.equal(await arrives(ani), null)
})

test('who removes an account removes what it taught', async () => {
  await using imap = await openImapHouse()
  const { db, ani, segments } = imap.house
  await put(imap.ani, 'INBOX', offer(1))
  await does(imap, `C: s SELECT INBOX\nS* s OK\n${MOVE}`)
  await learnFromLog(db, segments)
  assert.notEqual(await countsOf(db, ani), EMPTY)
  while ((await db.write(removeAccount, { account: ani.account, nowMs: Date.now() })) === 'more');
  await learnFromLog(db, segments)
  assert.equal(await countsOf(db, ani), EMPTY)
})

test('a vote on a message that is gone, or of an account that is gone, is passed over', async () => {
  await using imap = await openImapHouse()
  const { db, ani, budi, segments } = imap.house
  await put(imap.ani, 'INBOX', offer(1))
  await does(imap, `C: s SELECT INBOX\nS* s OK\n${MOVE}`)
  while ((await db.write(removeAccount, { account: ani.account, nowMs: Date.now() })) === 'more');
  await learnFromLog(db, segments)
  assert.equal(await countsOf(db, ani), EMPTY)
  assert.equal(await countsOf(db, budi), EMPTY)
})

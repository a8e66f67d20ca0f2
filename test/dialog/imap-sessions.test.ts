import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { silentLog } from '../../src/base/log.ts'
import { BelievingClient } from '../support/believing-client.ts'
import { type ImapHouse, openImapHouse, put } from '../support/imap-house.ts'

const MESSAGE = 'Subject: x\r\n\r\nbody\r\n'

type Action = readonly [what: number, pick: number]

/** Does something to a message that the client believes in. */
async function act(client: BelievingClient, [what, pick]: Action): Promise<void> {
  const size = client.messages.length
  const number = size === 0 ? 0 : (pick % size) + 1
  const uid = client.messages[number - 1]?.uid ?? null
  switch (what) {
    case 0:
      await client.command(`APPEND INBOX (\\Draft) {${MESSAGE.length}+}\r\n${MESSAGE}`)
      break
    case 1:
      if (number > 0) await client.command(`STORE ${number} +FLAGS (\\Deleted)`)
      break
    case 2:
      if (uid !== null) await client.command(`UID STORE ${uid} +FLAGS ($k${pick % 3} \\Flagged)`)
      break
    case 3:
      if (number > 0) await client.command(`STORE ${number}:* FLAGS (\\Seen)`)
      break
    case 4:
      await client.command('EXPUNGE')
      break
    case 5:
      if (uid !== null) await client.command(`UID MOVE ${uid} Trash`)
      break
    case 6:
      if (number > 0) await client.command(`COPY ${number} INBOX`)
      break
    case 7:
      if (number > 0) await client.command(`FETCH ${number} (FLAGS UID)`)
      break
    case 8: {
      const found = await client.command('SEARCH ALL')
      assert.ok(found.some((line) => /^\* E?SEARCH/.test(line)))
      break
    }
    default:
      await client.command('NOOP')
  }
  if (client.messages.some((message) => message.uid === null)) await client.look()
}

async function talk(imap: ImapHouse, steps: readonly (readonly [Action, Action])[]): Promise<void> {
  const one = new BelievingClient(imap.connect())
  const two = new BelievingClient(imap.connect())
  await one.open('')
  await two.open('QRESYNC')
  for (const [a, b] of steps) await Promise.all([act(one, a), act(two, b)])
  await Promise.all([one.command('NOOP'), two.command('NOOP')])
  await Promise.all([one.command('NOOP'), two.command('NOOP')])
  const fresh = new BelievingClient(imap.connect())
  await fresh.open('')
  await Promise.all([one.look(), two.look()])
  assert.deepEqual(one.messages, fresh.messages)
  assert.deepEqual(two.messages, fresh.messages)
  const uids = fresh.messages.map(({ uid }) => uid ?? 0)
  assert.deepEqual(uids, [...new Set(uids)].sort((x, y) => x - y))
}

test('two sessions that change one mailbox at once agree with a third in the end, and numbers never move in a wrong moment', async () => {
  const action = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.nat(20))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(action, action), { minLength: 5, maxLength: 25 }), async (steps) => {
      await using imap = await openImapHouse()
      for (let i = 0; i < 4; i++) await put(imap.ani, 'INBOX', MESSAGE)
      await talk(imap, steps)
    }),
    { numRuns: 12 },
  )
})

test('a session that is asked to end says BYE, in IDLE too', async () => {
  await using imap = await openImapHouse()
  const [waiting, idling] = [imap.connect(), imap.connect()]
  await waiting.hear()
  idling.say('a LOGIN ani@home.example merpati\r\nb SELECT INBOX\r\nc IDLE\r\n')
  for (let text = ''; !text.includes('+ idling'); ) text += await idling.hear()
  imap.stop()
  assert.match(await waiting.hear(), /^\* BYE /)
  let rest = ''
  while (!idling.ended) rest += await idling.hear()
  rest += await idling.hear()
  assert.match(rest, /\* BYE /)
})

test('a message that does not fit the quota is refused, and the session goes on', async () => {
  await using imap = await openImapHouse(silentLog, 30)
  const wire = imap.connect()
  const append = `APPEND INBOX {${MESSAGE.length}+}\r\n${MESSAGE}\r\n`
  wire.say(`a LOGIN budi@home.example merpati\r\nb ${append}c ${append}d NOOP\r\n`)
  let text = ''
  while (!text.includes('d OK')) text += await wire.hear()
  assert.match(text, /\r\nb OK \[APPENDUID \d+ 1\]/)
  assert.match(text, /\r\nc NO \[OVERQUOTA\]/)
})

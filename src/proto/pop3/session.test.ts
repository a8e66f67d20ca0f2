import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MemoryPop3 } from '../../../test/support/memory-pop3.ts'
import { MemoryWire, TEST_TLS } from '../../../test/support/memory-wire.ts'
import { silentLog } from '../../base/log.ts'
import { AUTOLOGOUT_MS } from './limits.ts'
import { servePop3 } from './session.ts'

const CONFIG = { stls: 'offer', plainPasswords: 'refuse', autologoutMs: AUTOLOGOUT_MS, log: silentLog } as const
const LOGIN = 'USER ani\r\nPASS merpati\r\n'

interface Served {
  readonly wire: MemoryWire
  readonly over: Promise<void>
}

function serve(house: MemoryPop3, signal = new AbortController().signal, autologoutMs = AUTOLOGOUT_MS): Served {
  const wire = new MemoryWire({ tls: TEST_TLS })
  return { wire, over: servePop3(wire, house.backend(), { ...CONFIG, autologoutMs }, signal) }
}

/** Says everything at once, hangs up, and returns all that was answered. */
async function converse(house: MemoryPop3, said: string | Uint8Array): Promise<string> {
  const { wire, over } = serve(house)
  wire.say(said)
  wire.hangUp()
  await over
  return await wire.hear()
}

function home(...texts: readonly string[]): MemoryPop3 {
  const house = new MemoryPop3()
  house.add('ani', ...texts)
  return house
}

test('A connection that breaks after DELE removes nothing and gives the lock back', async () => {
  const house = home('a: b\r\n\r\nx\r\n')
  assert.match(await converse(house, `${LOGIN}DELE 1\r\n`), /\+OK Message 1 marked\r\n$/)
  assert.deepEqual(house.uids('ani'), ['m1'])
  assert.equal(house.isLocked('ani'), false)
})

test('QUIT removes what was marked even when the peer left without reading the answer', async () => {
  const house = home('a: b\r\n\r\nx\r\n', 'c: d\r\n\r\n')
  await converse(house, `${LOGIN}DELE 1\r\nQUIT\r\n`)
  assert.deepEqual(house.uids('ani'), ['m2'])
})

test('A silent peer is left without a word, and nothing is removed', async () => {
  const house = home('a: b\r\n\r\nx\r\n')
  const { wire, over } = serve(house, undefined, 1)
  wire.say(`${LOGIN}DELE 1\r\n`)
  await over
  assert.match(await wire.hear(), /marked\r\n$/)
  assert.deepEqual(house.uids('ani'), ['m1'])
  assert.equal(house.isLocked('ani'), false)
})

test('A stopping server says so and removes nothing', async () => {
  const house = home('a: b\r\n\r\nx\r\n')
  const stop = new AbortController()
  const { wire, over } = serve(house, stop.signal)
  wire.say(`${LOGIN}DELE 1\r\n`)
  stop.abort()
  await over
  assert.match(await wire.hear(), /marked\r\n-ERR \[SYS\/TEMP\] [^\r]*\r\n$/)
  assert.deepEqual(house.uids('ani'), ['m1'])
})

test('A silent storage is [SYS/TEMP], and the session goes on when it is back', async () => {
  const house = home('a: b\r\n\r\nx\r\n')
  const { wire, over } = serve(house)
  house.silent = true
  wire.say(LOGIN)
  let heard = ''
  while (!heard.includes('SYS/TEMP')) heard += await wire.hear()
  house.silent = false
  wire.say(`${LOGIN}RETR 1\r\n`)
  while (!heard.includes('\r\n.\r\n')) heard += await wire.hear()
  house.silent = true
  wire.say('DELE 1\r\nQUIT\r\n')
  await over
  assert.match(await wire.hear(), /marked\r\n-ERR \[SYS\/TEMP\] [^\r]*\r\n$/)
  assert.deepEqual(house.uids('ani'), ['m1'])
  assert.equal(house.isLocked('ani'), false)
})

test('A whole session sent in one packet is answered in order', async () => {
  const house = home('a: b\r\n\r\nx\r\n')
  const answers = await converse(house, `${LOGIN}STAT\r\nLIST\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n`)
  assert.equal(
    answers,
    '+OK Merpati ready\r\n+OK Now the password\r\n+OK 1 messages\r\n+OK 1 11\r\n+OK 1 messages (11 octets)\r\n1 11\r\n.\r\n' +
      '+OK 11 octets\r\na: b\r\n\r\nx\r\n.\r\n+OK Message 1 marked\r\n+OK Bye, 1 messages removed\r\n',
  )
})

test('LIST of ten thousand messages names each of them once', async () => {
  const house = home(...Array.from({ length: 10_000 }, () => 'a: b\r\n\r\n'))
  const listed = (await converse(house, `${LOGIN}LIST\r\n`)).split('\r\n').filter((line) => /^\d+ 8$/.test(line))
  assert.equal(listed.length, 10_000)
})

test('Whatever a peer sends, the session ends in peace, and without QUIT nothing is removed', async () => {
  const lines = ['DELE 1', 'RETR 1', 'AUTH PLAIN', '*', 'AUTH SCRAM-SHA-256 biwsbj1hLHI9YWJj', 'TOP 1 1', 'RSET', '', 'STLS']
  const word = fc.constantFrom(LOGIN, 'x'.repeat(13_000), ...lines.map((line) => `${line}\r\n`))
  const words = fc.array(word, { maxLength: 12 }).map((each) => Buffer.from(each.join('')))
  const said = fc.oneof(words, fc.uint8Array({ maxLength: 400 }))
  await fc.assert(
    fc.asyncProperty(said, async (bytes) => {
      const house = home('a: b\r\n\r\nx\r\n')
      const answers = await converse(house, bytes)
      assert.ok(answers.startsWith('+OK Merpati ready\r\n') && answers.endsWith('\r\n'))
      assert.deepEqual(house.uids('ani'), ['m1'])
      assert.equal(house.isLocked('ani'), false)
    }),
    { numRuns: 500 },
  )
})

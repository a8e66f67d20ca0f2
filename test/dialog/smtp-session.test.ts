import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Unavailable } from '../../src/base/unavailable.ts'
import { reply } from '../../src/proto/smtp/reply.ts'
import { GatherBudget } from '../../src/proto/smtp/server/gather-budget.ts'
import { MAX_DISCARDED_BYTES, MAX_GATHERED_BYTES, MAX_REFUSED_RECIPIENTS } from '../../src/proto/smtp/server/limits.ts'
import { MemorySmtp } from '../support/memory-smtp.ts'
import { cut, playSmtp, startSmtp, turnOfTheLoop } from '../support/smtp-talk.ts'

const HELLO = 'EHLO client.example\r\nMAIL FROM:<budi@away.example>\r\nRCPT TO:<anna@home.example>\r\n'
const WHOLE = [1 << 30]

/** Text of about `bytes` bytes, with dots at the start of some lines. */
function longBody(bytes: number): string {
  const lines = `${'.'.repeat(7)}\r\n${'x'.repeat(69)}\r\n`
  return lines.repeat(Math.ceil(bytes / lines.length))
}

function stuffed(body: string): string {
  return `${`\r\n${body}`.replaceAll('\r\n.', '\r\n..').slice(2)}.\r\n`
}

test('a message up to 256 KiB is handed over whole, a larger one is streamed, and both are what was sent', async () => {
  const sizes = [
    [MAX_GATHERED_BYTES - 200, 'whole'],
    [MAX_GATHERED_BYTES + 1, 'streamed'],
    [3_000_000, 'streamed'],
  ] as const
  for (const [bytes, how] of sizes) {
    const body = longBody(bytes)
    for (const pieces of [WHOLE, [1400], [65_536, 1]]) {
      const { house, gather } = await playSmtp(cut(`${HELLO}DATA\r\n${stuffed(body)}QUIT\r\n`, pieces))
      assert.equal(house.taken[0]?.how, how)
      assert.ok(house.taken[0]?.body.equals(Buffer.from(body)))
      assert.equal(gather.usedBytes, 0)
    }
  }
})

test('a message that SIZE says is large is streamed from its first byte', async () => {
  const { house } = await playSmtp(cut(`${HELLO.replace('example>\r\nRCPT', 'example> SIZE=300000\r\nRCPT')}DATA\r\nshort\r\n.\r\n`, [7]))
  assert.deepEqual(house.taken.map(({ how, body }) => [how, body.toString()]), [['streamed', 'short\r\n']])
})

test('when the memory for gathering is used up, messages are streamed and not refused', async () => {
  const gather = new GatherBudget(20_000)
  const house = new MemorySmtp()
  let release: () => void = () => {}
  house.hold = new Promise((resolve) => {
    release = resolve
  })
  const body = longBody(12_000)
  const talks = [0, 1, 2].map(() => startSmtp({ house, config: { gather } }))
  for (const { wire } of talks) wire.say(Buffer.from(`${HELLO}DATA\r\n${stuffed(body)}QUIT\r\n`))
  await turnOfTheLoop()
  assert.equal(gather.usedBytes, body.length)
  release()
  await Promise.all(talks.map(({ session }) => session))
  assert.deepEqual(house.taken.map(({ how }) => how).sort(), ['streamed', 'streamed', 'whole'])
  assert.equal(gather.usedBytes, 0)
})

test('a message cut off by the peer leaves nothing', async () => {
  for (const bytes of [100, 600_000]) {
    for (const start of ['DATA\r\n', `BDAT ${bytes + 10_000}\r\n`]) {
      const { house, gather } = await playSmtp(cut(HELLO + start + longBody(bytes), WHOLE))
      assert.equal(house.taken.length, 0)
      assert.equal(house.openSinks, 0)
      assert.equal(house.abortedSinks, bytes > MAX_GATHERED_BYTES ? 1 : 0)
      assert.equal(gather.usedBytes, 0)
      assert.deepEqual([house.ends[0]?.how, house.ends[0]?.inMessage], ['left', true])
    }
  }
})

test('a message given up between two chunks leaves nothing, however it is given up', async () => {
  const body = longBody(600_000)
  for (const how of ['RSET\r\n', 'EHLO again.example\r\n', 'STARTTLS\r\n', 'QUIT\r\n', '']) {
    const { house, gather } = await playSmtp(cut(`${HELLO}BDAT ${body.length}\r\n${body}${how}`, WHOLE))
    assert.deepEqual([house.taken.length, house.openSinks, house.abortedSinks, gather.usedBytes], [0, 0, 1, 0], how)
  }
})

test('a message that grows too large is refused at its end, and the session goes on', async () => {
  const said = `${HELLO}DATA\r\n${stuffed(longBody(900_000))}${HELLO.slice(HELLO.indexOf('MAIL'))}DATA\r\nsmall\r\n.\r\nQUIT\r\n`
  const { house, heard, gather } = await playSmtp(cut(said, [50_000]), { config: { maxMessageBytes: 500_000 } })
  assert.match(heard, /^552 5\.3\.4 /m)
  assert.deepEqual(house.taken.map(({ body }) => body.toString()), ['small\r\n'])
  assert.deepEqual([house.openSinks, house.abortedSinks, gather.usedBytes], [0, 1, 0])
  assert.equal(house.ends[0]?.how, 'quit')
})

test('a sender that goes far beyond the limit is told why and hung up on', async () => {
  function* flood(): Generator<Uint8Array> {
    yield Buffer.from(`${HELLO}DATA\r\n`)
    const chunk = Buffer.from(longBody(4_000_000))
    for (let sent = 0; sent < MAX_DISCARDED_BYTES + 8_000_000; sent += chunk.length) yield chunk
  }
  const { house, heard } = await playSmtp(flood(), { config: { maxMessageBytes: 1000 } })
  assert.ok(heard.endsWith('552 5.3.4 The message is larger than we take\r\n'))
  assert.deepEqual([house.ends[0]?.how, house.ends[0]?.inMessage], ['flood', true])
})

test('a store that fails while a message streams in is 451 or 452 at its end, and the session goes on', async () => {
  for (const [sender, want] of [['lost', '451 4.3.0'], ['tight', '452 4.3.1']] as const) {
    const said = `${HELLO.replace('budi', sender)}DATA\r\n${stuffed(longBody(600_000))}NOOP\r\n`
    const { house, heard, gather } = await playSmtp(cut(said, [60_000]))
    assert.match(heard, new RegExp(`^${want} .*\\r\\n250 2\\.0\\.0 Ok\\r\\n$`, 'm'))
    assert.ok(house.errors.every((error) => error instanceof Unavailable))
    assert.deepEqual([house.taken.length, house.openSinks, gather.usedBytes], [0, 0, 0])
  }
})

test('a session that is asked to stop ends at the next command, and the message under way is completed first', async () => {
  const { wire, house, session, drain } = startSmtp()
  wire.say(Buffer.from(`${HELLO}DATA\r\nfirst\r\n`))
  await turnOfTheLoop()
  drain()
  await turnOfTheLoop()
  wire.say(Buffer.from('second\r\n.\r\nMAIL FROM:<>\r\n'))
  await session
  assert.deepEqual(house.taken.map(({ body }) => body.toString()), ['first\r\nsecond\r\n'])
  assert.match(await wire.hear(), /354 .*\r\n250 2\.0\.0 Kept .*\r\n421 4\.3\.2 .*\r\n$/)
  assert.equal(house.ends[0]?.how, 'drained')
})

test('an idle session that is asked to stop ends at once with 421', async () => {
  const { wire, house, session, drain } = startSmtp()
  await turnOfTheLoop()
  drain()
  await session
  assert.match(await wire.hear(), /^220 .*\r\n421 4\.3\.2 .*\r\n$/)
  assert.deepEqual([house.ends[0]?.how, wire.ended], ['drained', true])
})

test('silence ends a session with 421, before a command and within a message', async () => {
  for (const [said, inMessage] of [['EHLO client.example\r\n', false], [`${HELLO}DATA\r\nnever ended\r\n`, true]] as const) {
    const { wire, house, session } = startSmtp({ config: { commandMs: 0, dataMs: 0 } })
    wire.say(Buffer.from(said))
    await session
    assert.match(await wire.hear(), /421 4\.4\.2 .*\r\n$/)
    assert.deepEqual([house.ends[0]?.how, house.ends[0]?.inMessage], ['timeout', inMessage])
  }
})

test('a peer that may not speak gets the refusal in place of the banner', async () => {
  const house = new MemorySmtp()
  house.banner = reply(554, '5.7.1', 'Not from there')
  const { heard } = await playSmtp([], { house })
  assert.equal(heard, '554 5.7.1 Not from there\r\n')
  assert.equal(house.ends[0]?.how, 'closed')
})

test('the backend is told of a client that did not wait for the banner', async () => {
  const early = startSmtp()
  early.wire.say(Buffer.from(`${HELLO}QUIT\r\n`))
  await early.session
  assert.equal(early.house.ends[0]?.session.spokeFirst, true)
  const { wire, house, session } = startSmtp()
  await turnOfTheLoop()
  wire.say(Buffer.from(`${HELLO}QUIT\r\n`))
  await session
  assert.equal(house.ends[0]?.session.spokeFirst, false)
})

test('a line that is too long is refused, and the next one is understood', async () => {
  const { heard, house } = await playSmtp(cut(`EHLO client.example\r\nNOOP ${'x'.repeat(3000)}\r\nNOOP\r\nQUIT\r\n`, [1000]))
  assert.match(heard, /500 5\.5\.2 Line too long\r\n250 2\.0\.0 Ok\r\n221 /)
  assert.equal(house.ends[0]?.errors, 1)
})

test('a thousand bad commands get twenty replies and an end', async () => {
  const { heard, house } = await playSmtp(cut('BREW coffee\r\n'.repeat(1000), WHOLE))
  assert.equal(heard.match(/^500 /gm)?.length, 20)
  assert.match(heard, /421 4\.7\.0 Too many errors\r\n$/)
  assert.deepEqual([house.ends[0]?.how, house.ends[0]?.errors], ['errors', 20])
})

test('a hundred recipients are accepted, and one who guesses names is hung up on', async () => {
  const good = Array.from({ length: 100 }, (_, each) => `RCPT TO:<r${each}@home.example>\r\n`).join('')
  const { heard } = await playSmtp(cut(HELLO + good, WHOLE))
  assert.equal(heard.match(/^250 2\.1\.5/gm)?.length, 101)
  const guesses = await playSmtp(cut(HELLO + 'RCPT TO:<nobody@home.example>\r\n'.repeat(1000), WHOLE))
  assert.equal(guesses.heard.match(/^550 5\.1\.1/gm)?.length, MAX_REFUSED_RECIPIENTS)
  assert.equal(guesses.house.ends[0]?.how, 'errors')
})

/** Commands whose answer does not depend on when they come. */
const lines = fc.constantFrom(
  ...['EHLO client.example', 'LHLO x', 'RSET', 'NOOP', 'VRFY x', 'QUIT x', 'é', 'x'.repeat(2100), 'DATA', 'DATA', 'text', '.', '..', ''],
  ...['MAIL FROM:<a@b.example>', 'MAIL FROM:<> BODY=BINARYMIME', 'MAIL FROM:<spam@b.example>', 'MAIL FROM:<é@b.example>'],
  ...['RCPT TO:<anna@home.example>', 'RCPT TO:<nobody@home.example>', 'RCPT TO:<down@home.example>'],
  ...['BDAT 5', 'BDAT 0 LAST', 'BDAT 9 LAST', 'BDAT 200'],
)

test('whatever is said, how it is cut changes neither the answers nor the messages taken', async () => {
  const noise = fc.string({ unit: 'binary-ascii', maxLength: 12 })
  const script = fc.array(fc.oneof({ weight: 20, arbitrary: lines }, { weight: 1, arbitrary: noise }), { maxLength: 30 })
  const starts = fc.constantFrom('', HELLO, `${HELLO}DATA\r\n`)
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
  const bodies = ({ house }: { house: MemorySmtp }): readonly string[] => house.taken.map(({ body }) => body.toString('latin1'))
  await fc.assert(
    fc.asyncProperty(starts, script, cuts, async (start, said, sizes) => {
      const text = start + said.map((line) => `${Buffer.from(line).toString('latin1')}\r\n`).join('')
      const whole = await playSmtp(cut(text, WHOLE))
      const pieces = await playSmtp(cut(text, sizes))
      assert.equal(pieces.heard, whole.heard)
      assert.deepEqual(bodies(pieces), bodies(whole))
      assert.equal(pieces.house.ends[0]?.how, whole.house.ends[0]?.how)
      for (const line of whole.heard.split('\r\n').slice(0, -1)) assert.match(line, /^[2-5]\d\d[ -][ -~]{0,506}$/)
      for (const { house, gather } of [whole, pieces]) {
        assert.deepEqual([house.openSinks, gather.usedBytes, house.ends.length], [0, 0, 1])
      }
    }),
    { numRuns: 400 },
  )
})

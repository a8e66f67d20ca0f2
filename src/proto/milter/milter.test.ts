import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryWire } from '../../../test/support/memory-wire.ts'
import { parseAnswer } from './answer.ts'
import { askMilter, type MilterOutcome } from './client.ts'
import { cutMessage } from './message.ts'
import { encodePacket } from './packet.ts'
import type { MilterMail } from './steps.ts'

const DEADLINES = { stepMs: 1_000, endMs: 1_000 }
const SIGNAL = new AbortController().signal
const MESSAGE = 'From: Ani <ani@far.example>\r\nSubject: Halo\r\n  lagi\r\nX-Empty:\r\n\r\nHalo Budi\r\n'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const mail = (over: Partial<MilterMail> = {}): MilterMail => ({
  client: { address: '192.0.2.7', port: 40_000, name: 'mx.far.example' },
  helo: 'mx.far.example',
  from: 'ani@far.example',
  recipients: ['budi@near.example', 'cici@near.example'],
  hostname: 'mx.near.example',
  id: 'm1',
  login: null,
  bytes: pieces(Buffer.from(MESSAGE), 1000),
  ...over,
})

const u32 = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 4)
  numbers.forEach((number, i) => bytes.writeUInt32BE(number, i * 4))
  return bytes
}

const text = (...texts: readonly string[]): Buffer => Buffer.from(texts.map((each) => `${each}\0`).join(''))

/** A filter played from a table: what it answers to each letter, in order of asking; `c` to what is not in it. */
async function play(script: Readonly<Record<string, readonly Uint8Array[]>>, options: Uint8Array, given: MilterMail = mail()): Promise<{ readonly outcome: MilterOutcome; readonly heard: readonly string[] }> {
  const wire = new MemoryWire()
  const asking = askMilter(wire, given, DEADLINES, SIGNAL)
  const heard: string[] = []
  const counts = new Map<string, number>()
  let waiting = Buffer.alloc(0)
  for (let bytes = await wire.hearBytes(); bytes.length > 0; bytes = await wire.hearBytes()) {
    waiting = Buffer.concat([waiting, bytes])
    for (let size = sizeOf(waiting); size !== null; size = sizeOf(waiting)) {
      const letter = waiting.toString('latin1', 4, 5)
      if (letter !== 'D') heard.push(letter + waiting.toString('latin1', 5, 4 + size))
      waiting = waiting.subarray(4 + size)
      if (letter === 'O') wire.say(options)
      if ('DOQ'.includes(letter)) continue
      const nth = counts.get(letter) ?? 0
      counts.set(letter, nth + 1)
      wire.say(script[letter]?.[nth] ?? encodePacket('c'))
    }
  }
  return { outcome: await asking, heard }
}

function sizeOf(bytes: Buffer): number | null {
  if (bytes.length < 4) return null
  const size = bytes.readUInt32BE(0)
  return bytes.length < 4 + size ? null : size
}

const EVERYTHING = encodePacket('O', u32(6, 0x1f, 0))

test('a filter is told the connection, the envelope, the header and the body, in this order', async () => {
  const { outcome, heard } = await play({}, EVERYTHING)
  assert.deepEqual(outcome, { kind: 'passed', changes: [], quarantine: null, refused: [], unoffered: 0 })
  assert.deepEqual(heard.slice(1), [
    'Cmx.far.example\x004\x9c\x40192.0.2.7\0',
    'Hmx.far.example\0',
    'M<ani@far.example>\0',
    'R<budi@near.example>\0',
    'R<cici@near.example>\0',
    'T',
    'LFrom\0Ani <ani@far.example>\0',
    'LSubject\0Halo\n  lagi\0',
    'LX-Empty\0\0',
    'N',
    'BHalo Budi\r\n',
    'E',
    'Q',
  ])
})

test('steps that a filter does not want are left out, and those it takes silently are not waited for', async () => {
  // No HELO, no RCPT, no body, header fields with their space and without an answer.
  const { heard } = await play({ L: [new Uint8Array(), new Uint8Array(), new Uint8Array()] }, encodePacket('O', u32(6, 0x11, 0x2 | 0x8 | 0x10 | 0x80 | 0x10_0000), text('ignored')))
  assert.deepEqual(heard.slice(2), ['M<ani@far.example>\0', 'T', 'LFrom\0 Ani <ani@far.example>\0', 'LSubject\0 Halo\n  lagi\0', 'LX-Empty\0\0', 'N', 'E', 'Q'])
})

test('an older filter is not told of DATA', async () => {
  const { heard } = await play({}, encodePacket('O', u32(2, 1, 0)))
  assert.equal(heard.some((each) => each.startsWith('T')), false)
})

test('changes of the header become values, after progress and before the last word', async () => {
  const end = Buffer.concat([
    encodePacket('p'),
    encodePacket('h', text('X-Scanned', 'yes')),
    encodePacket('i', u32(1), text('Authentication-Results', 'mx;\n dkim=pass\nX-Evil: 1')),
    encodePacket('m', u32(2), text('Subject', '')),
    encodePacket('q', text('looks odd')),
    encodePacket('+', text('<evil@far.example>')),
    encodePacket('a'),
  ])
  const { outcome } = await play({ E: [end] }, EVERYTHING)
  assert.deepEqual(outcome, {
    kind: 'passed',
    changes: [
      { kind: 'add', name: 'X-Scanned', value: 'yes' },
      { kind: 'insert', at: 1, name: 'Authentication-Results', value: 'mx;\r\n dkim=pass\r\n X-Evil: 1' },
      { kind: 'change', nth: 2, name: 'Subject', value: null },
    ],
    quarantine: 'looks odd',
    refused: [],
    unoffered: 1,
  })
})

test('a filter may refuse, put off, throw away, or let pass at any step', async () => {
  const kind = async (letter: string, answer: Uint8Array): Promise<unknown> => {
    const { outcome } = await play({ [letter]: [answer] }, EVERYTHING)
    return 'reply' in outcome ? [outcome.kind, outcome.reply.code, outcome.reply.status, outcome.reply.text] : outcome.kind
  }
  assert.deepEqual(await kind('H', encodePacket('r')), ['refused', 550, '5.7.1', 'Refused by a filter'])
  assert.deepEqual(await kind('C', encodePacket('t')), ['deferred', 451, '4.7.1', 'A filter asks you to come back later'])
  assert.deepEqual(await kind('B', encodePacket('y', text('554 5.7.9 100%% bad'))), ['refused', 554, '5.7.9', '100% bad'])
  assert.deepEqual(await kind('E', encodePacket('y', text('450-4.7.1 not\r\n450 4.7.1 yet'))), ['deferred', 450, '4.7.1', 'not\nyet'])
  assert.equal(await kind('L', encodePacket('d')), 'discarded')
  assert.equal(await kind('M', encodePacket('a')), 'passed')
  assert.equal(await kind('B', encodePacket('s')), 'passed')
  assert.equal(await kind('E', encodePacket('y', text('250 fine'))), 'failed')
})

test('a refused recipient does not stop the others; all of them refused is a refusal', async () => {
  const some = await play({ R: [encodePacket('r')] }, EVERYTHING)
  assert.deepEqual(some.outcome.kind === 'passed' && some.outcome.refused, [0])
  const all = await play({ R: [encodePacket('r'), encodePacket('t')] }, EVERYTHING)
  assert.equal(all.outcome.kind, 'refused')
  assert.equal(all.heard.at(-1), 'Q')
})

test('a filter that asks for changes or time without end fails', async () => {
  const add = encodePacket('h', text('X-More', 'x'))
  assert.equal((await play({ E: [Buffer.concat(Array.from({ length: 300 }, () => add))] }, EVERYTHING)).outcome.kind, 'failed')
  assert.equal((await play({ E: [Buffer.concat(Array.from({ length: 300 }, () => encodePacket('p')))] }, EVERYTHING)).outcome.kind, 'failed')
  assert.equal((await play({}, encodePacket('O', u32(1, 0, 0)))).outcome.kind, 'failed')
  assert.equal((await play({}, encodePacket('c'))).outcome.kind, 'failed')
})

test('a filter that hangs up or is silent fails, and is not waited for longer than told', async () => {
  const gone = new MemoryWire()
  gone.hangUp()
  assert.deepEqual(await askMilter(gone, mail(), DEADLINES, SIGNAL), { kind: 'failed', detail: 'options: end' })
  assert.deepEqual(await askMilter(new MemoryWire(), mail(), { stepMs: 1, endMs: 1 }, SIGNAL), { kind: 'failed', detail: 'options: timeout' })
})

test('a message cut in two is whole, in whatever pieces it comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), async (body, size) => {
      const head = Buffer.from('A: 1\r\nB:2\r\n 3\r\n\r\n')
      const cut = await cutMessage(pieces(Buffer.concat([head, body]), size))
      const got: Uint8Array[] = []
      for await (const piece of cut.body) got.push(piece.slice())
      assert.deepEqual(Buffer.concat(got), Buffer.from(body))
      assert.deepEqual(cut.fields.map(({ name, value }) => [name, Buffer.from(value).toString()]), [['A', ' 1'], ['B', '2\n 3']])
    }),
  )
})

test('no packet makes the reader throw, and no value leaves its field', () => {
  fc.assert(
    fc.property(fc.constantFrom(...'+2-abcdefhimpqrsty4zO'), fc.uint8Array({ maxLength: 300 }), (letter, data) => {
      const answer = parseAnswer({ letter, data })
      if (answer.kind !== 'change') return
      assert.match(answer.change.name, /^[!-9;-~]+$/)
      assert.doesNotMatch(answer.change.value ?? '', /\r\n[^ \t]|[^\r]\n|\r[^\n]|\0/)
    }),
  )
})

test('whatever a filter sends, a conversation ends with a value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...'cahimqpsry+'), fc.uint8Array({ maxLength: 60 })), { maxLength: 30 }), fc.uint8Array({ maxLength: 40 }), async (packets, junk) => {
      const wire = new MemoryWire()
      wire.say(Buffer.concat([EVERYTHING, ...packets.map(([letter, data]) => encodePacket(letter, data)), junk]))
      wire.hangUp()
      assert.ok(['passed', 'refused', 'deferred', 'discarded', 'failed'].includes((await askMilter(wire, mail(), DEADLINES, SIGNAL)).kind))
    }),
    { numRuns: 100 },
  )
})

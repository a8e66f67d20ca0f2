import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MemoryWire } from '../../../test/support/memory-wire.ts'
import { parseCommand } from './command.ts'
import { commands } from './commands.ts'
import { readCommand } from './reader.ts'

const LIMITS = { line: 65_536, literals: 65_536, withinMs: 60_000 }
const never = new AbortController().signal

const GOOD = [
  'a LOGIN user "pass word"', 'a AUTHENTICATE PLAIN AGE=', 'a ID ("name" "x" "os" NIL)', 'a ENABLE CONDSTORE',
  'a SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541 (1,3 2,4)))', 'a LIST (SUBSCRIBED) "" (a% "b*") RETURN (CHILDREN STATUS (UNSEEN))',
  'a STATUS x (MESSAGES SIZE)', 'a CREATE x (USE (\\Sent))', 'a RENAME a b', 'a FETCH 1:*,$ FAST', 'a UID SEARCH RETURN (MIN) OR NOT SEEN (TEXT x BODY y)',
  'a UID FETCH 1:* (UID BODY.PEEK[1.2.HEADER.FIELDS (Subject "To")]<0.10> BINARY[1]) (CHANGEDSINCE 7 VANISHED)',
  'a STORE 1 (UNCHANGEDSINCE 12) -FLAGS.SILENT (\\Seen $X)', 'a UID MOVE 1:3 Trash', 'a SEARCH CHARSET UTF-8 SENTSINCE 1-Feb-2020 HEADER X-Y ""',
  'a APPEND x (\\Seen) "01-Jan-2026 06:00:00 +0700" {9}\r\n',
]

test('each command of a list that has every grammar is understood, whatever its case', () => {
  for (const text of GOOD) {
    for (const form of [text, text.toLowerCase()]) {
      const parsed = parseCommand(form, commands, { utf8: true })
      if (text.includes('1:*,$')) assert.ok(!parsed.ok, 'a set of ranges has no $')
      else assert.ok(parsed.ok, `${form}: ${parsed.ok ? '' : parsed.error.text}`)
    }
  }
})

test('the parser never throws, for any bytes and for broken commands', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((raw) => Buffer.from(raw).toString('latin1'))
  fc.assert(fc.property(bytes, (text) => void parseCommand(`a ${text}`, commands, { utf8: false })), { numRuns: 500 })
  const broken = fc.tuple(fc.constantFrom(...GOOD), fc.nat(), fc.nat(3), fc.string({ unit: fc.constantFrom(' ', '(', ')', '"', '{', '}', '[', '<', '1', '*', '\\', '\r', '\n', 'x') }))
  fc.assert(
    fc.property(broken, ([text, at, cut, insert]) => {
      const place = at % (text.length + 1)
      parseCommand(text.slice(0, place) + insert + text.slice(place + cut), commands, { utf8: true })
    }),
    { numRuns: 3000 },
  )
})

test('long and deep input is refused in linear time', () => {
  const parse = (text: string): boolean => parseCommand(text, commands, { utf8: true }).ok
  assert.equal(parse(`a SEARCH ${'('.repeat(60_000)}`), false)
  assert.equal(parse(`a SEARCH ${'NOT '.repeat(15_000)}ALL`), false)
  assert.equal(parse(`a SEARCH ${'OR '.repeat(20_000)}ALL`), false)
  assert.equal(parse(`a SEARCH ${'ALL '.repeat(15_000)}ALL`), false)
  assert.equal(parse(`a FETCH 1 (${'UID '.repeat(15_000)}UID)`), false)
  assert.equal(parse(`a FETCH 1 BODY[${'1.'.repeat(30_000)}1]`), false)
  assert.equal(parse(`a STORE 1 FLAGS (${'$x '.repeat(20_000)}$y)`), true, 'one keyword, many times')
  assert.equal(parse(`a SELECT "${'\\"'.repeat(30_000)}"`), false)
})

test('a string is the same command whether it is quoted, a literal or a literal that does not wait', async () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'B', '1', ' ', '"', '\\', 'ü', '(', '{', '%'), maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(word, word, fc.array(fc.nat(200), { maxLength: 6 }), async (user, password, cuts) => {
      const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
      const literal = (text: string): string => `{${Buffer.byteLength(text)}+}\r\n${text}`
      const forms = [quoted, literal].map((form) => `a LOGIN ${form(user)} ${form(password)}\r\n`)
      const understood: unknown[] = []
      for (const form of forms) {
        const wire = new MemoryWire()
        const bytes = Buffer.from(form)
        const reading = readCommand(wire, LIMITS, never)
        let at = 0
        for (const cut of [...cuts].sort((a, b) => a - b)) {
          const to = Math.min(cut, bytes.length)
          if (to > at) wire.say(bytes.subarray(at, to))
          await Promise.resolve()
          at = Math.max(at, to)
        }
        if (at < bytes.length) wire.say(bytes.subarray(at))
        const read = await reading
        assert.equal(read.kind, 'command')
        const parsed = parseCommand(read.kind === 'command' ? read.text : '', commands, { utf8: false })
        assert.ok(parsed.ok)
        understood.push(parsed.value.args)
      }
      assert.deepEqual(understood[0], { user, password })
      assert.deepEqual(understood[1], understood[0])
    }),
  )
})

test('a refused literal that does not wait is passed over with the rest of its command', async () => {
  const wire = new MemoryWire()
  wire.say(`a LOGIN {70000+}\r\n${'x'.repeat(70_000)} {3+}\r\nabc\r\nb NOOP\r\n`)
  assert.deepEqual(await readCommand(wire, LIMITS, never), { kind: 'refused', tag: 'a', why: 'The literal is too large', bye: 'stay' })
  assert.deepEqual(await readCommand(wire, LIMITS, never), { kind: 'command', text: 'b NOOP' })
})

test('the message of APPEND stays on the wire, its mailbox name does not', async () => {
  const wire = new MemoryWire()
  wire.say('a APPEND {5+}\r\nINBOX (\\Seen) {1000000000}\r\n')
  assert.deepEqual(await readCommand(wire, LIMITS, never), { kind: 'command', text: 'a APPEND {5+}\r\nINBOX (\\Seen) {1000000000}\r\n' })
})

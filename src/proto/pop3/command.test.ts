import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseCommand } from './command.ts'
import { MAX_AUTH_BYTES, MAX_COMMAND_BYTES } from './limits.ts'

const parse = (text: string) => parseCommand(Buffer.from(text))

test('PASS takes the rest of the line, with its spaces and in UTF-8', () => {
  assert.deepEqual(parse('pass  two words '), { ok: true, value: { verb: 'PASS', password: ' two words ' } })
  assert.deepEqual(parse('PASS sandi-ré'), { ok: true, value: { verb: 'PASS', password: 'sandi-ré' } })
})

test('A line of 255 octets is taken, a longer one only for AUTH', () => {
  const longest = `USER ${'x'.repeat(MAX_COMMAND_BYTES - 2 - 5)}`
  assert.ok(parse(longest).ok)
  assert.deepEqual(parse(`${longest}x`), { ok: false, error: 'Line too long' })
  assert.ok(parse(`AUTH PLAIN ${'A'.repeat(MAX_AUTH_BYTES - 13)}`).ok)
  assert.deepEqual(parse(`AUTH PLAIN ${'A'.repeat(MAX_AUTH_BYTES - 12)}`), { ok: false, error: 'Line too long' })
})

test('Numbers are decimal digits, at most ten of them', () => {
  assert.deepEqual(parse('RETR 0000000012'), { ok: true, value: { verb: 'RETR', number: 12 } })
  for (const bad of ['1e3', '0x1', '+1', '1.0', '12345678901', '1  2', '١']) assert.ok(!parse(`RETR ${bad}`).ok, bad)
})

test('Whatever bytes come, the parser returns a value', () => {
  const word = fc.constantFrom('USER', 'PASS', 'LIST', 'TOP', 'AUTH', 'RETR', ' ', '1', '99999999999', 'é', '\0', '=', '\t')
  const line = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(word, { maxLength: 8 }).map((words) => Buffer.from(words.join(' '))))
  fc.assert(
    fc.property(line, (bytes) => {
      const parsed = parseCommand(bytes)
      if (!parsed.ok) assert.doesNotMatch(parsed.error, /[\r\n]/)
    }),
    { numRuns: 3000 },
  )
})

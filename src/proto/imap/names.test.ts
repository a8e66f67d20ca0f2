import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { joinPattern, matchesPattern } from './list-pattern.ts'
import { Scanner } from './scanner.ts'
import { formatAstring, formatString } from './session.ts'
import { decodeUtf7, encodeUtf7 } from './utf7.ts'

test('modified UTF-7 is as RFC 3501 §5.1.3 shows it', () => {
  assert.equal(encodeUtf7('~peter/mail/台北/日本語'), '~peter/mail/&U,BTFw-/&ZeVnLIqe-')
  assert.equal(encodeUtf7('a & b'), 'a &- b')
  assert.equal(decodeUtf7('&U,BTFw-'), '台北')
  assert.equal(encodeUtf7('🙂'), '&2D3eQg-')
})

test('a name in modified UTF-7 has one spelling', () => {
  for (const text of ['&', '&AGE-', '&U,BTFw', '&U,BTFw-&ZeVnLIqe-', '&#-', 'a&']) assert.equal(decodeUtf7(text), null, text)
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (name) => assert.equal(decodeUtf7(encodeUtf7(name)), name)))
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('&', '-', 'A', 'P', 'w', ',', '+', 'ü') }), (text) => {
      const name = decodeUtf7(text)
      assert.ok(name === null || encodeUtf7(name) === text || !text.includes('&'))
    }),
  )
})

test('a LIST pattern matches as its regular expression does', () => {
  const unit = fc.constantFrom('a', 'b', '/', '*', '%')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 8 }), fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 10 }), (pattern, path) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('%', '[^/]*')}$`)
      assert.equal(matchesPattern(pattern, path), expression.test(path), `${pattern} on ${path}`)
    }),
    { numRuns: 1000 },
  )
})

test('a pattern that backtracks in other hands costs nothing here', () => {
  assert.equal(matchesPattern('%*'.repeat(400), 'a'.repeat(900)), true)
  assert.equal(matchesPattern(`${'*a'.repeat(400)}b`, 'a'.repeat(900)), false)
})

test('INBOX is matched without case, other names exactly', () => {
  assert.ok(matchesPattern('in%', 'INBOX'))
  assert.ok(!matchesPattern('tr%', 'Trash'))
  assert.equal(joinPattern('', 'inbox/%'), 'INBOX/%')
  assert.equal(joinPattern('a/', 'b'), 'a/b')
})

test('a string that was formatted is read back the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, utf8) => {
      const clean = text.replaceAll('\0', '')
      const wire = Buffer.from(formatString(clean, utf8)).toString('latin1')
      const s = new Scanner(wire, { utf8 })
      assert.equal(s.string(), clean.toWellFormed())
      s.end()
      assert.equal(s.fault, null)
    }),
  )
  assert.equal(formatAstring('INBOX', false), 'INBOX')
  assert.equal(formatAstring('nil', false), '"nil"')
  assert.equal(formatAstring('a b', false), '"a b"')
  assert.equal(formatAstring('', false), '""')
})

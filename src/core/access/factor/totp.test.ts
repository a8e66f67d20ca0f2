import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { base32, codeAt, isCode, matchingStep, otpauthUri, stepAt } from './totp.ts'

const SECRET = Buffer.from('12345678901234567890')

test('codes are those of RFC 6238, appendix B', () => {
  // The vectors have eight digits; six are their end.
  const vectors = [[59, '287082'], [1_111_111_109, '081804'], [1_111_111_111, '050471'], [1_234_567_890, '005924'], [2_000_000_000, '279037'], [20_000_000_000, '353130']] as const
  for (const [seconds, code] of vectors) assert.equal(codeAt(SECRET, stepAt(seconds * 1000)), code)
})

test('a code counts once, and one step before and after its time', () => {
  const nowMs = 1_111_111_111_000
  const step = stepAt(nowMs)
  assert.equal(matchingStep(SECRET, '050471', nowMs, 0), step)
  assert.equal(matchingStep(SECRET, '050 471', nowMs + 30_000, 0), step)
  assert.equal(matchingStep(SECRET, '050471', nowMs - 30_000, 0), step)
  assert.equal(matchingStep(SECRET, '050471', nowMs + 60_000, 0), null)
  assert.equal(matchingStep(SECRET, '050471', nowMs, step), null)
  assert.equal(matchingStep(SECRET, '050472', nowMs, 0), null)
})

test('a secret is typed as RFC 4648 writes it', () => {
  for (const [text, coded] of [['', ''], ['f', 'MY'], ['fo', 'MZXQ'], ['foo', 'MZXW6'], ['foob', 'MZXW6YQ'], ['fooba', 'MZXW6YTB'], ['foobar', 'MZXW6YTBOI']] as const) {
    assert.equal(base32(Buffer.from(text)), coded)
  }
  assert.equal(otpauthUri('mx.example.org', 'ani@example.org', Buffer.from('foobar')), 'otpauth://totp/mx.example.org:ani%40example.org?secret=MZXW6YTBOI&issuer=mx.example.org&algorithm=SHA1&digits=6&period=30')
})

test('whatever is typed is a code of one of three steps or none', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')), fc.integer({ min: 0, max: 2 ** 41 }), (typed, nowMs) => {
    const step = matchingStep(SECRET, typed, nowMs + 60_000, 0)
    if (step !== null) assert.ok(isCode(typed))
  }))
})

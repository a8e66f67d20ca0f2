import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bimiName, bimiSelector, parseBimi } from './record.ts'

test('a record says where the picture is and who vouches for it', () => {
  assert.deepEqual(parseBimi(['v=BIMI1; l=https://a.example/logo.svg; a=https://a.example/vmc.pem;']), { kind: 'record', location: 'https://a.example/logo.svg', evidence: 'https://a.example/vmc.pem' })
  assert.deepEqual(parseBimi(['other', 'v=BIMI1;l=https://a.example/logo.svg']), { kind: 'record', location: 'https://a.example/logo.svg', evidence: null })
  assert.equal(bimiName('default', 'a.example'), 'default._bimi.a.example')
})

test('an owner may want no picture', () => {
  assert.deepEqual(parseBimi(['v=BIMI1; l=; a=;']), { kind: 'declined' })
})

test('what is none, or one of several, or not over HTTPS shows nothing', () => {
  assert.deepEqual(parseBimi([]), { kind: 'none' })
  assert.deepEqual(parseBimi(['v=spf1 -all']), { kind: 'none' })
  for (const texts of [['v=BIMI1; l=http://a.example/logo.svg'], ['v=BIMI1'], ['v=BIMI1; l=https://a/', 'v=BIMI1; l=https://b/'], ['v=BIMI1; l=https://a/; l=https://b/'], ['v=BIMI1; l=https://a/ b']]) {
    assert.deepEqual(parseBimi(texts), { kind: 'broken' }, texts.join(' | '))
  }
})

test('a message may name another selector', () => {
  assert.equal(bimiSelector(null), 'default')
  assert.equal(bimiSelector('v=BIMI1; s=Brand'), 'brand')
  assert.equal(bimiSelector('v=BIMI1; s=a.b'), null)
})

test('whatever is published is read without an error, and only HTTPS comes out', () => {
  const piece = fc.constantFrom('v=BIMI1', ';', 'l=', 'a=', 'https://', 'http://', 'x', ' ', '=', '\0', '__proto__=')
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join('')), { maxLength: 3 }), (texts) => {
      const read = parseBimi(texts)
      if (read.kind === 'record') for (const url of [read.location, read.evidence]) assert.ok(url === null || url.startsWith('https://'))
    }),
    { numRuns: 3000 },
  )
})

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { formatReply, reply } from './reply.ts'
import { decodeUtf8Address, decodeXtext, encodeUtf8Xtext, encodeXtext } from './xtext.ts'

test('a reply of any text is lines of at most 512 octets, each with code and status', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 1500, unit: 'grapheme' }), fc.boolean(), (text, enhanced) => {
      const lines = formatReply(reply(550, enhanced ? '5.7.1' : null, text)).split('\r\n')
      assert.equal(lines.pop(), '')
      for (const [index, line] of lines.entries()) {
        assert.ok(line.length <= 510)
        assert.match(line, enhanced ? /^550[- ]5\.7\.1 [ -~]*$/ : /^550[- ][ -~]*$/)
        assert.equal(line[3], index === lines.length - 1 ? ' ' : '-')
      }
    }),
  )
})

test('long text breaks at spaces and loses nothing else', () => {
  const text = 'word '.repeat(300).trim()
  const said = formatReply(reply(250, '2.0.0', text)).replaceAll(/250[- ]2\.0\.0 /g, '').replaceAll('\r\n', ' ').trim()
  assert.equal(said, text)
})

test('text survives xtext', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => assert.equal(decodeXtext(encodeXtext(text)), text)))
  assert.equal(decodeXtext('a+2'), null)
  assert.equal(decodeXtext('a=b'), null)
})

test('an address survives utf-8-addr-xtext', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '+', '=', '\\', '@', '字', '😀', ' ') }), (address) => {
      const encoded = encodeUtf8Xtext(address)
      assert.match(encoded, /^[!-~]*$/)
      assert.equal(decodeUtf8Address(encoded), address)
    }),
  )
})

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeCharset, isKnownCharset } from './charset.ts'
import { decodeWords, encodeWords } from './encoded-word.ts'
import { paramText, parseParameters } from './parameter.ts'

describe('encoded words', () => {
  const vectors = [
    ['plain', 'plain'],
    ['=?utf-8?Q?caf=C3=A9?=', 'café'],
    ['=?UTF-8?b?Y2Fmw6k=?=', 'café'],
    ['=?iso-8859-1?q?caf=e9_au_lait?=', 'café au lait'],
    ['=?utf-8*en?Q?hi?=', 'hi'],
    ['a =?utf-8?Q?b?= c', 'a b c'],
    ['=?utf-8?Q?a?= =?utf-8?Q?b?=', 'ab'],
    ['=?utf-8?Q?a?= \t =?iso-8859-1?Q?=E9?= x', 'aé x'],
    ['=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=', 'é'],
    ['=?utf-8?B?w6?= =?UTF-8?Q?=A9?=', 'é'],
    ['=?utf-8?B?w6k?==?utf-8?B?w6k?=', 'éé'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=', '日本語'],
    ['=?utf-8?X?a?=', '=?utf-8?X?a?='],
    ['=?utf-8?Q?a', '=?utf-8?Q?a'],
    ['=?utf-8?Q?=ZZ=4?=', '=ZZ=4'],
    ['=?no-such-charset?Q?caf=C3=A9?=', 'café'],
    ['=?no-such-charset?Q?caf=E9?=', 'café'],
    ['=?utf-8?Q?a=0D=0ABcc:_x?=', 'a Bcc: x'],
    ['=?us-ascii?Q?=C3=A9?=', 'é'],
    ['=?utf-7?Q?Hi_+AOk-?=', 'Hi é'],
  ] as const
  for (const [text, expected] of vectors) {
    test(`${text} reads as ${JSON.stringify(expected)}`, () => assert.equal(decodeWords(text), expected))
  }

  test('text survives encoding, in words of at most 75 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const encoded = encodeWords(text)
        assert.match(encoded, /^[ -~]*$/)
        if (encoded === text) return
        for (const word of encoded.split(' ')) assert.ok(word.length <= 75)
        assert.equal(decodeWords(encoded), text.replace(/[\r\n\0]+/g, ' '))
      }),
    )
  })

  test('any text is decoded without throwing', () => {
    const piece = fc.constantFrom('=?', '?=', '?', 'utf-8', 'Q', 'B', '=', ' ', '_', 'w6k=', '=C3', 'x', '=?utf-8?Q?', '=?iso-2022-jp?B?')
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => assert.equal(typeof decodeWords(pieces.join('')), 'string')))
  })
})

describe('charsets', () => {
  test('bytes are read by their label, however it is written', () => {
    assert.equal(decodeCharset(Buffer.from([0xe9, 0x80]), ' ISO-8859-1 '), 'é€')
    assert.equal(decodeCharset(Buffer.from([0x82]), 'cp850'), 'é')
    assert.equal(decodeCharset(Buffer.from('日本', 'utf8'), 'x-unknown'), '日本')
  })

  test('what is known is told from what is not', () => {
    assert.equal(isKnownCharset('UTF-8') && isKnownCharset('us-ascii') && isKnownCharset('utf-7') && isKnownCharset('koi8-r'), true)
    assert.equal(isKnownCharset('x-unknown') || isKnownCharset(''), false)
  })

  test('any bytes under any label give text', () => {
    const label = fc.oneof(
      fc.constantFrom('utf-8', 'utf-16', 'utf-7', 'gb18030', 'iso-2022-jp', 'hz-gb-2312', 'iso-2022-kr', 'base64', 'hex', 'ucs2', 'big5'),
      fc.string(),
    )
    fc.assert(fc.property(fc.uint8Array(), label, (bytes, name) => assert.equal(typeof decodeCharset(bytes, name), 'string')))
  })
})

describe('parameters', () => {
  const vectors = [
    ['text/plain', 'text/plain', []],
    ['Text/Plain; Charset=UTF-8', 'text/plain', [['charset', 'UTF-8']]],
    ['text/plain; charset="utf-8" ; format=flowed;', 'text/plain', [['charset', 'utf-8'], ['format', 'flowed']]],
    ['a/b; name="x \\"y\\" z"', 'a/b', [['name', 'x "y" z']]],
    ['a/b (c); (d) name (e) = (f) x (g); y=z', 'a/b', [['name', 'x'], ['y', 'z']]],
    ['a/b; name=My report.pdf; x=y', 'a/b', [['name', 'My report.pdf'], ['x', 'y']]],
    ['a/b; name=x name2="y"', 'a/b', [['name', 'x'], ['name2', 'y']]],
    ['a/b; name=x; name=y', 'a/b', [['name', 'x']]],
    ['a/b; name', 'a/b', [['name', '']]],
    ['a/b;;; =x; name=', 'a/b', [['x', ''], ['name', '']]],
    ['a/b; name="unclosed', 'a/b', [['name', 'unclosed']]],
    ['a/b; n*0=x; n*1=y', 'a/b', [['n', 'xy']]],
    ['a/b; n*1=y; n*0=x', 'a/b', [['n', 'xy']]],
    ['a/b; n*0=x; n*2=z', 'a/b', [['n', 'x']]],
    ['a/b; n*1=x', 'a/b', []],
    ["a/b; n*=utf-8'en'%C3%A9", 'a/b', [['n*', "utf-8'en'%C3%A9"]]],
    ["a/b; n*0*=utf-8''%C3; n*1*=%A9; n*2=\" é\"", 'a/b', [['n*', "utf-8''%C3%A9%20%C3%A9"]]],
    ['a/b; n*0=x; n*1*=%41', 'a/b', [['n*', "''x%41"]]],
  ] as const
  for (const [text, value, params] of vectors) {
    test(`${text} reads as ${JSON.stringify(params)}`, () => assert.deepEqual(parseParameters(text), { value, params }))
  }

  const names = [
    ['a; filename=x.txt', 'x.txt'],
    ["a; filename*=utf-8''caf%C3%A9.txt; filename=cafe.txt", 'café.txt'],
    ["a; filename*=iso-8859-1''caf%E9.txt", 'café.txt'],
    ["a; filename*0*=utf-8''caf%C3; filename*1*=%A9.txt", 'café.txt'],
    ['a; filename*=caf%C3%A9', 'café'],
    ['a; filename="=?utf-8?Q?caf=C3=A9?="', 'café'],
    ['a; filename=100%.txt', '100%.txt'],
    ["a; filename*=utf-8''100%.txt", '100%.txt'],
    ['a; other=x', null],
  ] as const
  for (const [text, name] of names) {
    test(`${text} names ${name ?? 'nothing'}`, () => assert.equal(paramText(parseParameters(text).params, 'filename'), name))
  }

  test('any text is read without throwing', () => {
    const piece = fc.constantFrom(';', '=', '"', '\\', '(', ')', '*', '*0', '*1*', "utf-8''", '%', '%41', ' ', 'n', 'é', '/', 'a/b')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const [name] of parseParameters(pieces.join('')).params) assert.equal(
          typeof paramText(parseParameters(pieces.join('')).params, name), 'string',
        )
      }),
      { numRuns: 1000 },
    )
  })
})

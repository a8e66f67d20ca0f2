import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { bodyDecoder, decodeBody, isKnownEncoding } from './decode-body.ts'
import { encodeBase64, encodeText } from './encode-body.ts'
import { foldText } from './fold-text.ts'
import { indexMessage } from './mime-index.ts'
import { fileNameOf, textOfHeader, textOfPart } from './text-of-part.ts'

function decoded(text: string, encoding: string): string {
  return Buffer.from(decodeBody(Buffer.from(text, 'latin1'), encoding)).toString('latin1')
}

function inChunks(bytes: Uint8Array, encoding: string, size: number): Uint8Array {
  const decoder = bodyDecoder(encoding)
  const out: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) out.push(new Uint8Array(decoder.push(bytes.subarray(at, at + size))))
  return Buffer.concat([...out, decoder.finish()])
}

describe('bodies without their encoding', () => {
  const quoted = [
    ['a=3Db', 'a=b'], ['a=3db', 'a=b'], ['a=\r\nb', 'ab'], ['a=\nb', 'ab'], ['a= \t\r\nb', 'ab'], ['a \t\r\nb  ', 'a\r\nb'],
    ['a  b', 'a  b'], ['a=20\r\n', 'a \r\n'],
    ['a=', 'a'], ['a=ZZ', 'a=ZZ'], ['a=4', 'a=4'], ['a= b', 'a= b'], ['caf\xe9', 'caf\xe9'], ['a\rb', 'a\rb'], ['==41', '=A'],
    ['a=\r', 'a'], ['', ''],
  ] as const
  for (const [text, expected] of quoted) {
    test(
      `quoted-printable ${JSON.stringify(text)} is ${JSON.stringify(expected)}`,
      () => assert.equal(decoded(text, 'quoted-printable'), expected),
    )
  }

  const base64 = [
    ['aGVsbG8=', 'hello'], ['aGVs\r\nbG8=\r\n', 'hello'], ['aGVsbG8', 'hello'], ['aGVs!*bG8', 'hello'], ['aGU=aGU=', 'hehe'],
    ['aGVsbG8===', 'hello'], ['_-8=', '\xff\xef'], ['a', ''], ['', ''],
  ] as const
  for (const [text, expected] of base64) {
    test(`base64 ${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => assert.equal(decoded(text, 'base64'), expected))
  }

  test('unknown and identity encodings leave the bytes as they are', () => {
    for (const encoding of ['7bit', '8bit', 'binary', 'x-uuencode']) assert.equal(decoded('a=3D', encoding), 'a=3D')
    assert.equal(isKnownEncoding('binary') && isKnownEncoding('base64') && !isKnownEncoding('x-uuencode'), true)
  })

  test('chunks decode as the whole does', () => {
    const piece = fc.constantFrom('=', '=3D', '=3', 'D', '\r', '\n', '\r\n', ' ', '\t', 'a', 'aGVs', '!', '==')
    const text = fc.array(piece, { maxLength: 40 }).map((all) => Buffer.from(all.join('')))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), fc.constantFrom('base64', 'quoted-printable'), (bytes, size, encoding) => {
        assert.deepEqual(Buffer.from(inChunks(bytes, encoding, size)), Buffer.from(decodeBody(bytes, encoding)))
      }),
      { numRuns: 3000 },
    )
  })

  test('bytes survive base64', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        (bytes) => assert.deepEqual(Buffer.from(decodeBody(encodeBase64(bytes), 'base64')), Buffer.from(bytes)),
      ),
    )
  })

  test('text survives its encoding in short ASCII lines, with CRLF for its line endings', () => {
    const piece = fc.constantFrom('a', ' ', '\n', '\r\n', '=', 'é', '日', 'From ', '.', '\t', 'x'.repeat(80), '\0')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }).map((all) => all.join('')), (text) => {
        const { encoding, bytes } = encodeText(text)
        const lines = Buffer.from(bytes).toString('latin1').split('\r\n')
        assert.equal(lines.pop(), '')
        for (const line of lines) assert.match(line, /^(?!From |\.$)[\t -~]{0,76}(?<![ \t])$/)
        const back = Buffer.from(decodeBody(bytes, encoding)).toString('utf8')
        const whole = text.replace(/\r\n|\r|\n/g, '\r\n')
        assert.equal(back, whole === '' || whole.endsWith('\r\n') ? whole : `${whole}\r\n`)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('text for searching', () => {
  function textOf(message: string): string | null {
    const bytes = Buffer.from(message, 'latin1')
    const { root } = indexMessage(bytes)
    return textOfPart(root, bytes.subarray(root.bodyStart, root.bodyEnd))
  }

  test('is decoded by encoding and charset', () => {
    assert.equal(
      textOf('Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9'), 'café',
    )
    assert.equal(textOf('Content-Type: text/plain; charset=utf-16be\r\nContent-Transfer-Encoding: base64\r\n\r\nAGgAaQ=='), 'hi')
    assert.equal(textOf('\r\ncaf\xc3\xa9'), 'café')
    assert.equal(textOf('Content-Type: image/png\r\n\r\nx'), null)
  })

  test('of a header has a line a field, decoded', () => {
    assert.equal(
      textOfHeader(Buffer.from('Subject: =?utf-8?Q?caf=C3=A9?=\r\n au lait\r\nX: y\r\n\r\n')), 'subject: café au lait\r\nx: y\r\n',
    )
  })

  const equal = [
    ['Straße', 'STRASSE'], ['ÉCOLE', 'e\u0301cole'], ['ﬁn', 'FIN'], ['ς', 'Σ'], ['ǆ', 'Ǆ'], ['ǅ', 'ǆ'], ['K', 'k'], ['ﾊﾞ', 'バ'],
    ['ᾳ', 'ᾼ'], ['abc', 'ABC'], ['İ', 'i\u0307'],
  ] as const
  for (const [one, other] of equal) test(`${one} is found as ${other}`, () => assert.equal(foldText(one), foldText(other)))

  test('different letters stay different', () => {
    assert.notEqual(foldText('ø'), foldText('o'))
    assert.notEqual(foldText('и'), foldText('n'))
  })

  test('folding is the same for a text in any case, and folding again changes nothing', () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code < 0xe000) continue
      const char = String.fromCodePoint(code)
      const folded = foldText(char)
      if (foldText(folded) !== folded || foldText(char.toUpperCase()) !== folded) assert.fail(`U+${code.toString(16)}`)
    }
  })
})

describe('file names', () => {
  const vectors = [
    ['Content-Disposition: attachment; filename="a.pdf"', 'a.pdf'], ['Content-Type: a/b; name=a.pdf', 'a.pdf'],
    ['Content-Disposition: attachment; filename=x\r\nContent-Type: a/b; name=y', 'x'],
    ['Content-Disposition: attachment; filename="../../etc/passwd"', 'passwd'],
    ['Content-Disposition: attachment; filename="C:\\\\Temp\\\\a.txt"', 'a.txt'],
    ['Content-Disposition: attachment; filename=".."', null], ['Content-Disposition: attachment', null],
    ["Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab%00.txt", 'ab.txt'],
  ] as const
  for (const [header, name] of vectors) {
    test(
      `${JSON.stringify(header)} names ${name ?? 'nothing'}`,
      () => assert.equal(fileNameOf(indexMessage(Buffer.from(`${header}\r\n\r\n`)).root), name),
    )
  }
})

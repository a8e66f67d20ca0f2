import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeBody } from './decode-body.ts'
import { bodyEncoder } from './encode-stream.ts'
import { indexMessage } from './mime-index.ts'
import { paramText } from './parameter.ts'
import type { Part } from './part.ts'
import { type MessageSource, toSevenBit } from './seven-bit.ts'

const CRLF = '\r\n'

/** A message held in memory, read in steps of `step` bytes. */
function sourceOf(bytes: Uint8Array, step = 1_000): MessageSource {
  return {
    size: bytes.length,
    pieces: async function* (start, end) {
      for (let at = start; at < end; at += step) yield bytes.subarray(at, Math.min(end, at + step))
    },
  }
}

async function converted(bytes: Uint8Array, step?: number): Promise<Buffer> {
  const result = await toSevenBit(sourceOf(bytes, step))
  if (result.kind === 'impossible') throw new Error(`impossible: ${result.why}`)
  const out = Buffer.concat(await Array.fromAsync(result.message.pieces(0, result.message.size)))
  assert.equal(out.length, result.message.size)
  return out
}

async function faultOf(text: string): Promise<string> {
  const result = await toSevenBit(sourceOf(Buffer.from(text)))
  return result.kind === 'impossible' ? result.why : result.kind
}

/** What each part is, and what is in it when its encoding is taken off. */
function contents(bytes: Uint8Array, part: Part = indexMessage(bytes).root): unknown {
  const { type, subtype, children } = part
  if (children.length > 0) return { type, subtype, children: children.map((child) => contents(bytes, child)) }
  const body = decodeBody(bytes.subarray(part.bodyStart, part.bodyEnd), part.encoding)
  return { type, subtype, name: paramText(part.params, 'name'), body: Buffer.from(body).toString('latin1') }
}

function assertSevenBit(bytes: Uint8Array): void {
  assert.ok(bytes.every((byte) => byte > 0 && byte < 128))
  assert.doesNotMatch(Buffer.from(bytes).toString('latin1'), /\r(?!\n)|(?<!\r)\n/)
}

/** Lines of text with a bit of everything, as latin1; ends in CRLF. */
const text = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom('.', '..', 'From here', '-- ', '--b', 'tail \t', '=', 'ä'.repeat(1_200), 'x'.repeat(1_500), '')), { maxLength: 8 })
  .map((lines) => Buffer.from(lines.map((line) => `${line.replace(/[\r\n\0]/g, '')}${CRLF}`).join('')).toString('latin1'))
const binary = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

interface Made {
  readonly header: string
  readonly body: string
}

const leaf: fc.Arbitrary<Made> = fc.oneof(
  fc.record({ header: fc.constantFrom('', `Content-Type: text/plain; charset=utf-8${CRLF}`, `content-transfer-encoding:  8BIT (as it is)${CRLF}Content-Type: text/html; charset="utf-8"${CRLF}`), body: text }),
  fc.record({ header: fc.constantFrom(`Content-Type: application/pdf; name="a b.pdf"${CRLF}Content-Transfer-Encoding: binary${CRLF}`, `Content-Type: image/png${CRLF}`), body: binary }),
  fc.record({ header: fc.constant(`Content-Type: text/plain; charset=utf-8${CRLF}Content-Transfer-Encoding: quoted-printable${CRLF}`), body: text }),
  fc.record({ header: fc.constant(`Content-Transfer-Encoding: base64${CRLF}Content-Type: application/zip${CRLF}`), body: text }),
)

const { message } = fc.letrec<{ message: Made; part: Made; multipart: Made; nested: Made }>((tie) => ({
  part: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('multipart'), tie('nested')),
  multipart: fc
    .record({ subtype: fc.constantFrom('mixed', 'alternative', 'related', 'encrypted'), number: fc.nat(1e9), parts: fc.array(tie('part'), { minLength: 1, maxLength: 3 }), preamble: fc.constantFrom('', `Für alte Leser${CRLF}`, `${'ö'.repeat(2_000)}${CRLF}`), label: fc.constantFrom('', `Content-Transfer-Encoding: 8bit${CRLF}`) })
    .map(({ subtype, number, parts, preamble, label }) => ({
      header: `${label}Content-Type: multipart/${subtype}; boundary="=_${number}"${CRLF}`,
      body: `${Buffer.from(preamble).toString('latin1')}${parts.map(({ header, body }) => `--=_${number}${CRLF}${header}${CRLF}${body}${CRLF}`).join('')}--=_${number}--${CRLF}`,
    })),
  nested: tie('part').map(({ header, body }) => ({ header: `Content-Type: message/rfc822${CRLF}Content-Transfer-Encoding: 8bit${CRLF}`, body: `Subject: Inside${CRLF}${header}${CRLF}${body}` })),
  message: tie('part').map(({ header, body }) => ({ header: `From: ani@merpati.test${CRLF}${header}`, body })),
}))

describe('making a message 7-bit', () => {
  test('leaves every part with the content it had, in ASCII lines of at most 998 characters', async () => {
    await fc.assert(
      fc.asyncProperty(message, fc.integer({ min: 1, max: 700 }), async ({ header, body }, step) => {
        const before = Buffer.from(`${header}${CRLF}${body}`, 'latin1')
        const after = await converted(before, step)
        assertSevenBit(after)
        assert.deepEqual(contents(after), contents(before))
        for (const line of after.toString('latin1').split(CRLF)) assert.ok(line.length <= 998, line)
      }),
      { numRuns: 300 },
    )
  })

  test('never throws for what strangers send, and what it makes is 7-bit', async () => {
    const pieces = fc.constantFrom('Content-Type: multipart/mixed; boundary=b\r\n', 'Content-Type: message/rfc822\r\n', 'Content-Type: text/plain; name=\xe9\r\n', 'Subject: \xe9\r\n', '--b\r\n', '--b--\r\n', '\r\n', '\n', '\r', '\xe9', '\0', 'Content-Transfer-Encoding: base64\r\n', 'Content-Transfer-Encoding: x-uuencode\r\n', ' ')
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 40 }), fc.integer({ min: 1, max: 50 }), async (parts, step) => {
        const result = await toSevenBit(sourceOf(Buffer.from(parts.join(''), 'latin1'), step))
        if (result.kind === 'converted') assertSevenBit(Buffer.concat(await Array.fromAsync(result.message.pieces(0, result.message.size))))
      }),
      { numRuns: 500 },
    )
  })

  test('says of text without any header that it is MIME, quoted-printable, and which charset', async () => {
    const after = await converted(Buffer.from('From: ani@merpati.test\r\n\r\nSelamat pagi, café.\r\n'))
    assert.equal(after.toString(), 'From: ani@merpati.test\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nSelamat pagi, caf=C3=A9.\r\n')
    const unknown = await converted(Buffer.from('From: ani@merpati.test\r\n\r\nSelamat pagi, caf\xe9.\r\n', 'latin1'))
    assert.match(unknown.toString(), /charset=unknown-8bit\r\n/) // RFC 1428 §3.
  })

  test('never encodes a message inside: what is in that is encoded, and the label becomes 7bit', async () => {
    const inside = 'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncafé\r\n'
    assert.equal((await converted(Buffer.from(`MIME-Version: 1.0\r\n${inside}`))).toString(), `MIME-Version: 1.0\r\n${inside.replace('8bit', '7bit').replace('8bit', 'quoted-printable').replace('é', '=C3=A9')}`)
  })

  test('encodes message/global whole, which RFC 6532 §3.7 allows', async () => {
    const after = await converted(Buffer.from('MIME-Version: 1.0\r\nContent-Type: message/global\r\n\r\nFrom: José <j@merpati.test>\r\n\r\nx\r\n'))
    assert.match(after.toString(), /Content-Transfer-Encoding: base64/)
  })

  test('refuses what must stay as it is', async () => {
    const signed = (body: string): string => `MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n${body}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n`
    assert.equal(await faultOf(signed('café')), 'signed')
    assert.equal(await faultOf(signed('cafe')), 'converted')
    assert.equal(await faultOf('MIME-Version: 1.0\r\nContent-Type: message/delivery-status\r\n\r\nDiagnostic-Code: smtp; é\r\n'), 'not-encodable')
    assert.equal(await faultOf('MIME-Version: 1.0\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\né\r\n'), 'not-encodable')
    assert.equal(await faultOf('From: José <jose@merpati.test>\r\n\r\nx\r\n'), 'header')
  })

  test('writes file names and descriptions that are not ASCII in the forms that headers have for them', async () => {
    const after = await converted(Buffer.from('MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf; name="Résumé.pdf"\r\nContent-Description: Résumé\r\n\r\nx\r\n--b--\r\n'))
    assert.match(after.toString(), /name\*=utf-8''R%C3%A9sum%C3%A9\.pdf/)
    assert.match(after.toString(), /Content-Description: =\?utf-8\?/i)
  })
})

describe('encoding chunk by chunk', () => {
  for (const encoding of ['quoted-printable', 'base64'] as const) {
    test(`${encoding} decodes to the same bytes, however they were cut, in lines of at most 76 characters`, () => {
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), text.map((each) => Buffer.from(each, 'latin1'))), fc.integer({ min: 1, max: 90 }), (bytes, step) => {
          const encoder = bodyEncoder(encoding)
          const out: Uint8Array[] = []
          for (let at = 0; at < bytes.length; at += step) out.push(encoder.push(bytes.subarray(at, at + step)))
          const encoded = Buffer.concat([...out, encoder.finish()])
          assertSevenBit(encoded)
          assert.deepEqual(Buffer.from(decodeBody(encoded, encoding)), Buffer.from(bytes))
          for (const line of encoded.toString('latin1').split(CRLF)) {
            assert.ok(line.length <= 76, line)
            assert.doesNotMatch(line, /^(?:--|From |\.)|[ \t]$/)
          }
        }),
      )
    })
  }
})

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { KEEP_ALL, scanHeader } from '../../proto/mail/header-scan.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import { MAX_HEAD_BYTES, MAX_TEXT_CHARS, MAX_URLS } from './limits.ts'
import type { MailContent } from './mail-content.ts'
import { readContent } from './read-content.ts'

function contentOf(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): MailContent {
  const bytes = Buffer.from(text.replace(/\r?\n/g, '\r\n'), encoding)
  const header = scanHeader(bytes)
  return readContent(bytes, header, indexMessage(bytes, header))
}

test('Header fields are decoded, and domains have A-labels', () => {
  const content = contentOf('From: =?utf-8?Q?Ani_S=C3=A1nti?= <ANI@München.example>\nTo: a@b.example, Tim: c@d.example;\nCc: e@f.example\nSubject: =?utf-8?B?SGFsbw==?= dunia\n\nx\n')
  assert.deepEqual(content.from, [{ name: 'Ani Sánti', address: 'ani@xn--mnchen-3ya.example' }])
  assert.deepEqual(content.to.map(({ address }) => address), ['a@b.example', 'c@d.example', 'e@f.example'])
  assert.deepEqual(content.replyTo, [])
  assert.equal(content.subject, 'Halo dunia')
  assert.equal(content.head.hasEightBit, true)
})

test('Text of all parts is decoded, plain before HTML, and links are told once', () => {
  const content = contentOf(`Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Harga =A3 5: https://toko.example/a=
bc
--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from('<p>Harga <a href="https://toko.example/abc">£ 5</a></p>').toString('base64')}
--b--
`)
  assert.equal(content.text, 'Harga £ 5: https://toko.example/abc\nHarga £ 5')
  assert.equal(content.plain, 'Harga £ 5: https://toko.example/abc')
  assert.deepEqual(content.urls, [{ url: 'https://toko.example/abc', host: 'toko.example', scheme: 'https', shown: '£ 5' }])
  assert.equal(content.urlCount, 1)
  assert.deepEqual(content.attachments, [])
})

test('Attachments have their decoded name and first bytes, also those of messages inside, whose text is not read', () => {
  const content = contentOf(`Content-Type: multipart/mixed; boundary=b

--b

Terlampir.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename*=utf-8''tagihan%20%E2%82%AC.pdf
Content-Transfer-Encoding: base64

${Buffer.from(`%PDF-1.7${'x'.repeat(9000)}`).toString('base64').replace(/.{76}/g, '$&\n')}
--b
Content-Type: message/rfc822

Content-Type: multipart/mixed; boundary=c

--c

Rahasia
--c
Content-Type: application/octet-stream; name="=?utf-8?Q?a=2Eexe?="

MZ
--c--
--b--
`)
  assert.equal(content.text.trim(), 'Terlampir.')
  assert.deepEqual(content.attachments.map(({ name, type, path }) => [name, type, path]), [
    ['tagihan €.pdf', 'application/pdf', '2'],
    ['', 'message/rfc822', '3'],
    ['a.exe', 'application/octet-stream', '3.2'],
  ])
  const [pdf, , exe] = content.attachments
  assert.equal(Buffer.from(pdf?.head ?? []).subarray(0, 8).toString(), '%PDF-1.7')
  assert.equal(pdf?.head.length, MAX_HEAD_BYTES)
  assert.ok(Math.abs((pdf?.size ?? 0) - 9008) < 200)
  assert.equal(Buffer.from(exe?.head ?? []).toString(), 'MZ')
})

test('What header rules leave out does not move the body', () => {
  const bytes = Buffer.from('Return-Path: <x@y.example>\r\nContent-Type: text/html\r\n\r\n<b>Halo</b>\r\n')
  const header = scanHeader(bytes, { ...KEEP_ALL, leaveOut: new Set(['return-path']) })
  assert.equal(readContent(bytes, header, indexMessage(bytes, header)).text, 'Halo')
})

test('A message that is cut is read as far as it goes', () => {
  const bytes = Buffer.from(`Content-Type: text/plain\r\n\r\n${'kata '.repeat(100)}`)
  const header = scanHeader(bytes)
  const content = readContent(bytes.subarray(0, 50), header, indexMessage(bytes, header))
  assert.equal(content.text, 'kata kata kata kata kat'.slice(0, 50 - header.end))
})

test('Whatever the message, it is read without a throw and within the limits', () => {
  const lines = fc.constantFrom(
    'From: a <b@c>', 'From:', 'Reply-To: ,;:<', 'Subject: =?utf-8?Q?=?=', 'Content-Type: multipart/mixed; boundary=b', 'Content-Type: text/html', '', '--b', '--b--',
    'Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable', '=', '=3D=', 'PGE+', '<a href="http://x.example">', '&#',
    'Content-Disposition: attachment; filename*0*=x', '\ud800', '\0', 'Content-Type: text/plain; charset=__proto__', 'http://a.example/(', '<div style="display:none">',
  )
  const message = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.array(lines, { maxLength: 60 }).map((list) => list.join('\r\n')))
  fc.assert(
    fc.property(message, fc.nat(500), (text, cut) => {
      const bytes = Buffer.from(text)
      const header = scanHeader(bytes)
      const content = readContent(bytes.subarray(0, cut), header, indexMessage(bytes, header))
      assert.ok(content.text.length <= 2 * MAX_TEXT_CHARS + 1 && content.urls.length <= MAX_URLS && content.urlCount >= content.urls.length)
      for (const { head } of content.attachments) assert.ok(head.length <= MAX_HEAD_BYTES)
    }),
    { numRuns: 500 },
  )
})

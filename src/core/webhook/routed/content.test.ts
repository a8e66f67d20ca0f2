import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routedContent, routedFiles } from './content.ts'
import { MAX_INLINE_BYTES } from './limits.ts'

const bytesOf = (text: string): Uint8Array => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')

const LETTER = bytesOf(`From: =?utf-8?Q?Ani_W=C3=A1?= <ani@far.example>
To: Support <support@home.example>
Subject: =?utf-8?Q?Caf=C3=A9?=
In-Reply-To: <one@home.example>
References: <zero@home.example> <one@home.example>
Message-ID: <two@far.example>
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Ya, caf=C3=A9.

Pada Sel, 3 Mar 2026 pukul 10.11 Support <support@home.example> menulis:
> Di mana?
--b
Content-Type: text/html

<p>Ya</p>
--b
Content-Type: image/png; name="a.png"
Content-Disposition: attachment; filename="../a.png"
Content-Transfer-Encoding: base64

AAEC
--b--
`)

test('a program is given the envelope, texts, the new words and the files of a message', () => {
  const content = routedContent(LETTER) as Record<string, unknown>
  assert.deepEqual(content['from'], [{ name: 'Ani Wá', email: 'ani@far.example' }])
  assert.deepEqual([content['subject'], content['in_reply_to'], content['message_id']], ['Café', 'one@home.example', '<two@far.example>'])
  assert.deepEqual([content['stripped_text'], content['html']], ['Ya, café.', '<p>Ya</p>'])
  assert.match(String(content['text']), /Di mana\?/)
  assert.deepEqual(content['attachments'], [{ number: 1, filename: 'a.png', content_type: 'image/png', content_id: null, inline: false, size: 3, content: 'AAEC' }])
  assert.deepEqual((content['headers'] as readonly { readonly name: string }[]).length, 7)
})

test('what HTML alone says has new words too, and a large file is told of without its bytes', () => {
  const body = 'A'.repeat(Math.ceil((MAX_INLINE_BYTES + 3) / 3) * 4)
  const large = bytesOf(`Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Hello <b>you</b></p>\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n${body}\n--b--\n`)
  const content = routedContent(large)
  assert.deepEqual([content['text'], content['stripped_text']], [null, 'Hello you'])
  const [file] = content['attachments'] as readonly Record<string, unknown>[]
  assert.equal(file?.['content'], null)
  assert.equal(routedFiles(large)[0]?.bytes.length, file?.['size'])
})

test('whatever a stranger sends becomes JSON', () => {
  let seed = 3
  const next = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
  for (let round = 0; round < 300; round++) {
    const broken = Uint8Array.from(LETTER)
    for (let change = 0; change < 30; change++) broken[next(broken.length)] = next(256)
    const text = JSON.stringify(routedContent(broken.subarray(0, 1 + next(broken.length))))
    assert.deepEqual(JSON.parse(text).attachments.length >= 0, true)
  }
})

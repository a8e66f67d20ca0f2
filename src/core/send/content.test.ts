import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compose, usualBody } from '../../proto/mail/compose.ts'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import type { MailContent } from '../filter/mail-content.ts'
import { readContent } from '../filter/read-content.ts'
import { submissionRules } from '../inbound/mend.ts'
import { contentOfDraft } from './content.ts'
import { type Draft, draftOf } from './draft.ts'
import type { EmailRequest } from './shape.ts'

const STAMP = { messageId: 'm0QLpOqY-abcdefghijk@mail.example', nowMs: 1_764_000_000_000 }

function draftFrom(request: { readonly [K in keyof EmailRequest]?: EmailRequest[K] | undefined }): Draft | null {
  const draft = draftOf({ from: 'Ani <ani@example.org>', to: 'budi@example.net', subject: 'Halo', text: 'Apa kabar?', ...request } as EmailRequest, STAMP.nowMs)
  return draft.ok ? draft.value : null
}

/** What the checks read in the bytes of the message. */
function readOf(draft: Draft): MailContent {
  const composed = compose({ ...draft, from: [draft.from], dateMs: STAMP.nowMs, offsetMinutes: 0, messageId: STAMP.messageId }, usualBody(draft), 'seed')
  assert.ok(composed.ok)
  const header = scanHeader(composed.value, submissionRules('mail.example'))
  return readContent(composed.value, header, indexMessage(composed.value, header))
}

test('the usual mail of a program is read without its bytes', () => {
  const draft = draftFrom({
    from: '"Toko, Merpati" <Ani.S+toko@Example.org>', to: ['budi@example.net', 'Citra D. <citra@example.net>'], cc: 'dewi@example.net', bcc: 'eka@example.net', reply_to: 'Layanan (24 jam) <help@example.org>',
    subject: 'Pesanan #12 \u{1f54a}: sudah "kami" terima, dan akan segera dikirim ke alamat yang tertulis di bawah ini', html: '<p>Lihat <a href="https://example.org/a?b=1&amp;c">https://example.org</a> \u{1f54a}</p>', text: 'Terima kasih\n\nhttps://example.org/d é',
    headers: { 'List-Unsubscribe': '<mailto:off@example.org>', References: '<a@example.org>', 'X-Jenis': 'pesanan' },
  })
  assert.ok(draft !== null)
  assert.deepEqual(contentOfDraft(draft, STAMP), readOf(draft))
})

test('what encodings have a say in is read from its bytes', () => {
  const file = { filename: 'a.txt', content: 'aGFsbw==' }
  for (const request of [{ attachments: [file] }, { subject: '=?utf-8?Q?a?=' }, { subject: 'a  b' }, { from: `${'Ångström '.repeat(9)}<a@example.org>` }, { to: '"a b"@example.net' }, { to: [...Array.from({ length: 30 }, (_, at) => `a${at}@example.net`), 'é@example.net'] }, { text: 'x'.repeat(70_000) }]) {
    const draft = draftFrom(request)
    assert.ok(draft !== null)
    assert.equal(contentOfDraft(draft, STAMP), null)
  }
})

test('whatever is written, nothing else is read than in its bytes', () => {
  const piece = fc.oneof(fc.constantFrom('\r\n', '\n', '\r', ' ', '\t', '=', '.', 'From ', '\ufeff', '\0', '\u2028', '\ud800', '<p>', '<a href="https://example.org/x">', '</a>', '&amp;', '<div style="display:none">', 'https://example.net/y', '--=_', 'é', '\u{1f54a}', '=?utf-8?B?YQ==?='), fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 90 }))
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
  const odd = fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 90 }), fc.string({ maxLength: 12 }), fc.constantFrom('<x>', '=?utf-8?Q?a?=', '\\', '@'))
  const usual = fc.array(fc.constantFrom('Ani', 'Dr.', '"x"', 'a.b', '(c)', "O'Hara", 'a:b;', 'c,d', '[e]', '=', '?=', '#1', 'panjang'.repeat(4), 'Café', '\u{1f54a}', 'Ångström', '鳩'.repeat(20), 'e\u0301'), { minLength: 1, maxLength: 12 }).map((words) => words.join(' '))
  const word = fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd })
  const at = fc.oneof({ weight: 30, arbitrary: fc.constantFrom('ani@example.org', 'A.B-c_d+e@Mail.EXAMPLE.org', 'ani@xn--bcher-kva.example', 'a@1.example') }, { weight: 1, arbitrary: fc.constantFrom('"a b"@example.org', 'ani@bücher.example', 'é@example.org', "o'hara@example.org") })
  const address = fc.tuple(fc.oneof(fc.constant(''), word), at).map(([name, spec]) => (name === '' ? spec : `${name} <${spec}>`))
  const addresses = fc.oneof({ weight: 20, arbitrary: fc.array(address, { maxLength: 4 }) }, { weight: 1, arbitrary: fc.array(at, { maxLength: 30 }) })
  const header = fc.constantFrom('X-A', 'List-Unsubscribe', 'Keywords', 'In-Reply-To', 'References', 'Auto-Submitted', 'Received-SPF', 'Importance')
  const request = fc.record({ from: address, to: addresses, cc: addresses, reply_to: addresses, subject: word, text: fc.option(text, { nil: undefined }), html: text, headers: fc.dictionary(header, word) }, { requiredKeys: ['from', 'to', 'subject'] })
  fc.assert(
    fc.property(request, (given) => {
      const draft = draftFrom(given)
      const content = draft === null ? null : contentOfDraft(draft, STAMP)
      if (draft === null || content === null) return
      const composed = compose({ ...draft, from: [draft.from], dateMs: STAMP.nowMs, offsetMinutes: 0, messageId: STAMP.messageId }, usualBody(draft), 'seed')
      if (!composed.ok) return // It is refused before anybody reads it.
      assert.deepEqual(content, readOf(draft))
    }),
    { numRuns: 100 },
  )
})

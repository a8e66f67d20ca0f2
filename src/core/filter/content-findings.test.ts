import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { contentOf, FACTS, findingsOf, mail, page, withFile } from '../../../test/support/filter-facts.ts'
import { contentRules, contentVerdict } from './content-findings.ts'
import type { ContentFacts, ReaderFacts } from './content-facts.ts'
import { MAX_EVIDENCE } from './finding.ts'
import { GTUBE_TEXT } from './table/body.ts'

type Line = string | readonly [message: string, facts: Partial<ContentFacts & ReaderFacts>]

/** Of each rule messages that it must find something in, and near ones that it must let pass. */
const LINES: Readonly<Record<string, { readonly yes: readonly Line[]; readonly no: readonly Line[] }>> = {
  DATE_FUTURE: { yes: [mail({ Date: 'Sat, 28 Nov 2026 10:00:00 +0700' })], no: [mail({ Date: 'Fri, 27 Nov 2026 10:00:00 +0700' })] },
  DATE_PAST: { yes: [mail({ Date: 'Sun, 22 Nov 2026 10:00:00 +0700' })], no: [mail({ Date: 'Tue, 24 Nov 2026 10:00:00 +0700' })] },
  DATE_MISSING: { yes: [mail({ Date: null }), mail({ Date: 'kemarin' })], no: [mail({})] },
  MSGID_MISSING: { yes: [mail({ 'Message-ID': null }), mail({ 'Message-ID': '' })], no: [mail({})] },
  MSGID_BARE: { yes: [mail({ 'Message-ID': '123@kantor.example' }), mail({ 'Message-ID': '<123>' })], no: [mail({ 'Message-ID': '<a.b-c@[192.0.2.1]>' })] },
  TO_MISSING: { yes: [mail({ To: null }), mail({ To: 'undisclosed-recipients:;' })], no: [mail({ To: null, Cc: 'ani@merpatipos.example' })] },
  SUBJECT_CAPS: { yes: [mail({ Subject: 'ANDA MENANG UNDIAN' })], no: [mail({ Subject: 'RUPS 2026' }), mail({ Subject: '2026-11-26 10:30' }), mail({ Subject: 'Undangan RUPS PT MAJU' })] },
  SUBJECT_INVISIBLE: {
    yes: [mail({ Subject: '=?utf-8?B?' + Buffer.from('Pass\u200bword anda').toString('base64') + '?=' })],
    no: [mail({ Subject: '=?utf-8?B?' + Buffer.from('Halo \u{1f468}\u200d\u{1f469}\u200d\u{1f467}').toString('base64') + '?=' })],
  },
  SUBJECT_TAIL: { yes: [mail({ Subject: 'Pinjaman tanpa jaminan                    qwzk83' })], no: [mail({ Subject: 'Rapat hari Senin  pagi' }), mail({ Subject: 'Rapat hari Senin          ' })] },
  MIME_VERSION_MISSING: { yes: [page('<p>Halo</p>', { 'MIME-Version': null })], no: [page('<p>Halo</p>'), mail({ 'MIME-Version': null })] },
  SUBJECT_ENCODED: { yes: [mail({ Subject: '=?utf-8?B?UmFwYXQ=?=' })], no: [mail({ Subject: '=?utf-8?Q?Rapat_=E2=80=94_Senin?=' }), mail({ Subject: '' })] },
  SUBJECT_MIXED_SCRIPT: {
    yes: [mail({ Subject: '=?utf-8?B?' + Buffer.from('P\u0430ypal').toString('base64') + '?=' }), mail({ From: '=?utf-8?B?' + Buffer.from('B\u0421A').toString('base64') + '?= <x@y.example>' })],
    no: [mail({ Subject: '=?utf-8?B?' + Buffer.from('Kafe \u041c\u043e\u0441\u043a\u0432\u0430').toString('base64') + '?=' })],
  },
  FROM_MISSING: { yes: [mail({ From: null }), mail({ From: '' })], no: [mail({})] },
  FROM_SEVERAL: { yes: [mail({ From: 'a@b.example, c@d.example' })], no: [mail({ From: '"Budi, Santoso" <a@b.example>' })] },
  FROM_NAME_ADDRESS: {
    yes: [mail({ From: '"cs@bank.example" <x@evil.example>' }), mail({ From: '"cs\uff20\uff42ank.example" <x@evil.example>' }), [mail({ From: '"ani@home.example via x" <x@evil.example>', 'List-Id': '<l>' }), {}]],
    no: [mail({ From: '"budi@kantor.example" <budi@kantor.example>' }), [mail({ From: '"ani@home.example via Milis" <l@milis.example>', 'List-Id': '<l>' }), { isAuthorProven: true }]],
  },
  REPLY_TO_FREEMAIL: { yes: [mail({ 'Reply-To': 'bos@gmail.com' })], no: [mail({ 'Reply-To': 'cs@lain.example' }), mail({ From: 'a@gmail.com', 'Reply-To': 'b@gmail.com' })] },
  HEADER_EIGHT_BIT: { yes: [mail({ Subject: 'Kafé' })], no: [mail({}), [mail({ Subject: 'Kafé' }), { smtputf8: true }]] },
  HEADER_DUPLICATE: { yes: [`Subject: lain\n${mail({})}`], no: [`Received: a\nReceived: b\n${mail({})}`] },
  BULK_WELL_SENT: { yes: [[mail({ 'List-Unsubscribe': '<https://x.example>' }), { isAuthorProven: true }]], no: [mail({ 'List-Unsubscribe': '<https://x.example>' })] },
  GTUBE: {
    yes: [
      mail({}, GTUBE_TEXT), page(`<p>${GTUBE_TEXT}</p>`), mail({ 'Content-Transfer-Encoding': 'base64' }, Buffer.from(`halo\r\n${GTUBE_TEXT}\r\n`).toString('base64')),
      mail({ 'Content-Transfer-Encoding': 'quoted-printable' }, `${GTUBE_TEXT.slice(0, 20)}=\n${GTUBE_TEXT.slice(20)}`), page('<p>Halo</p>', {}, GTUBE_TEXT),
    ],
    no: [mail({}, GTUBE_TEXT.slice(0, 60))],
  },
  HTML_ONLY: { yes: [page('<p>Halo</p>')], no: [page('<p>Halo</p>', {}, 'Halo'), mail({})] },
  TEXT_MISMATCH: {
    yes: [page(`<p>${words('obat', 40)}</p>`, {}, words('cuaca', 40))],
    no: [page(`<p>${words('obat', 40)}</p>`, {}, words('obat', 40)), page(`<p>${words('obat', 40)}</p>`, {}, 'Buka di peramban')],
  },
  HTML_HIDDEN: {
    yes: [page(`<p>Halo</p><div style="font-size:0">${words('kata', 100)}</div>`)],
    no: [page(`<div style="display:none">${words('pratinjau', 10)}</div><p>${words('isi', 50)}</p>`), page('<p>Halo</p>')],
  },
  HTML_HIDDEN_IN_WORD: { yes: [page('P<i style="font-size:0">x</i>a<i style="font-size:0">x</i>s<i style="display:none">x</i>s')], no: [page('P<i style="font-size:0">x</i>ass')] },
  HTML_FORM: { yes: [page('<form action="https://x.example"><input></form>')], no: [page('<p>form</p>')] },
  HTML_PASSWORD: { yes: [page('<form action="https://x.example"><input type="Password" name=p></form>')], no: [page('<form><input type="text" name="password"></form>'), page('<p>password</p>')] },
  HTML_SCRIPT: { yes: [page('<script>x()</script>')], no: [page('<script type="application/ld+json">{}</script>'), page('&lt;script&gt;')] },
  HTML_DATA_URI: { yes: [page('<a href="data:text/html,x">Buka</a>')], no: [page('<img src="data:image/png;base64,AA==">')] },
  IMAGE_ONLY: { yes: [page('<img src="https://x.example/a.jpg">')], no: [page(`<img src="https://x.example/a.jpg"><p>${words('isi', 30)}</p>`), page('<p>Halo</p><img src="t.gif" width="1" height="1">')] },
  URL_IP: { yes: [mail({}, 'http://192.0.2.7/login'), mail({}, 'http://3221225991/login')], no: [mail({}, 'http://192.0.2.7.example/')] },
  URL_PUNYCODE: { yes: [mail({}, 'http://xn--mnchen-3ya.example/')], no: [mail({}, 'http://axn--b.example/'), [mail({ From: 'a@xn--mnchen-3ya.example' }, 'http://xn--mnchen-3ya.example/'), { isAuthorProven: true }]] },
  URL_SHORTENER: { yes: [mail({}, 'https://bit.ly/abc'), mail({}, 'https://s.id/abc')], no: [mail({}, 'https://notbit.ly/abc'), mail({}, 'https://x.example/bit.ly')] },
  URL_MANY: { yes: [mail({}, links(31))], no: [mail({}, links(30))] },
  URL_ESCAPED: {
    yes: [mail({}, 'https://toko.example/%6c%6fgin\n')],
    no: [mail({}, 'https://toko.example/caf%C3%A9%20baru?u=%6c\n'), mail({}, 'https://id.wikipedia.example/wiki/%E6%9D%B1%E4%BA%AC\n')],
  },
  URL_USERINFO: { yes: [mail({}, 'https://bank.example@evil.example/x')], no: [mail({}, 'https://x.example/@ani'), mail({}, 'https://x.example/?q=a@b')] },
  URL_SCRIPT: { yes: [page('<a href="javascript:alert(1)">Buka</a>')], no: [page('<a href="https://javascript.example/">Buka</a>')] },
  URL_REDIRECT: {
    yes: [mail({}, 'https://www.google.com/url?q=https://evil.example/x'), mail({}, 'https://x.example/go?url=https%3A%2F%2Fevil.example%2Fx')],
    no: [
      mail({}, 'https://x.example/go?url=https%3A%2F%2Fwww.x.example%2Fx'), mail({}, 'https://x.example/?q=merpati'),
      [mail({ From: 'a@toko.example' }, 'https://klik.pihak.example/c?url=https%3A%2F%2Ftoko.example%2Fx'), { isAuthorProven: true }],
    ],
  },
  URL_SHOWN_OTHER: {
    yes: [page('<a href="https://evil.example/x">https://www.bank.example/login</a>'), page('<a href="https://evil.example/x">bank.example</a>')],
    no: [
      page('<a href="https://login.bank.example/x">www.bank.example</a>'), page('<a href="https://evil.example/x">Buka bank.example di sini</a>'), page('<a href="https://evil.example/x">Klik di sini</a>'),
      [page('<a href="https://klik.pihak.example/c1">toko.example</a>', { From: 'a@toko.example' }), { isAuthorProven: true }],
    ],
  },
  ATTACHMENT_BLOCKED: {
    yes: [withFile('tagihan.exe', 'MZ'), withFile('tagihan.pdf', program()), withFile('a.zip', zipSync({ 'x/tagihan.js': new Uint8Array([1]) })), withFile('a.iso', 'x'), withFile('pembaruan.apk', 'PK')],
    no: [withFile('tagihan.pdf', '%PDF-1.7'), withFile('MZ.txt', 'MZ adalah awal'), [withFile('pembaruan.apk', 'PK'), { attachments: { ...FACTS.attachments, android: 'allowed' } }]],
  },
  ATTACHMENT_DISGUISED: {
    yes: [withFile('tagihan.pdf.exe', 'MZ'), withFile('tagihan\u202efdp.exe', 'MZ'), withFile('foto.scr. .', 'MZ'), withFile('tagihan.pdf', program())],
    no: [withFile('laporan.final.pdf', '%PDF-'), withFile('arsip.tar.gz', 'x'), withFile('data.2026. .', 'x')],
  },
  ATTACHMENT_DOUBLE: { yes: [withFile('a.exe.txt', 'x')], no: [withFile('www.toko.com.pdf', '%PDF-')] },
  ATTACHMENT_MACRO: { yes: [withFile('gaji.docm', 'PK')], no: [withFile('gaji.docx', 'PK')] },
  ATTACHMENT_ENCRYPTED: { yes: [withFile('a.zip', locked())], no: [withFile('a.zip', zipSync({ 'a.txt': new Uint8Array([1]) }))] },
  ATTACHMENT_PASSWORD: { yes: [withFile('a.zip', locked(), 'Kata sandi: 1234')], no: [withFile('a.zip', locked()), withFile('a.txt', 'x', 'Kata sandi: 1234')] },
  ATTACHMENT_PAGE: { yes: [withFile('a.html', '<form action=x>'), withFile('a.svg', '<svg><SCRIPT>x</script></svg>')], no: [withFile('a.html', '<p>laporan</p>'), withFile('a.txt', '<form>')] },
  ARCHIVE_UNREADABLE: { yes: [withFile('a.rar', 'Rar!\x1a\x07\0')], no: [withFile('a.txt', 'Rar')] },
  BRAND_NAME: {
    yes: [
      mail({ From: 'Bank BCA <cs@kantor.example>' }), mail({ From: '"BCA" <x@gmail.com>' }), mail({ From: 'Layanan Nasabah BRI <x@kantor.example>' }), mail({ From: 'PayPal Support <x@kantor.example>' }), mail({ From: 'Ditjen Pajak (Coretax) <x@kantor.example>' }),
      mail({ From: '=?utf-8?B?' + Buffer.from('Sh\u043epee Indonesia').toString('base64') + '?= <x@kantor.example>' }),
    ],
    no: [
      mail({ From: 'Halo BCA <halobca@bca.co.id>' }), mail({ From: 'Toko Mandiri Jaya <a@kantor.example>' }), mail({ From: 'Dana Sosial Warga <a@kantor.example>' }), mail({ From: 'Brigita <a@kantor.example>' }), mail({ From: 'Tokopedia <promo@e.tokopedia.com>' }),
      mail({ From: 'Direktorat Jenderal Pajak <noreply@pajak.go.id>' }), mail({ From: 'Apel Malang <a@kantor.example>' }),
      mail({ From: 'Microsoft Outlook <postmaster@kantor.example>' }), mail({ From: 'iCloud <noreply@icloud.com>' }),
      [mail({ From: 'Kantor BCA Finance <a@merpatipos.example>' }), { isAuthorProven: true }],
    ],
  },
  PERSON_NAME: {
    yes: [mail({ From: 'Sari Wulandari <bos@lain.example>' }), mail({ From: '"WULANDARI, Sari" <x@gmail.com>' })],
    no: [mail({ From: 'Sari Wulandari <sari@merpatipos.example>' }), mail({ From: 'Sari Wijaya <x@gmail.com>' }), [mail({ From: 'Sari Wulandari <sari.w@gmail.com>' }), { isKnownSender: true }]],
  },
  LOOKALIKE_DOMAIN: {
    yes: [
      mail({ From: 'a@merpatlpos.example' }), mail({ From: 'a@merpatipos1.example' }), mail({ From: 'a@gudang-baru.example' }), mail({}, 'https://tok0pedia.com/login'), mail({}, 'https://bca.co.id.evil.example/x'), mail({}, 'https://rnicrosoft.com/'),
      mail({ From: 'a@gmai1.com' }), mail({}, 'https://bankmandlri.co.id/'), mail({ 'Reply-To': 'a@paypa1.com' }), mail({ 'Reply-To': 'a@gudangbaru1.example' }),
    ],
    no: [
      mail({ From: 'a@merpatipos.example' }), mail({}, 'https://mail.merpatipos.example/'), mail({}, 'https://shopify.com/'), mail({}, 'https://shope.ee/abc'), mail({}, 'https://kemenkes.go.id/'), mail({}, 'https://tokopedia.com/'), mail({}, 'https://finance.com/'), mail({}, 'https://bca.example/'), mail({ From: 'a@gudangbaru.example' }), mail({ From: 'a@mail.gudangbaru.example' }),
      [mail({ From: 'a@merpatipos1.example' }), { isKnownSender: true }],
    ],
  },
  LOOKALIKE_ENDING: { yes: [mail({ From: 'a@merpatipos.com' }), mail({ From: 'a@gudangbaru.com' }), mail({ From: 'a@bankmandiri.com' })], no: [mail({ From: 'a@bca.com' }), mail({}, 'https://merpatipos.com/'), mail({ From: 'a@amazon.nl' })] },
  BRAND_IN_DOMAIN: { yes: [mail({}, 'https://klikbca-verifikasi.example/'), mail({}, 'https://promobri.example/'), mail({ From: 'a@login-paypal.example' })], no: [mail({}, 'https://brigade.example/'), mail({}, 'https://abc-promo.example/'), mail({}, 'https://paypal.com/login')] },
  DOMAIN_MIXED_SCRIPT: { yes: [mail({}, 'https://xn--pypal-4ve.example/')], no: [mail({}, 'https://xn--mnchen-3ya.example/')] },
  MONEY_REPLY_ELSEWHERE: {
    yes: [mail({ 'Reply-To': 'x@lain.example' }, 'Mohon transfer ke rekening baru kami.'), mail({ 'Reply-To': 'x@gmail.com' }, 'Are you available? It is urgent.'), mail({ 'Reply-To': 'x@gmail.com', To: 'X <x@gmail.com>' }, 'Mohon transfer ke rekening baru kami.')],
    no: [mail({ 'Reply-To': 'x@lain.example' }, 'Sampai jumpa.'), mail({ 'Reply-To': 'milis@lain.example', To: 'Milis <Milis@lain.example>' }, 'Mohon transfer ke rekening baru kami.'), mail({}, 'Mohon transfer ke rekening baru kami.'), mail({ 'Reply-To': 'budi@mail.kantor.example' }, 'Mohon transfer ke rekening baru kami.'), mail({ 'Reply-To': 'x@lain.example' }, 'Rapat segera dimulai.')],
  },
  FIRST_CONTACT_PAYMENT: {
    yes: [[mail({}, 'Segera transfer, dalam 24 jam akun akan ditutup. Nomor rekening 123.'), { isFirstContact: true }]],
    no: [mail({}, 'Segera transfer. Nomor rekening 123, dalam 24 jam.'), [mail({}, 'Nomor rekening kami sama.'), { isFirstContact: true }]],
  },
  FIRST_CONTACT_MONEY: {
    yes: [[mail({}, 'Nomor rekening kami sama.'), { isFirstContact: true }], [mail({ Subject: 'Verify your account' }), { isFirstContact: true }]],
    no: [
      mail({}, 'Nomor rekening kami sama.'), [mail({}), { isFirstContact: true }], [mail({}, 'Nomor rekening kami sama.'), { isFirstContact: true, isKnownSender: true }],
      [mail({ 'List-Unsubscribe': '<https://x.example>' }, 'Nomor rekening kami sama.'), { isFirstContact: true, isAuthorProven: true }],
    ],
  },
}

function words(stem: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${stem}${'abcdefghij'.charAt(i % 10)}${'klmnopqrst'.charAt(Math.floor(i / 10))}`).join(' ')
}

function links(count: number): string {
  return Array.from({ length: count }, (_, i) => `https://x.example/${i}`).join('\n')
}

/** The first bytes of a program for Windows. */
function program(): Uint8Array {
  const bytes = new Uint8Array(80)
  bytes.set([0x4d, 0x5a])
  bytes[60] = 64
  return bytes
}

/** A ZIP archive whose file says that it is encrypted. */
function locked(): Uint8Array {
  const bytes = zipSync({ 'gaji.pdf': new Uint8Array([1, 2, 3]) })
  bytes[6] = (bytes[6] ?? 0) | 1
  return bytes
}

function rulesIn(line: Line): readonly string[] {
  const [message, facts] = typeof line === 'string' ? [line, {}] : line
  return findingsOf(contentOf(message), facts).map(({ rule }) => rule)
}

for (const [rule, { yes, no }] of Object.entries(LINES)) {
  test(`${rule} finds what it must, and lets pass what is near`, () => {
    for (const line of yes) assert.ok(rulesIn(line).includes(rule), `not found in ${JSON.stringify(line).slice(0, 600)}`)
    for (const line of no) assert.ok(!rulesIn(line).includes(rule), `found in ${JSON.stringify(line).slice(0, 600)}`)
  })
}

test('Every rule has its lines, a sentence in each language, and a score that is no mistake', () => {
  const elsewhere = new Set(['ARCHIVE_BOMB', 'MESSAGE_BOMB', 'MESSAGE_AMBIGUOUS']) // Told by the inside of an archive (archive/inspect.test.ts), and by what of a message was not read (inbound/inspect/content.test.ts).
  for (const [rule, { score, about, mend }] of Object.entries(contentRules)) {
    assert.ok(elsewhere.has(rule) || LINES[rule] !== undefined, rule)
    assert.match(rule, /^[A-Z][A-Z0-9_]{2,30}$/)
    for (const sentence of [about, mend]) if (sentence !== null) assert.ok(sentence.en.endsWith('.') && sentence.id.endsWith('.') && sentence.en !== sentence.id, rule)
    assert.ok(score !== 0 && (score <= 10 || rule === 'GTUBE'), rule)
  }
})

test('An ordinary message is not minded by any rule', () => {
  assert.deepEqual(rulesIn(mail({})), [])
})

test('A blocked attachment is refused with a reason that names it; macros are kept apart', () => {
  const of = (name: string, bytes: Uint8Array | string): unknown => contentVerdict(contentOf(withFile(name, bytes)), FACTS).hard
  assert.deepEqual(of('tagihan é.exe', 'MZ'), { kind: 'refuse', rule: 'ATTACHMENT_BLOCKED', reason: 'Files such as "tagihan ?.exe" are not taken here' })
  assert.deepEqual(of('gaji.docm', 'PK'), { kind: 'quarantine', rule: 'ATTACHMENT_MACRO', reason: '"gaji.docm" carries macros' })
  assert.equal(of('tagihan.pdf', '%PDF-'), null)
})

test('A file has every name that a program could give it, and one that stands in the text is a file', () => {
  const named = (type: string, disposition: string): string | null => {
    const part = `--b\nContent-Type: application/octet-stream${type}\nContent-Disposition: attachment${disposition}\n\nx\n`
    return contentVerdict(contentOf(mail({ 'Content-Type': 'multipart/mixed; boundary=b' }, `--b\n\nHalo\n${part}--b--\n`)), FACTS).hard?.reason ?? null
  }
  const refused = 'Files such as "a.exe" are not taken here'
  for (const [type, disposition] of [['; name=a.exe', '; filename=a.txt'], ['; name=a.txt', '; filename=a.exe'], ['', "; filename=a.exe; filename*=utf-8''a.txt"], ['', "; filename=a.txt; filename*=utf-8''a.exe"], ["; name=a.exe; name*=utf-8''a.txt", ''], ['; name=a.exe', '; filename=".."']] as const) assert.equal(named(type, disposition), refused, type + disposition)
  assert.equal(named('; name=a.txt', '; filename=b.txt'), null)
  const inText = (text: string): string | null => contentVerdict(contentOf(mail({}, `Terlampir.\n\n${text}`)), FACTS).hard?.reason ?? null
  assert.equal(inText('begin 644 a.exe\n#0V%T\n`\nend\n'), refused)
  assert.equal(inText('begin 644 foto.jpg\n$35H``P``\n`\nend\n'), 'Files such as "foto.jpg" are not taken here')
  assert.equal(inText('begin 644 foto.jpg\n#0V%T\n`\nend\n'), null)
  assert.equal(inText('begin 644 a.exe\nadalah baris pertama dari berkas lama\n'), null)
})

test('Whatever the message, findings have a rule, and evidence that is short and has no control characters', () => {
  const pieces = fc.constantFrom(
    'From: "BCA" <x@bca.co.id.evil.example>', 'From: ', 'Subject: =?utf-8?B?4oCL?=', 'Reply-To: x@gmail.com', 'Content-Type: text/html', 'Content-Type: multipart/mixed; boundary=b', '', '--b',
    '<a href="https://xn--a.example">bank.example</a>', 'https://www.google.com/url?q=https://a', 'https://__proto__/', 'Content-Disposition: attachment; filename="constructor"', 'MZ', '\u0000', '\ud800', 'transfer the urgent', 'https://[::1]/', 'https://a@b@c',
  )
  const message = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(pieces, { maxLength: 40 }).map((list) => list.join('\n')))
  fc.assert(
    fc.property(message, fc.boolean(), (text, flag) => {
      for (const { rule, evidence } of findingsOf(contentOf(text), { isAuthorProven: flag, isFirstContact: !flag })) {
        assert.ok(Object.hasOwn(contentRules, rule), rule)
        assert.ok(evidence === null || (evidence.length <= MAX_EVIDENCE && !/\p{Cc}/u.test(evidence)))
      }
    }),
    { numRuns: 300 },
  )
})

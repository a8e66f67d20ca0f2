import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentOf, findingsOf, mail, page, withFile } from '../../../test/support/filter-facts.ts'
import { contentRules } from './content-findings.ts'
import type { ContentFacts, ReaderFacts } from './content-facts.ts'

/** Honest mail as it comes, the clumsy kinds among it. None of it is tagged, whether or not its sender is proven. */
const HONEST: Readonly<Record<string, string>> = {
  'an Indonesian newsletter whose clicks are counted elsewhere': page(
    `<html><head><style>.btn{background:#e00}</style></head><body style="margin:0;background:#f4f4f4">
<div style="display:none;font-size:1px;color:#ffffff">Diskon sampai 70% untuk Anda, hanya akhir pekan ini. Jangan sampai kehabisan!&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;</div>
<table width="600"><tr><td bgcolor="#d0021b"><a class="btn" href="https://klik.kirimsurat.example/c?u=1" style="color:#ffffff">Belanja sekarang</a></td></tr>
<tr><td style="font-size:0px"><div style="font-size:14px">Halo Ani,<br>Promo akhir bulan sudah dimulai. Pilih barang kesukaanmu dan bayar dengan kartu kredit atau transfer bank.</div></td></tr></table>
${Array.from({ length: 12 }, (_, i) => `<a href="https://klik.kirimsurat.example/c?u=${i}"><img src="https://img.toko.example/${i}.jpg" width="280"></a>`).join('\n')}
<p style="font-size:11px;color:#999">Kamu menerima email ini karena berlangganan. <a href="https://klik.kirimsurat.example/u">Berhenti berlangganan</a>. <a href="https://toko.example">toko.example</a></p>
<img src="https://klik.kirimsurat.example/o.gif" width="1" height="1"></body></html>`,
    { From: 'Toko Kita <promo@toko.example>', Subject: 'Diskon sampai 70% akhir pekan ini', 'List-Unsubscribe': '<https://toko.example/u>', 'Reply-To': 'cs@toko.example' },
    'Halo Ani,\n\nPromo akhir bulan sudah dimulai. Pilih barang kesukaanmu dan bayar dengan kartu kredit atau transfer bank.\nhttps://klik.kirimsurat.example/c?u=1\n',
  ),
  'an Indonesian receipt': page(
    '<table><tr><td>No. pesanan</td><td>INV/20261126/MPL/123</td></tr><tr><td>Total pembayaran</td><td>Rp 250.000</td></tr></table><p>Pembayaran Anda sudah kami terima. Barang segera dikirim. Jangan berikan kode OTP dan kata sandi Anda kepada siapa pun.</p><a href="https://toko.example/pesanan/123">Lihat pesanan</a>',
    { From: 'Toko Kita <no-reply@toko.example>', Subject: 'Pembayaran pesanan INV/20261126/MPL/123 berhasil' },
    'Pembayaran Anda sudah kami terima. Total Rp 250.000. https://toko.example/pesanan/123',
  ),
  'a note of the bank itself': page(
    '<p>Nasabah Yth.,</p><p>Terjadi transaksi kartu kredit Anda sebesar Rp 1.200.000 di TOKO ABC. Jika bukan Anda, segera hubungi Halo BCA 1500888.</p><a href="https://www.bca.co.id/id/individu">www.bca.co.id</a>',
    { From: 'BCA <info@klikbca.com>', Subject: 'Notifikasi Transaksi' },
  ),
  'a tax office’s reminder': mail({ From: 'Direktorat Jenderal Pajak <noreply@pajak.go.id>', Subject: 'Pengingat batas waktu SPT Tahunan' }, 'Batas waktu pelaporan SPT adalah 31 Maret. Laporkan segera di https://coretaxdjp.pajak.go.id/\n'),
  'an English newsletter that is HTML alone and has many links': page(
    Array.from({ length: 45 }, (_, i) => `<h3><a href="https://news.example/a/${i}">Story number ${i}</a></h3><p>What happened this week, in two sentences. And here is the second one.</p>`).join('\n'),
    { From: 'The Weekly <weekly@news.example>', Subject: 'This week: 45 stories', 'List-Id': '<weekly.news.example>', 'List-Unsubscribe': '<https://news.example/u>' },
  ),
  'an English receipt with its invoice': withFile('invoice-2026-11.pdf', '%PDF-1.7', 'Thanks for your payment. Your invoice is attached. Questions? Reply to this message.'),
  'a shop’s picture with little text': page('<a href="https://toko.example"><img src="https://toko.example/promo.jpg" alt="Promo"></a><p>Lihat di peramban</p>', { From: 'Toko <a@toko.example>' }),
  'a colleague in a hurry': mail({ Subject: 'PENTING: RAPAT', From: 'Budi <budi@kantor.example>' }, 'Ani, tolong segera kirim nomor rekening vendor ya. Mendesak.\n\nBudi\n'),
  'a supplier’s invoice': withFile('Faktur 0123.xlsx', 'PK\x03\x04', 'Yth. Bagian Keuangan,\n\nTerlampir tagihan bulan ini. Mohon transfer ke nomor rekening 1234567890 a.n. PT Maju Mandiri paling lambat 30 November.'),
  'a mailing list that speaks for its author': mail({ From: '"budi@gmail.com via Milis Warga" <warga@milis.example>', 'Reply-To': 'warga@milis.example', 'List-Id': '<warga.milis.example>', Subject: '[warga] Iuran bulan ini' }, 'Halo semua, iuran sudah dibuka.\n'),
  'a ticket system that answers elsewhere': mail({ From: 'Acme Support <support@acme.example>', 'Reply-To': 'reply+123@tiket.layanan.example', Subject: 'Re: [#123] Login problem' }, 'Hello,\n\nPlease try again as soon as possible and tell us whether it works.\n'),
  'a printer that knows no rules': mail({ From: 'scan@kantor.example', To: 'ani@merpatipos.example', Subject: 'Scan', 'Message-ID': null }, 'Scan.\n'),
  'a sign-in code': page('<p>Your sign-in code is <b>123456</b>. It expires in 10 minutes.</p><p>Never share it with anyone.</p>', { From: 'Acme <login@acme.example>', Subject: '123456 is your sign-in code' }, 'Your sign-in code is 123456.'),
}

function scoreOf(message: string, facts: Partial<ContentFacts & ReaderFacts>): { readonly score: number; readonly rules: readonly string[] } {
  const rules = [...new Set(findingsOf(contentOf(message), facts).map(({ rule }) => rule))]
  return { score: rules.reduce((sum, rule) => sum + (contentRules[rule]?.score ?? 0), 0), rules }
}

for (const [name, message] of Object.entries(HONEST)) {
  test(`Content does not speak against ${name}`, () => {
    const proven = scoreOf(message, { isAuthorProven: true })
    assert.ok(proven.score < 2, `${proven.score}: ${proven.rules.join(', ')}`)
    const first = scoreOf(message, { isAuthorProven: true, isFirstContact: true })
    assert.ok(first.score < 3, `${first.score}: ${first.rules.join(', ')}`)
    if (name.includes('mailing list')) return
    const unproven = scoreOf(message, { isFirstContact: true })
    assert.ok(unproven.score < 3, `${unproven.score}: ${unproven.rules.join(', ')}`)
  })
}

/** Deceiving mail as it comes. All of it reaches Junk by its content alone. */
const DECEIVING: Readonly<Record<string, string>> = {
  'a bank that is none': page(
    '<p>Nasabah Yth., tarif transfer berubah menjadi Rp 150.000 per bulan. Verifikasi data dalam 24 jam atau rekening anda diblokir.</p><a href="https://klikbca-verifikasi.example/login">https://www.bca.co.id/tarif</a>',
    { From: 'Bank BCA <layanan@klikbca-verifikasi.example>', Subject: 'PEMBERITAHUAN PERUBAHAN TARIF' },
  ),
  'a boss that is none': mail({ From: 'Sari Wulandari <direktur88@gmail.com>', 'Reply-To': 'direktur.kantor@yahoo.com', Subject: 'Are you available' }, 'I need you to buy gift card immediately. Keep this confidential.\n'),
  'an invoice that is a program': withFile('Tagihan_Nov.pdf.exe', 'MZ', 'Segera lunasi tagihan terlampir.'),
  'a parcel that is a page': withFile('Resi-JNE.html', '<form action="https://evil.example"><input type=password></form><script>x</script>', 'Kata sandi: 1234').replace('From: Budi Santoso <budi@kantor.example>', 'From: JNE Express <cs@paket-jne-promo.example>'),
}

for (const [name, message] of Object.entries(DECEIVING)) {
  test(`Content speaks against ${name}`, () => {
    const { score, rules } = scoreOf(message, { isFirstContact: true })
    assert.ok(score >= 6, `${score}: ${rules.join(', ')}`)
  })
}

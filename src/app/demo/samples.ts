import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { type Attachment, type Body, compose, type Head, usualBody } from '../../proto/mail/compose.ts'

/** A sample message of the demo, ready to be delivered to one of its people. */
export interface Sample {
  readonly from: string
  readonly to: 'ani' | 'budi'
  readonly bytes: Uint8Array
}

interface Plan {
  readonly from: readonly [name: string, address: string]
  readonly to: Sample['to']
  readonly subject: string
  readonly body: Body
  readonly answers?: string
  readonly more?: Head['more']
}

const text = (words: string): Body => usualBody({ text: words, html: null, files: [] })

const file = (name: string, mediaType: string, bytes: Uint8Array): Attachment => ({ name, mediaType, bytes, contentId: null })

const CALENDAR = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Merpati//Demo//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:rapat-1@merpati.test\r\nDTSTAMP:20260105T020000Z\r\nDTSTART:20260109T020000Z\r\nDTEND:20260109T030000Z\r\nSUMMARY:Rapat mingguan\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

const PLANS: readonly Plan[] = [
  {
    from: ['Merpati', 'welcome@merpati.test'],
    to: 'ani',
    subject: 'Welcome to Merpati',
    body: text('Hello Ani,\n\nthis mailbox is yours. Write to budi@merpati.test and see the answer arrive.\n\nMerpati\n'),
  },
  {
    from: ['Budi Santoso', 'budi@merpati.test'],
    to: 'ani',
    subject: 'Rapat hari Jumat',
    body: text('Selamat pagi Ani,\n\nrapat kita pindah ke hari Jumat pukul sembilan. Tolong bawa laporan penjualan.\n\nTerima kasih,\nBudi\n'),
  },
  {
    from: ['Budi Santoso', 'budi@merpati.test'],
    to: 'ani',
    subject: 'Re: Rapat hari Jumat',
    answers: 'Rapat hari Jumat',
    body: text('Satu lagi: ruangannya di lantai tiga.\n'),
  },
  {
    from: ['Toko Kopi Nusantara', 'kabar@kopi.test'],
    to: 'ani',
    subject: 'Kopi baru bulan ini ☕',
    body: usualBody({
      text: 'Kopi baru: Gayo, Toraja, Kintamani.\n',
      html: '<html><body><h1>Kopi baru</h1><ul><li>Gayo</li><li>Toraja</li><li>Kintamani</li></ul></body></html>',
      files: [],
    }),
    more: [['List-Unsubscribe', '<https://kopi.test/berhenti?t=demo>'], ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']],
  },
  {
    from: ['Keuangan', 'keuangan@mitra.test'],
    to: 'ani',
    subject: 'Faktur 2026-001',
    body: usualBody({ text: 'Faktur terlampir.\n', html: null, files: [file('faktur-2026-001.csv', 'text/csv', Buffer.from('barang,harga\nkertas,45000\n'))] }),
  },
  {
    from: ['Arsip', 'arsip@mitra.test'],
    to: 'ani',
    subject: 'A large attachment',
    body: usualBody({ text: 'The picture you asked for.\n', html: null, files: [file('peta.bin', 'application/octet-stream', Buffer.alloc(200 * 1024, 'merpati '))] }),
  },
  {
    from: ['Milis Warga', 'warga@milis.test'],
    to: 'ani',
    subject: '[warga] Kerja bakti',
    body: text('Kerja bakti hari Minggu pukul tujuh di balai warga.\n'),
    more: [['List-Id', 'Milis Warga <warga.milis.test>'], ['Precedence', 'list']],
  },
  {
    from: ['نور', 'nur@jauh.test'],
    to: 'ani',
    subject: 'مرحبا من بعيد',
    body: text('السلام عليكم يا آني\n'),
  },
  {
    from: ['Sekretariat', 'sekretariat@mitra.test'],
    to: 'ani',
    subject: 'Undangan: rapat mingguan',
    body: {
      kind: 'multipart',
      subtype: 'mixed',
      params: [],
      parts: [text('Undangan rapat terlampir.\n'), { kind: 'file', file: file('undangan.ics', 'text/calendar', Buffer.from(CALENDAR)) }],
    },
  },
  {
    from: ['Ani Wijaya', 'ani@merpati.test'],
    to: 'budi',
    subject: 'Laporan penjualan',
    body: text('Budi, laporannya menyusul sore ini.\n\nAni\n'),
  },
]

/** Mail as broken software sends it: a boundary that never closes, bytes of no charset, a header without a colon. */
const BROKEN = Buffer.from(
  'From: printer@kantor.test\r\nTo: ani@merpati.test\r\nSubject: scan \xe9\xff\r\nthis line is no header\r\nMIME-Version: 1.0\r\n' +
    'Content-Type: multipart/mixed; boundary="never-closed"\r\n\r\n--never-closed\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n' +
    'Halaman 1 \x80\x81\r\n--never-closed\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nnot!base64\r\n',
  'latin1',
)

/** A dozen messages to look at: plain, HTML, attached, nested, large, in several scripts, and broken. */
export function samples(nowMs: number): readonly Sample[] {
  const made = PLANS.map((plan, i) => write(plan, nowMs - (PLANS.length - i) * 3_600_000))
  const nested: Plan = {
    from: ['Budi Santoso', 'budi@merpati.test'],
    to: 'ani',
    subject: 'Fwd: Faktur 2026-001',
    body: {
      kind: 'multipart',
      subtype: 'mixed',
      params: [],
      parts: [text('Ini yang saya terima.\n'), { kind: 'native', mediaType: 'message/rfc822', bytes: made[4]?.bytes ?? new Uint8Array(0) }],
    },
  }
  return [...made, write(nested, nowMs - 1_800_000), { from: 'printer@kantor.test', to: 'ani', bytes: BROKEN }]
}

function write(plan: Plan, dateMs: number): Sample {
  const idOf = (subject: string): string => `demo.${Buffer.from(subject).toString('hex').slice(0, 40)}@merpati.test`
  const answered = plan.answers === undefined ? [] : [idOf(plan.answers)]
  const head: Head = {
    from: [{ name: plan.from[0], address: addressOf(plan.from[1]) }],
    to: [{ name: null, address: addressOf(`${plan.to}@merpati.test`) }],
    cc: [],
    replyTo: [],
    subject: plan.subject,
    dateMs,
    offsetMinutes: 7 * 60,
    messageId: idOf(plan.subject),
    inReplyTo: answered,
    references: answered,
    more: plan.more ?? [],
  }
  const written = compose(head, plan.body, `demo${dateMs}`)
  if (!written.ok) throw new Error(`a sample cannot be written: ${written.error.field} ${written.error.reason}`)
  return { from: plan.from[1], to: plan.to, bytes: written.value }
}

function addressOf(text: string): Address {
  const parsed = parseAddress(text)
  if (!parsed.ok) throw new Error(`a sample has a bad address: ${text}`)
  return parsed.value
}

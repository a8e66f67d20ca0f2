import { Buffer } from 'node:buffer'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { formatKeyRecord } from '../../src/proto/dkim/key-record.ts'
import { Signer } from '../../src/proto/dkim/sign.ts'
import { type Zone, zone } from '../../test/support/dns/zone.ts'

/** Who sends them, and from where: SPF passes and the address leads back. */
export const CLIENT = { address: '192.0.2.25', helo: 'mx.kantor.example', from: 'budi@kantor.example' } as const

/** Whom they are for. */
export const RECIPIENT = 'ani@home.example'

const SIZE = 10 * 1024

/** A message of 10 KiB. */
export interface FilterMail {
  readonly kind: string
  readonly bytes: Buffer
}

/** The messages, and the names that their checks ask for. */
export interface FilterMails {
  readonly mails: readonly FilterMail[]
  readonly zones: readonly Zone[]
}

/** Makes them: signed now, so that no signature is too old. */
export async function filterMails(): Promise<FilterMails> {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const ed25519 = generateKeyPairSync('ed25519')
  const plain = message('text/plain; charset=utf-8', words(SIZE))
  return {
    mails: [
      { kind: 'plain text, not signed', bytes: plain },
      { kind: 'newsletter in HTML and text, not signed', bytes: newsletter() },
      { kind: 'plain text, RSA-2048', bytes: await signed(plain, 'rsa', rsa.privateKey) },
      { kind: 'plain text, Ed25519', bytes: await signed(plain, 'ed', ed25519.privateKey) },
      { kind: 'newsletter, RSA-2048 and Ed25519', bytes: await signed(await signed(newsletter(), 'ed', ed25519.privateKey), 'rsa', rsa.privateKey) },
      { kind: 'text with a PDF, RSA-2048', bytes: await signed(withPdf(), 'rsa', rsa.privateKey) },
    ],
    zones: [
      zone('kantor.example', {
        '@': { MX: ['10 mx'], TXT: ['v=spf1 mx ip4:198.51.100.0/24 -all'] },
        mx: { A: [CLIENT.address] },
        _dmarc: { TXT: ['v=DMARC1; p=quarantine; rua=mailto:dmarc@kantor.example'] },
        'rsa._domainkey': { TXT: [formatKeyRecord(rsa.publicKey)] },
        'ed._domainkey': { TXT: [formatKeyRecord(ed25519.publicKey)] },
      }),
      zone('25.2.0.192.in-addr.arpa', { '@': { PTR: ['mx.kantor.example.'] } }),
    ],
  }
}

function message(type: string, body: string): Buffer {
  const head = [
    'From: Budi Santoso <budi@kantor.example>', 'To: Ani <ani@home.example>', 'Subject: Rapat hari Senin dan laporan bulan ini', `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'Message-ID: <20261126.1@kantor.example>', 'MIME-Version: 1.0', `Content-Type: ${type}`, 'User-Agent: Kantor Mail 4.2', 'List-Unsubscribe: <https://kantor.example/keluar?u=1>',
  ]
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
  return Buffer.concat([bytes.subarray(0, SIZE - 2), Buffer.from('\r\n')])
}

const VOCABULARY = [
  'rapat', 'laporan', 'bulan', 'ini', 'gudang', 'kirim', 'barang', 'harga', 'kami', 'tim', 'pelanggan', 'besok', 'pagi', 'terima', 'kasih', 'salam', 'tolong', 'jadwal', 'kantor', 'pesanan',
  'please', 'find', 'the', 'meeting', 'notes', 'and', 'numbers', 'of', 'last', 'week', 'we', 'will', 'send', 'invoice', 'tomorrow', 'morning', 'team', 'project', 'review', 'budget',
]

/** Text of so many characters in lines, always the same. A third of its words come once: names, numbers, what nobody else writes. */
function words(chars: number): string {
  let seed = 20261126
  let text = ''
  let column = 0
  while (text.length < chars) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    const usual = VOCABULARY[(seed >>> 8) % VOCABULARY.length] ?? ''
    const word = (seed >>> 16) % 3 === 0 ? `${usual}${(seed >>> 20).toString(36)}` : usual
    column += word.length + 1
    text += column > 70 ? `${word}\r\n` : `${word} `
    if (column > 70) column = 0
  }
  return text
}

function newsletter(): Buffer {
  const row = (at: number): string => [
    '<tr><td style=3D"padding:12px 24px;font-family:Arial,sans-serif;color:#222222">',
    `<a href=3D"https://kantor.example/klik/${at}?utm_source=3Dsurat"><img src=3D"https://kantor.example/gambar/${at}.png" width=3D"560" height=3D"120" alt=3D"Barang ${at}"></a>`,
    `<p style=3D"font-size:16px;line-height:24px;margin:0">${words(180).replaceAll('\r\n', '=\r\n')}</p>`, '</td></tr>', '',
  ].join('\r\n')
  const html = ['<html><body bgcolor=3D"#ffffff"><table width=3D"600">', ...Array.from({ length: 18 }, (_, at) => row(at)), '</table></body></html>', ''].join('\r\n')
  const parts = [
    '--batas', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: 8bit', '', words(1500), '--batas', 'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable', '', html.slice(0, 7700), '', '--batas--', '',
  ]
  return message('multipart/alternative; boundary="batas"', parts.join('\r\n'))
}

function withPdf(): Buffer {
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.from(words(5500))]).toString('base64').replace(/.{76}/g, '$&\r\n')
  const parts = [
    '--batas', 'Content-Type: text/plain; charset=utf-8', '', words(1400), '--batas', 'Content-Type: application/pdf; name="laporan.pdf"',
    'Content-Disposition: attachment; filename="laporan.pdf"', 'Content-Transfer-Encoding: base64', '', pdf, '--batas--', '',
  ]
  return message('multipart/mixed; boundary="batas"', parts.join('\r\n'))
}

async function signed(bytes: Buffer, selector: string, key: KeyObject): Promise<Buffer> {
  const signer = new Signer([{ domain: 'kantor.example', selector, key }], { atSeconds: Math.floor(Date.now() / 1000), lifeSeconds: null, header: 'relaxed', body: 'relaxed' })
  signer.push(bytes)
  return Buffer.concat([Buffer.from((await signer.finish()) ?? ''), bytes])
}

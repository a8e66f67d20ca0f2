import { zipSync } from 'fflate'
import { GTUBE_TEXT } from '../../src/core/filter/table/body.ts'

/** A scripted message, and what must be named as the cause of what becomes of it: written down before it is sent. */
export interface ExplainCase {
  /** What it is, as a sentence. */
  readonly name: string
  readonly way: Way
  /** From, when it is not what `way` says in MAIL. */
  readonly author?: string
  /** Fields instead of the usual ones, or beside them; null leaves one out. */
  readonly fields?: Readonly<Record<string, string | null>>
  readonly body?: string
  /** Signed for this domain; `broken` is changed afterwards. */
  readonly signed?: { readonly domain: string; readonly broken?: true }
  /** The rule that must stand first among the reasons, or the check that must have decided, with its word. */
  readonly cause: { readonly rule: string } | { readonly by: string; readonly check: readonly [check: string, result: string] }
  readonly verdict: 'accept' | 'junk' | 'defer' | 'reject'
}

/** How a message comes. */
export interface Way {
  readonly client: string
  readonly helo: string
  readonly from: string
}

/** A mail server that does everything right: its name leads to it and back, and SPF allows it. */
export const WELL: Way = { client: '192.0.2.10', helo: 'mx.far.test', from: 'orang@far.test' }

/** The same, whose name leads elsewhere, so that nothing speaks for it. */
const PLAIN: Way = { ...WELL, helo: 'mx2.far.test' }

/** A client of a net that has come back often enough, with a name; what it says under `polos.test` is allowed by SPF. */
const KNOWN: Way = { client: '198.51.100.5', helo: 'mx.polos.test', from: 'orang@polos.test' }

const known = (over: Partial<Way>): Way => ({ ...KNOWN, ...over })

const decided = (by: string, check: string, result: string): ExplainCase['cause'] => ({ by, check: [check, result] })
const rule = (name: string): ExplainCase['cause'] => ({ rule: name })

const HTML = { 'MIME-Version': '1.0', 'Content-Type': 'text/html; charset=utf-8' }
const MIXED = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/mixed; boundary=b' }

/** Every case. */
export const EXPLAIN_CASES: readonly ExplainCase[] = [
  // What is known before there is a message.
  { name: 'a captured machine is on the list of those', way: { client: '203.0.113.66', helo: 'x.lain.test', from: 'orang@polos.test' }, cause: decided('dns-lists', 'dns-lists', 'listed'), verdict: 'reject' },
  { name: 'two lists that would not refuse alone do it together', way: { client: '203.0.113.67', helo: 'x.lain.test', from: 'orang@polos.test' }, cause: decided('dns-lists', 'dns-lists', 'listed'), verdict: 'reject' },
  { name: 'the domain of the sender does not exist', way: { ...WELL, from: 'orang@tiada.test' }, cause: decided('sender', 'sender', 'missing'), verdict: 'reject' },
  { name: 'the domain of the sender takes no mail', way: { ...WELL, from: 'orang@bisu.test' }, cause: decided('sender', 'sender', 'null-mx'), verdict: 'reject' },
  { name: 'a client calls itself by our name', way: known({ helo: 'mx.rumah.test' }), cause: decided('helo', 'helo', 'ours'), verdict: 'reject' },
  { name: 'a suspicious stranger is asked to come back', way: { client: '203.0.113.70', helo: 'x.lain.test', from: 'orang@jauh.test' }, cause: decided('greylist', 'greylist', 'new'), verdict: 'defer' },
  { name: 'it comes back too early', way: { client: '203.0.113.70', helo: 'x.lain.test', from: 'orang@jauh.test' }, cause: decided('greylist', 'greylist', 'early'), verdict: 'defer' },
  { name: 'a line of a home, over IPv6, is asked to come back', way: { client: '2001:db8:7:7::5', helo: 'laptop', from: 'orang@jauh.test' }, cause: decided('greylist', 'greylist', 'new'), verdict: 'defer' },
  // What the peer is, from a net that need not come back.
  { name: 'SPF does not allow the client', way: known({ from: 'orang@jauh.test' }), cause: rule('SPF_FAIL'), verdict: 'accept' },
  { name: 'SPF does not expect the client', way: known({ from: 'orang@halus.test' }), cause: rule('SPF_SOFTFAIL'), verdict: 'accept' },
  { name: 'the SPF record is broken', way: known({ from: 'orang@rusak.test' }), cause: rule('SPF_PERMERROR'), verdict: 'accept' },
  { name: 'the client has no name', way: known({ client: '198.51.100.20' }), cause: rule('RDNS_NONE'), verdict: 'accept' },
  { name: 'the name of the client leads elsewhere', way: known({ client: '198.51.100.21' }), cause: rule('RDNS_MISMATCH'), verdict: 'accept' },
  { name: 'the name of the client is that of a line', way: known({ client: '198.51.100.22' }), cause: rule('RDNS_GENERIC'), verdict: 'accept' },
  { name: 'HELO is an address without brackets', way: known({ helo: '198.51.100.5' }), cause: rule('HELO_BARE_IP'), verdict: 'accept' },
  { name: 'HELO is the address of somebody else', way: known({ helo: '[192.0.2.99]' }), cause: rule('HELO_LITERAL_MISMATCH'), verdict: 'accept' },
  { name: 'HELO has no dot', way: known({ helo: 'komputer' }), cause: rule('HELO_NO_DOT'), verdict: 'accept' },
  { name: 'HELO does not exist', way: known({ helo: 'mx.tiada.test' }), cause: rule('HELO_NOT_FOUND'), verdict: 'accept' },
  { name: 'MAIL has one of our domains, the author another', way: known({ from: 'bos@rumah.test' }), author: 'orang@polos.test', cause: rule('LOCAL_SENDER'), verdict: 'accept' },
  // Who wrote it.
  { name: 'the author is of our domain and nobody vouches for it', way: KNOWN, author: 'Bos <bos@rumah.test>', cause: rule('OWN_DOMAIN_FORGED'), verdict: 'reject' },
  { name: 'one of two authors is of our domain', way: KNOWN, author: 'orang@polos.test, bos@rumah.test', cause: rule('OWN_DOMAIN_FORGED'), verdict: 'reject' },
  { name: 'the author is of a domain below ours', way: KNOWN, author: 'bos@kantor.rumah.test', cause: rule('OWN_DOMAIN_FORGED'), verdict: 'reject' },
  { name: 'the domain of the author asks to refuse, and SPF fails too', way: known({ from: 'orang@author.test' }), cause: decided('dmarc', 'dmarc', 'fail'), verdict: 'reject' },
  { name: 'the domain of the author asks for quarantine', way: KNOWN, author: 'orang@karantina.test', cause: decided('dmarc', 'dmarc', 'fail'), verdict: 'junk' },
  {
    name: 'a mailing list has changed a signed message of a strict domain', way: { client: '192.0.2.30', helo: 'mx.milis.test', from: 'warga-bounces@milis.test' }, author: 'orang@author.test',
    fields: { 'List-Id': '<warga.milis.test>' }, signed: { domain: 'author.test', broken: true }, cause: decided('dmarc', 'dmarc', 'fail'), verdict: 'junk',
  },
  { name: 'DMARC fails at a domain that only wants to know', way: KNOWN, author: 'orang@tanpa.test', cause: rule('DMARC_FAIL_NONE'), verdict: 'accept' },
  { name: 'the only signature is broken', way: PLAIN, signed: { domain: 'far.test', broken: true }, cause: rule('DKIM_FAIL'), verdict: 'accept' },
  // What is in it.
  { name: 'the test text of spam filters', way: WELL, body: `${GTUBE_TEXT}\r\n`, cause: rule('GTUBE'), verdict: 'reject' },
  { name: 'a program', way: WELL, ...withFile('tagihan.exe', 'MZ'), cause: rule('ATTACHMENT_BLOCKED'), verdict: 'reject' },
  { name: 'a program in an archive', way: WELL, ...withFile('tagihan.zip', zipSync({ 'baca.txt': new Uint8Array(9000), 'x/tagihan.js': new Uint8Array(9) })), cause: rule('ATTACHMENT_BLOCKED'), verdict: 'reject' },
  { name: 'a document with macros', way: WELL, ...withFile('gaji.docm', 'PK'), cause: rule('ATTACHMENT_MACRO'), verdict: 'junk' },
  { name: 'a locked archive and its password', way: WELL, ...withFile('gaji.zip', locked(), 'Kata sandi: 1234'), cause: rule('ATTACHMENT_PASSWORD'), verdict: 'accept' },
  { name: 'a page that asks for something, as a file', way: WELL, ...withFile('tagihan.html', '<form action=x>'), cause: rule('ATTACHMENT_PAGE'), verdict: 'accept' },
  { name: 'a link to a bare address', way: WELL, body: 'http://192.0.2.7/login\r\n', cause: rule('URL_IP'), verdict: 'accept' },
  { name: 'a link with a name before its @', way: WELL, body: 'https://bank.example@jahat.example/x\r\n', cause: rule('URL_USERINFO'), verdict: 'accept' },
  { name: 'a link that shows another domain', way: WELL, fields: HTML, body: '<a href="https://jahat.example/x">www.bank.example</a>\r\n', cause: rule('URL_SHOWN_OTHER'), verdict: 'accept' },
  { name: 'a link behind a shortener', way: WELL, body: 'https://bit.ly/abc\r\n', cause: rule('URL_SHORTENER'), verdict: 'accept' },
  { name: 'a link that is listed as phishing', way: PLAIN, body: 'https://www.pancing.example/x\r\n', cause: rule('DBL_PHISH'), verdict: 'junk' },
  { name: 'a link that is listed as abused', way: WELL, body: 'https://www.curang.example/x\r\n', cause: rule('SURBL_ABUSE'), verdict: 'accept' },
  { name: 'the name of a bank', way: WELL, author: 'Bank BCA <cs@far.test>', cause: rule('BRAND_NAME'), verdict: 'accept' },
  { name: 'a link to a domain that looks like a known one', way: WELL, body: 'https://tok0pedia.com/login\r\n', cause: rule('LOOKALIKE_DOMAIN'), verdict: 'accept' },
  { name: 'a name that shows another address', way: WELL, author: '"ani@rumah.test" <orang@far.test>', cause: rule('FROM_NAME_ADDRESS'), verdict: 'accept' },
  { name: 'answers go to a free mailbox', way: WELL, fields: { 'Reply-To': 'bos@gmail.com' }, cause: rule('REPLY_TO_FREEMAIL'), verdict: 'accept' },
  { name: 'it asks for money and answers go elsewhere', way: WELL, fields: { 'Reply-To': 'bos@polos.test' }, body: 'Mohon transfer ke rekening baru kami.\r\n', cause: rule('MONEY_REPLY_ELSEWHERE'), verdict: 'accept' },
  { name: 'its date is next week', way: WELL, fields: { Date: dateIn(7) }, cause: rule('DATE_FUTURE'), verdict: 'accept' },
  { name: 'its date was last week', way: WELL, fields: { Date: dateIn(-7) }, cause: rule('DATE_PAST'), verdict: 'accept' },
  { name: 'it has no Message-ID', way: WELL, fields: { 'Message-ID': null }, cause: rule('MSGID_MISSING'), verdict: 'accept' },
  { name: 'its subject shouts', way: WELL, fields: { Subject: 'ANDA MENANG UNDIAN' }, cause: rule('SUBJECT_CAPS'), verdict: 'accept' },
  { name: 'much of its text cannot be seen', way: WELL, fields: HTML, body: `<p>Halo</p><div style="font-size:0">${'rahasia '.repeat(100)}</div>\r\n`, cause: rule('HTML_HIDDEN'), verdict: 'accept' },
  { name: 'it has a form', way: WELL, fields: HTML, body: '<p>Halo Ani</p><form action="https://far.test"><input></form>\r\n', cause: rule('HTML_FORM'), verdict: 'accept' },
  { name: 'it has two authors of one domain', way: WELL, author: 'orang@far.test, teman@far.test', cause: rule('FROM_SEVERAL'), verdict: 'accept' },
  { name: 'it has no author', way: WELL, fields: { From: '' }, cause: rule('FROM_MISSING'), verdict: 'accept' },
  // What people have said.
  { name: 'an entry refuses its author', way: WELL, author: 'musuh@far.test', cause: decided('list', 'lists', 'deny'), verdict: 'reject' },
  { name: 'an entry puts its net into Junk', way: { client: '192.0.2.40', helo: 'mx4.far.test', from: 'orang@far.test' }, cause: decided('list', 'lists', 'deny'), verdict: 'junk' },
  { name: 'an entry lets a proven author in, whatever the score', way: WELL, author: 'Bank BCA <teman@far.test>', fields: { 'Reply-To': 'bos@gmail.com' }, body: 'Mohon transfer: https://tok0pedia.com/login http://192.0.2.7/\r\n', cause: decided('list', 'lists', 'allow'), verdict: 'accept' },
  { name: 'an entry names an author that nothing proves', way: KNOWN, author: 'kawan@tanpa.test', cause: rule('LISTED_BY_NAME_ONLY'), verdict: 'accept' },
]

/** The message of a case, CRLF throughout, before it is signed. */
export function messageOf({ way, author, fields = {}, body = 'Halo Ani, sampai jumpa di rapat hari Senin.\r\n' }: ExplainCase, number: number): string {
  const usual: Readonly<Record<string, string>> = {
    From: author ?? way.from, To: 'Ani <ani@rumah.test>', Subject: 'Rapat hari Senin', Date: dateIn(0), 'Message-ID': `<kasus${number}.${way.from}>`,
  }
  const lines = Object.entries({ ...usual, ...fields }).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]))
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** A message with one attachment. */
function withFile(name: string, bytes: Uint8Array | string, text = 'Terlampir berkasnya.'): Pick<ExplainCase, 'fields' | 'body'> {
  const base64 = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
  const file = `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`
  return { fields: MIXED, body: `--b\r\n\r\n${text}\r\n${file}--b--\r\n` }
}

/** A ZIP archive whose file says that it is encrypted. */
function locked(): Uint8Array {
  const bytes = zipSync({ 'gaji.pdf': new Uint8Array([1, 2, 3]) })
  bytes[6] = (bytes[6] ?? 0) | 1
  return bytes
}

function dateIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toUTCString().replace('GMT', '+0000')
}

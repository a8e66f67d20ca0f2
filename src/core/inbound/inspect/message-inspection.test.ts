import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import type { AccountId, Domain, MailboxId, MessageId, OrganizationId } from '../../../base/brand.ts'
import { silentLog } from '../../../base/log.ts'
import { timeLimit } from '../../../base/time-limit.ts'
import { formatKeyRecord } from '../../../proto/dkim/key-record.ts'
import { Signer } from '../../../proto/dkim/sign.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../../proto/smtp/envelope.ts'
import { MemoryDns, type MemoryEntry } from '../../../../test/support/dns/memory.ts'
import { DEFAULT_ATTACHMENT_POLICY } from '../../filter/attachment-policy.ts'
import { Learned } from '../../filter/bayes/learned.ts'
import { LOOK_UP_WITHIN_MS } from '../../filter/network/limits.ts'
import { TokenTable } from '../../filter/bayes/token-table.ts'
import { knownDomains } from '../../filter/check/lookalike.ts'
import { DnsLists } from '../../filter/dnslist/dns-lists.ts'
import { DEFAULT_THRESHOLDS } from '../../filter/judge.ts'
import { ClientGuard } from '../../filter/network/client-guard.ts'
import { nameKey } from '../../filter/check/skeleton.ts'
import { listedDomains } from '../../filter/check/lookalike.ts'
import { type Seen, SeenBook } from '../../filter/seen/seen-book.ts'
import { BEGINNING } from '../../filter/seen/seen-key.ts'
import { Spikes } from '../../filter/spike/spikes.ts'
import { ALL_RULES } from '../../filter/table/all.ts'
import type { Receiver } from '../../route/route.ts'
import type { AcceptedRecipient, Transaction } from '../session.ts'
import { transitRules } from '../mend.ts'
import type { InspectHouse } from './house.ts'
import type { Inspected, ReadMessage } from './inspected.ts'
import { StrangersConnection } from './strangers-connection.ts'

const NOW_MS = Date.UTC(2026, 10, 26, 5)
const clock = { nowMs: () => NOW_MS }

/** A house whose ports to the world are scripted: DNS by `names`, an empty memory, no scanner. */
function houseWith(names: Readonly<Record<string, MemoryEntry>>): InspectHouse {
  const dns = new MemoryDns(names)
  const store = { revision: async () => 0, table: async () => ({ table: new TokenTable(), revision: 0 }), changes: async () => [], marks: async () => [] }
  return {
    hostname: 'mx.rumah.example', ours: { names: ['mx.rumah.example'], addresses: ['198.51.100.25'] },
    settings: { thresholds: DEFAULT_THRESHOLDS, dmarc: 'standard', greylist: 'off', greetDelayMs: 0, attachments: DEFAULT_ATTACHMENT_POLICY, scores: new Map(), trustedSealers: new Set() },
    dns, clock, log: silentLog, isExempt: () => false, isTrusted: () => false, guard: new ClientGuard({ clock, loopback: 'counted', maxConnections: 100 }),
    lists: new DnsLists({ lists: [], dns, clock, log: silentLog, asking: 'never' }), grey: { ask: async () => ({ kind: 'pass', why: 'known' }) }, entries: async () => [], thresholds: async () => DEFAULT_THRESHOLDS, hit() {},
    learned: new Learned(store, clock), learnAlone() {}, scan: null, hosted: async () => knownDomains(['rumah.example']),
    hostedAbove: async (domain) => (domain === 'rumah.example' || domain.endsWith('.rumah.example') ? 'rumah.example' : null),
    organizationAt: async () => null, caught() {}, hasWrittenTo: async () => false, correspondents: async () => [], people: async () => new Map(), seen: new SeenBook(async () => new Map(), clock), spikes: new Spikes(clock), judged() {}, notTaken() {}, count() {},
  }
}

const RECEIVER: Receiver = { account: 'a1' as AccountId, organization: 'o1' as OrganizationId, login: 'ani@rumah.example', inbox: 'b1' as MailboxId, state: 'active', roomBytes: null }

function addressOf(text: string): NonNullable<Transaction['sender']['from']> {
  const parsed = parseAddress(text)
  if (!parsed.ok) throw new Error(`no address: ${text}`)
  return parsed.value
}

function recipientOf(text: string, over: Partial<AcceptedRecipient> = {}): AcceptedRecipient {
  return { recipient: { ...NO_RCPT_PARAMS, to: addressOf(text) }, address: text, receivers: [RECEIVER], elsewhere: [], organization: RECEIVER.organization, ...over }
}

interface Came {
  readonly client: string
  readonly helo: string
  readonly from: string | null
}

/** All of one message, from MAIL to the verdict. `at`: it comes in two pieces, cut there, and only its header is at hand. */
async function inspected(house: InspectHouse, { client, helo, from }: Came, bytes: Uint8Array, at: number | null): Promise<Inspected> {
  const peer = { address: client, port: 40_000, localAddress: '198.51.100.25', localPort: 25 }
  const session = { peer, protocol: 'esmtp', helo, tls: null, login: null } as const
  const sender = { ...NO_MAIL_PARAMS, from: from === null ? null : addressOf(from) }
  const connection = new StrangersConnection(house, client)
  await connection.mail(session, sender)
  const message = connection.message({ session, sender, recipients: [recipientOf('ani@rumah.example'), recipientOf('terusan@rumah.example', { receivers: [], elsewhere: ['x@far.example'] })] })
  const header = scanHeader(bytes, transitRules(house.hostname))
  const range = async function* (start: number, end: number): AsyncGenerator<Uint8Array> {
    yield bytes.subarray(start, end)
  }
  const read: ReadMessage = { id: 'm-fuzz' as MessageId, header, index: indexMessage(bytes, header), head: bytes, size: bytes.length, open: () => range(0, bytes.length), range }
  if (at === null || header.end >= bytes.length) return await message.finish(read)
  message.push(bytes.subarray(0, at))
  message.push(bytes.subarray(at))
  return await message.finish({ ...read, head: bytes.subarray(0, header.end) })
}

const ODD = ['\u0000', '\r', '\n', '\t', '\u2028', '\ud800', '\u202e', '=?utf-8?b?DQpYLUV2aWw6IDE=?=', '=?utf-8?q?=0D=0AX-Evil:_1?=', '"', '\\', '<', '>', '(', ')', ';', ',', '@', '__proto__', 'constructor', 'rumah.example', 'far.example', 'é', '\u{1f426}', '%0d%0a', 'x'.repeat(300)]
const odd = fc.array(fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 8 }).map((pieces) => pieces.join(''))

const fieldName = fc.constantFrom('From', 'from', 'To', 'Subject', 'Date', 'Message-ID', 'Reply-To', 'Sender', 'List-Id', 'BIMI-Selector', 'DKIM-Signature', 'ARC-Seal', 'ARC-Message-Signature', 'ARC-Authentication-Results', 'Authentication-Results', 'Content-Type', 'X-Spam-Status', 'Received', 'MIME-Version', 'Content-Transfer-Encoding')
const fieldValue = fc.oneof(odd, fc.constantFrom(
  'orang@far.example', 'bos@rumah.example', 'a@far.example, b@rumah.example', '"bos@rumah.example" <x@far.example>', 'multipart/mixed; boundary=b', 'text/html; charset=utf-8', 'base64', 'multipart/alternative; boundary="b"', 'message/rfc822',
  'v=1; a=rsa-sha256; c=relaxed/relaxed; d=far.example; s=s; h=from:to; bh=AAAA; b=AAAA', 'v=1; a=ed25519-sha256; d=far.example\r\n evil; s=s; h=from; bh=; b=', 'i=1; a=rsa-sha256; d=far.example; s=s; cv=none; b=AA', '1.0', 'v=BIMI1; s=x', '<warga.far.example>', 'Thu, 26 Nov 2026 12:00:00 +0700',
))
const body = fc.array(fc.oneof(odd, fc.constantFrom('--b', '--b--', '', 'Content-Type: text/html', 'Content-Disposition: attachment; filename="a.zip"', 'Content-Transfer-Encoding: base64', 'UEsDBBQAAAAI', 'TVqQAAMAAAAEAAAA//8', '<a href="https://xn--a.example@b">bank.example</a>', 'H4sIAAAAAAAA', 'Content-Type: message/rfc822')), { maxLength: 20 }).map((lines) => lines.join('\r\n'))
const soup = fc.tuple(fc.array(fc.tuple(fieldName, fieldValue), { maxLength: 14 }), body).map(([fields, text]) => `${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`)
const message = fc.oneof({ weight: 6, arbitrary: soup }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 600 }) }).map((text) => Buffer.from(text))

const dnsText = fc.oneof(odd, fc.constantFrom('v=spf1 -all', 'v=spf1 ip4:192.0.2.0/24 include:far.example exp=far.example -all', 'v=DMARC1; p=reject; rua=mailto:x@y', 'v=DMARC1; p=quarantine; t=y', 'v=BIMI1; l=https://far.example/x.svg', 'v=DKIM1; p=AAAA', 'v=DKIM1; k=ed25519; p='))
const entry = fc.oneof(
  fc.constant<MemoryEntry>({}), fc.constant<MemoryEntry>({ trouble: 'timeout' }),
  fc.record({ A: fc.array(fc.constantFrom('192.0.2.7', '198.51.100.1', 'x')), TXT: fc.array(dnsText, { maxLength: 3 }), PTR: fc.array(odd, { maxLength: 3 }), MX: fc.array(fc.tuple(fc.nat(9), fc.constantFrom('', 'mx.far.example')), { maxLength: 2 }) }),
)
const world = fc.record({ 'far.example': entry, '_dmarc.far.example': entry, '_dmarc.rumah.example': entry, 's._domainkey.far.example': entry, 'default._bimi.far.example': entry, '192.0.2.7': entry, 'mx.far.example': entry })
const came = fc.record({ client: fc.constantFrom('192.0.2.7', '2001:db8::7', '203.0.113.9'), helo: fc.oneof(odd, fc.constantFrom('mx.far.example', '[192.0.2.7]', 'mx.rumah.example')), from: fc.constantFrom(null, 'orang@far.example', 'bos@rumah.example', '"a\\"b c"@far.example') })

test('what was learned of a client and its sender holds for the next messages of its connection, for two seconds', async () => {
  let nowMs = NOW_MS
  const dns = new MemoryDns({ 'far.example': { TXT: ['v=spf1 a -all'], A: ['192.0.2.7'] }, 'other.example': {} })
  const connection = new StrangersConnection({ ...houseWith({}), dns, clock: { nowMs: () => nowMs } }, '192.0.2.7')
  const peer = { address: '192.0.2.7', port: 40_000, localAddress: '198.51.100.25', localPort: 25 }
  const mail = async (from: string, helo = 'far.example'): Promise<number> => {
    const before = dns.asked.length
    await connection.mail({ peer, protocol: 'esmtp', helo, tls: null, login: null }, { ...NO_MAIL_PARAMS, from: addressOf(from) })
    await connection.recipient(recipientOf('ani@rumah.example'))
    return dns.asked.length - before
  }
  const first = await mail('orang@far.example')
  assert.ok(first > 0)
  assert.equal(await mail('orang@far.example'), 0)
  assert.ok((await mail('orang@other.example')) > 0, 'another sender is another question')
  assert.ok((await mail('orang@other.example', 'mx.far.example')) > 0, 'and so is another name of the client')
  assert.equal(await mail('orang@other.example', 'mx.far.example'), 0)
  nowMs += 2_000
  assert.ok((await mail('orang@other.example', 'mx.far.example')) > 0)
})

test('whatever comes, and whatever DNS says, there is a verdict, and what is written in front of the message is header lines', async () => {
  await fc.assert(
    fc.asyncProperty(world, came, message, fc.boolean(), async (names, from, bytes, isStreamed) => {
      const verdict = await inspected(houseWith(names), from, bytes, isStreamed ? Math.floor(bytes.length / 2) : null)
      assert.ok(['accept', 'junk', 'defer', 'reject'].includes(verdict.told.verdict))
      assert.ok(Number.isFinite(verdict.told.score))
      for (const { rule, evidence } of verdict.told.findings) {
        assert.ok(Object.hasOwn(ALL_RULES, rule), rule)
        assert.ok(evidence === null || !/[\r\n\0]/.test(evidence), evidence ?? '')
      }
      if (verdict.kind === 'not-taken') return assert.ok(verdict.reply.code >= 400 && !/[\r\0]/.test(verdict.reply.text))
      for (const own of [...verdict.own.values(), verdict.elsewhere]) assertHeader(verdict.fields + own)
    }),
    { numRuns: 500 },
  )
})

/** Fields that a stranger can only write values into. */
const NAMES = new Set(['authentication-results', 'x-spam-status', 'x-spam-flag', 'x-merpati-verdict', 'x-merpati-reference'])

/** RFC 5322 §2.1.1, §2.2: lines of at most 998 octets that end in CRLF, each a field of ours or folded. */
function assertHeader(text: string): void {
  assert.ok(text.endsWith('\r\n'))
  for (const line of text.slice(0, -2).split('\r\n')) {
    assert.ok(Buffer.byteLength(line) <= 998, line)
    assert.match(line, /^(?:[A-Za-z-]+: |[ \t]+\S)[^\r\n\0]*$/)
    assert.match(line, /^[\t -~]*$/)
    if (/^\S/.test(line)) assert.ok(NAMES.has(line.slice(0, line.indexOf(':')).toLowerCase()), line)
  }
}

test('money is spoken of freely with a proven author whom a recipient has written to, and with nobody else', async () => {
  const names = { 'far.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'], A: ['192.0.2.7'] }, '_dmarc.far.example': { TXT: ['v=DMARC1; p=reject'] } }
  const from: Came = { client: '192.0.2.7', helo: 'far.example', from: 'orang@far.example' }
  const bytes = Buffer.from('From: orang@far.example\r\nReply-To: lain@elsewhere.example\r\nSubject: Faktur\r\nDate: Thu, 26 Nov 2026 12:00:00 +0700\r\nMessage-ID: <1@far.example>\r\n\r\nSegera transfer ke nomor rekening 123.\r\n')
  const rules = async (isKnown: boolean): Promise<readonly string[]> => {
    const house = { ...houseWith(names), hasWrittenTo: async (account: AccountId, address: string) => isKnown && account === RECEIVER.account && address === 'orang@far.example' }
    return (await inspected(house, from, bytes, null)).told.findings.map(({ rule }) => rule)
  }
  const [known, unknown] = [await rules(true), await rules(false)]
  assert.ok(unknown.includes('MONEY_REPLY_ELSEWHERE') && !unknown.includes('KNOWN_SENDER'), unknown.join(' '))
  assert.ok(known.includes('KNOWN_SENDER') && !known.includes('MONEY_REPLY_ELSEWHERE'), known.join(' '))
})

const FAR: Readonly<Record<string, MemoryEntry>> = { 'far.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'], A: ['192.0.2.7'] }, '_dmarc.far.example': { TXT: ['v=DMARC1; p=reject'] } }
const FROM_FAR: Came = { client: '192.0.2.7', helo: 'far.example', from: 'orang@far.example' }

/** A memory that has gathered for long, with messages under keys of the book's own making. */
function grownBook(): SeenBook {
  const rows = new Map<string, Seen>([[BEGINNING, { times: 1, firstMs: 0, lastMs: NOW_MS }]])
  return new SeenBook(async (_, keys) => new Map(keys.flatMap((key) => (rows.has(key) ? [[key, rows.get(key) as Seen] as const] : []))), clock)
}

const letter = (from: string, body = 'Sampai jumpa.', fields = ''): Buffer =>
  Buffer.from(`From: ${from}\r\nTo: ani@rumah.example\r\nSubject: Kabar\r\nDate: Thu, 26 Nov 2026 12:00:00 +0700\r\nMessage-ID: <1@far.example>\r\n${fields}\r\n${body}\r\n`)

const rulesOf = ({ told }: Inspected): readonly string[] => told.findings.map(({ rule }) => rule)

test('who writes for the first time is a stranger to each reader, and none the second time; a young memory knows no strangers', async () => {
  const asks = letter('orang@far.example', 'Nomor rekening kami 123.')
  const house = { ...houseWith(FAR), seen: grownBook() }
  const first = rulesOf(await inspected(house, FROM_FAR, asks, null))
  const second = rulesOf(await inspected(house, FROM_FAR, asks, null))
  assert.deepEqual(first.filter((rule) => rule.startsWith('FIRST_')).toSorted(), ['FIRST_CONTACT_MONEY', 'FIRST_SEEN_DOMAIN'])
  assert.deepEqual(second.filter((rule) => rule.startsWith('FIRST_')), [])
  // The same address with nothing to vouch for it is somebody else.
  const forged = rulesOf(await inspected({ ...house, settings: { ...house.settings, dmarc: 'observe' } }, { ...FROM_FAR, client: '203.0.113.9' }, asks, null))
  assert.ok(forged.includes('FIRST_CONTACT_MONEY') && !forged.includes('FIRST_SEEN_DOMAIN'), forged.join(' '))
  assert.deepEqual(rulesOf(await inspected(houseWith(FAR), FROM_FAR, asks, null)).filter((rule) => rule.startsWith('FIRST_')), [])
})

test('a From that programs read differently passes by the policy of no domain that one of them would show', async () => {
  const house = houseWith({ ...FAR, 'bank.example': { TXT: ['v=spf1 -all'] }, '_dmarc.bank.example': { TXT: ['v=DMARC1; p=reject'] } })
  const verdict = async (from: string): Promise<string> => (await inspected(house, FROM_FAR, letter(from), null)).told.verdict
  const disguises = [
    'bos@bank.example.', 'bos @ bank . example', 'bos@bank .example', 'bos@bank\x01.example', 'bos@bank.example (Bos', 'bos@(a(b)c)bank.example (Bos', '<@far.example:bos@bank.example>', '<bos@bank.example><orang@far.example>',
    '<orang@far.example<bos@bank.example>>', 'bos@bank.example <orang@far.example>', '"bos@bank.example <orang@far.example>', '=?utf-8?q?Bos_=3Cbos=40bank.example=3E?=', `${'('.repeat(40)}${')'.repeat(40)} bos@bank.example`,
  ]
  for (const from of disguises) assert.ok(['junk', 'reject'].includes(await verdict(from)), from)
  // Who writes it no better, and proves every domain in it, loses nothing.
  for (const from of ['orang@far.example.', 'orang@far.example (Orang', '"Orang" <orang@far.example> <orang@far.example>', 'tanpa domain']) assert.equal(await verdict(from), 'accept', from)
  for (const from of ['bos @ rumah . example', 'bos@rumah .example', 'bos@rumah\x01.example', 'bos@(a(b)c)rumah.example (']) assert.equal(await verdict(from), 'reject', from)
  // Too long to be read: nobody knows who is shown of it.
  assert.equal(await verdict(`${'kata '.repeat(18_000)}<bos@rumah.example>`), 'junk')
  // However much stands before it.
  const many = Array.from({ length: 50 }, (_, at) => `a@d${at}.example.`).join(', ')
  for (const before of ['kata '.repeat(5_000), `${many}, `]) {
    assert.equal(await verdict(`${before}<bos@rumah.example.>`), 'reject')
    assert.ok(['junk', 'reject'].includes(await verdict(`${before}<bos@bank.example.>`)))
  }
  // Where From shows nobody, Sender is shown.
  for (const from of ['', '<>', 'Bos']) {
    assert.equal(await verdict(`${from}\r\nSender: bos@rumah.example`), 'reject', from)
    assert.ok(['junk', 'reject'].includes(await verdict(`${from}\r\nSender: bos@bank.example`)), from)
    assert.equal(await verdict(`${from}\r\nSender: orang@far.example`), 'accept', from)
  }
  assert.equal(await verdict('orang@far.example\r\nSender: bos@rumah.example'), 'accept')
  const nobody = Buffer.from(letter('x').toString().replace('From: x', 'Sender: bos@rumah.example'))
  assert.equal((await inspected(house, FROM_FAR, nobody, null)).told.verdict, 'reject')
})

test('who forges a signature puts off no policy: neither by a selector that is no name, nor by a key server that is silent', async () => {
  const long = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(60)).join('.')
  const names: Readonly<Record<string, MemoryEntry>> = { ...FAR, 'bank.example': { TXT: ['v=spf1 -all'] }, '_dmarc.bank.example': { TXT: ['v=DMARC1; p=reject'] }, [`${long}._domainkey.bank.example`]: { trouble: 'bad-name' }, 's._domainkey.evil.example': { trouble: 'aborted' } }
  const hash = createHash('sha256').update('Sampai jumpa.\r\n').digest('base64')
  const signed = (domain: string, selector: string): Buffer => Buffer.concat([Buffer.from(`DKIM-Signature: v=1; a=rsa-sha256; d=${domain}; s=${selector}; h=from; bh=${hash}; b=${'A'.repeat(172)}\r\n`), letter('bos@bank.example', 'Sampai jumpa.')])
  const results = ({ told }: Inspected): readonly string[] => told.checks.filter(({ check }) => check === 'dkim' || check === 'dmarc').map(({ result }) => result)
  const forged = await inspected(houseWith(names), FROM_FAR, signed('bank.example', long), null)
  assert.deepEqual([forged.told.verdict, ...results(forged)], ['junk', 'permerror', 'fail'])
  // What DNS has for its keys is not what it has for the policy.
  const house = houseWith(names)
  const times = new Map<string, AbortSignal>()
  const txt = async (name: string, signal: AbortSignal): ReturnType<MemoryDns['txt']> => {
    times.set(name, signal)
    // As long as the key is waited for, time goes by: until who asks now gets another limit.
    while (name.startsWith('s.') && timeLimit(LOOK_UP_WITHIN_MS) === signal) await turn()
    return await house.dns.txt(name, signal)
  }
  const dns: InspectHouse['dns'] = { txt, addresses: house.dns.addresses.bind(house.dns), mx: house.dns.mx.bind(house.dns), ptr: house.dns.ptr.bind(house.dns) }
  const silent = await inspected({ ...house, dns }, FROM_FAR, signed('evil.example', 's'), null)
  assert.deepEqual([silent.told.verdict, ...results(silent)], ['junk', 'temperror', 'fail'])
  assert.notEqual(times.get('s._domainkey.evil.example'), times.get('_dmarc.bank.example'))
})

test('while DNS does not answer for the key of our own domain, its mail is weighed and not taken for forged, with a policy or without', async () => {
  const hash = createHash('sha256').update('Sampai jumpa.\r\n').digest('base64')
  const signed = (domain: string): Buffer => Buffer.concat([Buffer.from(`DKIM-Signature: v=1; a=rsa-sha256; d=${domain}; s=s; h=from; bh=${hash}; b=${'A'.repeat(172)}\r\n`), letter('bos@rumah.example', 'Sampai jumpa.')])
  const silent: Readonly<Record<string, MemoryEntry>> = { ...FAR, 'rumah.example': { TXT: ['v=spf1 ~all'] }, 's._domainkey.rumah.example': { trouble: 'servfail' }, 's._domainkey.far.example': { trouble: 'servfail' } }
  const told = async (names: Readonly<Record<string, MemoryEntry>>, domain: string, from = 'orang@far.example'): Promise<string> => {
    const { verdict, by } = (await inspected(houseWith(names), { ...FROM_FAR, from }, signed(domain), null)).told
    return `${verdict} by ${by}`
  }
  const withPolicy = { ...silent, '_dmarc.rumah.example': { TXT: ['v=DMARC1; p=reject'] } }
  assert.deepEqual([await told(silent, 'rumah.example'), await told(withPolicy, 'rumah.example')], ['accept by score', 'accept by score'])
  assert.equal(await told(silent, 'far.example'), 'reject by dmarc')
  // SPF alike: the score has much to say against such a sender, and says it.
  const spf = { ...silent, 'rumah.example': { trouble: 'servfail' as const } }
  assert.deepEqual([await told(spf, 'far.example', 'bos@rumah.example'), await told(silent, 'far.example', 'bos@rumah.example')], ['accept by score', 'reject by dmarc'])
})

test('SPF hears the local part of a sender as it is, without the quotes that an address needs', async () => {
  const names = { ...FAR, 'far.example': { TXT: ['v=spf1 exists:%{l}.ada.far.example -all'], A: ['192.0.2.7'] }, 'toko barat.ada.far.example': { A: ['127.0.0.2'] } }
  const spf = async (from: string): Promise<string | undefined> => (await inspected(houseWith(names), { ...FROM_FAR, from }, letter('orang@far.example'), null)).told.checks.find(({ check }) => check === 'spf')?.result
  assert.deepEqual([await spf('"toko barat"@far.example'), await spf('"toko timur"@far.example')], ['pass', 'fail'])
})

test('mail that SPF fails is taken when a signature of its author passes', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = new Signer([{ domain: 'far.example' as Domain, selector: 'e', key: privateKey }], { atSeconds: NOW_MS / 1_000, lifeSeconds: null, header: 'relaxed', body: 'relaxed' })
  const bytes = letter('orang@far.example')
  signer.push(bytes)
  const signed = Buffer.concat([Buffer.from((await signer.finish()) ?? ''), bytes])
  const names = { ...FAR, 'e._domainkey.far.example': { TXT: [formatKeyRecord(publicKey)] } }
  const elsewhere: Came = { ...FROM_FAR, client: '203.0.113.9' }
  const told = async (message: Uint8Array): Promise<readonly string[]> => {
    const { verdict, checks } = (await inspected(houseWith(names), elsewhere, message, null)).told
    return [verdict, ...checks.filter(({ check }) => ['spf', 'dkim', 'dmarc'].includes(check)).map(({ result }) => result)]
  }
  assert.deepEqual(await told(signed), ['accept', 'fail', 'pass', 'pass'])
  assert.deepEqual(await told(bytes), ['reject', 'fail', 'none', 'fail'])
})

test('the names of people here and the domains of partners are not borrowed, but by whom the reader knows', async () => {
  const house = { ...houseWith(FAR), people: async () => new Map([[nameKey('Sari Wulandari'), new Set(['sari@rumah.example'])]]), correspondents: async () => listedDomains(['gudangbaru.example']) }
  assert.ok(rulesOf(await inspected(house, FROM_FAR, letter('Sari Wulandari <orang@far.example>'), null)).includes('PERSON_NAME'))
  assert.ok(rulesOf(await inspected(house, FROM_FAR, letter('orang@far.example', 'Halo', 'Reply-To: x@gudang-baru.example\r\n'), null)).includes('LOOKALIKE_DOMAIN'))
  const known = { ...house, hasWrittenTo: async () => true }
  const rules = rulesOf(await inspected(known, FROM_FAR, letter('Sari Wulandari <orang@far.example>'), null))
  assert.ok(rules.includes('KNOWN_SENDER') && !rules.includes('PERSON_NAME'), rules.join(' '))
})

test('without a policy a sender is known by SPF of its own organization, and not by that of a server for everybody', async () => {
  const { '_dmarc.far.example': _, ...open } = FAR
  const known = async (from: Came, author: string): Promise<boolean> => rulesOf(await inspected({ ...houseWith({ ...open, 'esp.example': { TXT: ['v=spf1 ip4:192.0.2.7 -all'], A: ['192.0.2.7'] } }), hasWrittenTo: async () => true }, from, letter(author), null)).includes('KNOWN_SENDER')
  assert.equal(await known(FROM_FAR, 'orang@far.example'), true)
  assert.equal(await known({ ...FROM_FAR, from: 'x@esp.example' }, 'orang@far.example'), false)
  assert.equal(await known({ ...FROM_FAR, client: '203.0.113.9' }, 'orang@far.example'), false)
})

test('one text that several nets bring in the name of authors whom nothing vouches for is a wave', async () => {
  const house = houseWith({})
  const offer = letter('orang@far.example', 'Anda terpilih dari ribuan orang untuk menerima dana yang sudah menunggu di kantor kami, jadi balas hari ini.')
  const found: boolean[] = []
  for (const client of ['192.0.2.7', '198.51.100.7', '203.0.113.7']) found.push(rulesOf(await inspected(house, { ...FROM_FAR, client }, offer, null)).includes('BODY_SPIKE'))
  assert.deepEqual(found, [false, false, true])
})

test('whom the recipient has written to is not asked to come back, when SPF says that it is the same', async () => {
  const waiting = { ...houseWith(FAR), settings: { ...houseWith(FAR).settings, greylist: 'all' as const }, grey: { ask: async () => ({ kind: 'wait', why: 'new', forMs: 60_000 }) as const }, hasWrittenTo: async (_: AccountId, address: string) => address === 'orang@far.example' }
  const asked = async (client: string, from: string): Promise<number | null> => {
    const session = { peer: { address: client, port: 40_000, localAddress: '198.51.100.25', localPort: 25 }, protocol: 'esmtp', helo: 'far.example', tls: null, login: null } as const
    const connection = new StrangersConnection(waiting, client)
    await connection.mail(session, { ...NO_MAIL_PARAMS, from: addressOf(from) })
    return (await connection.recipient(recipientOf('ani@rumah.example')))?.reply.code ?? null
  }
  assert.deepEqual([await asked('192.0.2.7', 'orang@far.example'), await asked('192.0.2.7', 'lain@far.example'), await asked('203.0.113.9', 'orang@far.example')], [null, 451, 451])
})

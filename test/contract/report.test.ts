import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Answer } from '../../src/base/dns.ts'
import type { Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { silentLog } from '../../src/base/log.ts'
import { domainNamed } from '../../src/core/domain/sql.ts'
import type { Event } from '../../src/core/event/event.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { readerPosition } from '../../src/core/event/sql.ts'
import { deliver } from '../../src/core/local/sql.ts'
import { keepPolicy, sqlSts } from '../../src/core/outbound/tls/sql-sts.ts'
import { countTls, tlsResultsWith } from '../../src/core/outbound/tls/sql-tls-result.ts'
import { storedMessage } from '../../src/core/queue/sql-message.ts'
import { deliveriesAfter } from '../../src/core/queue/sql.ts'
import type { CountedSeen } from '../../src/core/report/dmarc-tally.ts'
import { sendDueReports } from '../../src/core/report/daily.ts'
import { reportReader } from '../../src/core/report/reader.ts'
import type { SeenFacts } from '../../src/core/report/seen.ts'
import type { SendOptions } from '../../src/core/report/send.ts'
import { countSeen, purgeSeen, seenRows, unsentDomains } from '../../src/core/report/sql-dmarc-seen.ts'
import { keepReports, LATEST_REPORTS, purgeReceived, receivedReport, receivedReports } from '../../src/core/report/sql-received.ts'
import { noteSent, purgeSent, unsentTlsDomains } from '../../src/core/report/sql-sent.ts'
import { reportsIn } from '../../src/core/report/read-mail.ts'
import { parseAddress } from '../../src/proto/mail/address.ts'
import { shownLog } from '../support/events.ts'
import { openHouse, type TestHouse } from '../support/house.ts'
import { openTestDatabase } from '../support/database.ts'

const DAY = '2026-01-01'
const NEXT_DAY_MS = Date.parse('2026-01-02T05:00:00Z')
const { signal } = new AbortController()

const FACTS: SeenFacts = {
  disposition: 'pass', dkim: 'pass', spf: 'fail', reasons: [], headerFrom: 'far.example', envelopeFrom: 'far.example', envelopeTo: null,
  signatures: [{ domain: 'far.example', selector: 's1', result: 'pass' }], spfCheck: { domain: 'far.example', result: 'softfail' },
}

function counted(messages: number, { domain = 'far.example', source = '192.0.2.1', rua = 'mailto:dmarc@far.example', ...facts }: Partial<SeenFacts> & { domain?: string; source?: string; rua?: string } = {}): CountedSeen {
  return { day: DAY, messages, seen: { policyDomain: domain, record: `v=DMARC1; p=reject; rua=${rua}`, source, facts: { ...FACTS, ...facts } } }
}

test('messages are counted by day, domain, source and what was found', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(countSeen, { counted: [counted(2), counted(1, { source: '2001:db8::1' }), counted(1, { disposition: 'reject' }), counted(5, { domain: 'near.example' })] })
  await db.write(countSeen, { counted: [counted(3)] })
  const rows = await seenRows(db, { day: DAY, domain: 'far.example', limit: 10 })
  assert.deepEqual(rows.map(({ source, messages, facts }) => [source, messages, facts.disposition]), [['192.0.2.1', 5, 'pass'], ['192.0.2.1', 1, 'reject'], ['2001:db8::1', 1, 'pass']])
  assert.deepEqual(rows[0]?.facts, FACTS)
  assert.equal((await seenRows(db, { day: DAY, domain: 'far.example', limit: 2 })).length, 2)
  assert.deepEqual((await unsentDomains(db, { day: DAY, after: '', limit: 10 })).map(({ domain }) => domain), ['far.example', 'near.example'])
  assert.deepEqual((await unsentDomains(db, { day: DAY, after: 'far.example', limit: 10 })).map(({ domain }) => domain), ['near.example'])
})

test('of several records on a day the last one is told, and what was dealt with is not found again', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(countSeen, { counted: [counted(1), counted(1, { rua: 'mailto:new@far.example' })] })
  await db.write(countSeen, { counted: [counted(1, { rua: 'mailto:last@far.example' })] })
  assert.match((await unsentDomains(db, { day: DAY, after: '', limit: 10 }))[0]?.record ?? '', /last@/)
  const about = { kind: 'dmarc', day: DAY, domain: 'far.example' } as const
  for (const outcome of ['sent', 'again']) await db.write(noteSent, { ...about, outcome, nowMs: 1 })
  assert.deepEqual(await unsentDomains(db, { day: DAY, after: '', limit: 10 }), [])
  assert.equal(await db.write(purgeSeen, { before: '2026-01-02' }), 1)
  assert.equal(await db.write(purgeSent, { before: '2026-01-02' }), 1)
  assert.deepEqual(await seenRows(db, { day: DAY, domain: 'far.example', limit: 10 }), [])
})

type Zone = Readonly<Record<string, string | 'silent'>>

function sending(house: TestHouse, zone: Zone, nowMs = NEXT_DAY_MS): SendOptions {
  const from = parseAddress('reports@home.example')
  assert.ok(from.ok)
  const { db } = house
  const clock = { nowMs: () => nowMs }
  return {
    sender: { hostname: 'mx.home.example', name: 'Home', from: from.value, organization: house.ani.organization },
    receive: { ...house.receive, clock },
    deliver: (args, id) => db.write(deliver, args, id),
    clock,
    log: silentLog,
    async ask(name): Promise<Answer<string>> {
      const text = zone[name]
      if (text === undefined) return { kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: 1 }
      if (text === 'silent') return { kind: 'failed', why: 'timeout', detail: '' }
      return { kind: 'found', records: [text], name, aliases: [], authentic: false, ttlMs: 1, stale: false }
    },
    unsentDmarc: (day, after) => unsentDomains(db, { day, after, limit: 2 }),
    seenRows: (day, domain) => seenRows(db, { day, domain, limit: 100 }),
    unsentTls: (day, after) => unsentTlsDomains(db, { day, after, limit: 2 }),
    tlsResults: (day, domain) => tlsResultsWith(db, { day, domain }),
    stsPolicy: async (domain) => (await sqlSts(db).get(domain))?.policy ?? null,
    post: async () => 'later',
    noteSent: (report) => db.write(noteSent, report),
  }
}

/** What is queued: to whom, and the reports inside. */
async function queued(house: TestHouse): Promise<readonly { readonly to: string; readonly text: string; readonly reports: Awaited<ReturnType<typeof reportsIn>> }[]> {
  const found = []
  for (const { recipient, sender, message } of await deliveriesAfter(house.db, '')) {
    const stored = await storedMessage(house.db, message)
    assert.equal(sender, '')
    assert.ok(stored?.location.kind === 'inline')
    const { bytes } = stored.location
    found.push({ to: recipient, text: Buffer.from(bytes).toString('latin1'), reports: await reportsIn(bytes) })
  }
  return found.toSorted((a, b) => (a.to < b.to ? -1 : 1))
}

test('a report on a day is sent once, in the hours after it, to whoever may have it', async () => {
  await using house = await openHouse()
  const consent: Zone = { 'far.example._report._dmarc.reader.example': 'v=DMARC1', 'near.example._report._dmarc.other.example': 'silent' }
  await house.db.write(countSeen, {
    counted: [
      counted(7, { rua: 'mailto:dmarc@far.example,mailto:far@reader.example,mailto:victim@bank.example' }),
      counted(1, { disposition: 'reject', dkim: 'fail', reasons: [{ type: 'local_policy', comment: 'x' }], rua: 'mailto:dmarc@far.example,mailto:far@reader.example,mailto:victim@bank.example' }),
      counted(1, { domain: 'near.example', rua: 'mailto:a@other.example' }),
      counted(1, { domain: 'nobody.example', rua: 'mailto:victim@bank.example' }),
    ],
  })
  await sendDueReports(sending(house, consent, Date.parse('2026-01-01T23:59:00Z')), signal)
  assert.deepEqual(await queued(house), [])
  for (let i = 0; i < 2; i++) await sendDueReports(sending(house, consent), signal)
  const sent = await queued(house)
  assert.deepEqual(sent.map(({ to }) => to), ['dmarc@far.example', 'far@reader.example'])
  const [first] = sent
  assert.match(first?.text ?? '', /^Subject: Report Domain: far\.example Submitter: mx\.home\.example Report-ID:\r\n <20260101\.far\.example@mx\.home\.example>\r$/m)
  assert.match(first?.text ?? '', /From: Home <reports@home\.example>/)
  assert.match(first?.text ?? '', /filename\*?[^]*mx\.home\.example!far\.example!1767225600!1767311999\.xml\.gz/)
  const [report] = first?.reports ?? []
  assert.deepEqual([report?.domain, report?.passed, report?.failed, report?.beginMs], ['far.example', 7, 1, Date.parse(DAY)])
  // Where DNS did not answer it is asked again, for a day.
  assert.deepEqual((await unsentDomains(house.db, { day: DAY, after: '', limit: 10 })).map(({ domain }) => domain), ['near.example'])
  await sendDueReports(sending(house, consent, Date.parse('2026-01-03T05:00:00Z')), signal)
  assert.deepEqual(await unsentDomains(house.db, { day: DAY, after: '', limit: 10 }), [])
  assert.equal((await queued(house)).length, 2)
})

test('a reader elsewhere may choose another address of its own, and no other', async () => {
  await using house = await openHouse()
  const zone: Zone = {
    'far.example._report._dmarc.reader.example': 'v=DMARC1; rua=mailto:in@reader.example',
    'near.example._report._dmarc.reader.example': 'v=DMARC1; rua=mailto:in@bank.example',
  }
  await house.db.write(countSeen, { counted: [counted(1, { rua: 'mailto:x@reader.example' }), counted(1, { domain: 'near.example', rua: 'mailto:x@reader.example' })] })
  await sendDueReports(sending(house, zone), signal)
  assert.deepEqual((await queued(house)).map(({ to }) => to), ['in@reader.example'])
})

test('how TLS went is reported to domains that ask for it', async () => {
  await using house = await openHouse()
  const row = { day: DAY, domain: 'far.example', policy: 'sts', result: 'successful', source: '192.0.2.1', host: 'mx.far.example', address: '198.51.100.1', sessions: 4 } as const
  await house.db.write(countTls, { counted: [row, { ...row, result: 'certificate-expired', sessions: 2 }, { ...row, policy: 'no-policy-found', sessions: 1 }, { ...row, domain: 'near.example' }, { ...row, domain: 'third.example' }] })
  await house.db.write(keepPolicy, { domain: 'far.example', kept: { id: '1', policy: { mode: 'testing', maxAgeS: 86400, mx: ['*.far.example'] }, fetchedMs: 0, untilMs: NEXT_DAY_MS } })
  const zone: Zone = { '_smtp._tls.far.example': 'v=TLSRPTv1; rua=mailto:tls@reader.example', '_smtp._tls.third.example': 'silent' }
  for (let i = 0; i < 2; i++) await sendDueReports(sending(house, zone), signal)
  const sent = await queued(house)
  assert.deepEqual(sent.map(({ to }) => to), ['tls@reader.example'])
  assert.match(sent[0]?.text ?? '', /^TLS-Report-Domain: far\.example\r$/m)
  assert.match(sent[0]?.text ?? '', /^TLS-Required: No\r$/m)
  assert.match(sent[0]?.text ?? '', /^Content-Type: multipart\/report; report-type=tlsrpt;/m)
  assert.deepEqual(sent[0]?.reports.map(({ kind, domain, passed, failed }) => [kind, domain, passed, failed]), [['tls', 'far.example', 5, 2]])
  const document = sent[0]?.reports[0]?.document
  assert.ok(document !== undefined && 'policies' in document)
  assert.deepEqual(document.policies.map(({ type, lines, hosts }) => [type, lines, hosts]), [['no-policy-found', [], []], ['sts', ['version: STSv1', 'mode: testing', 'mx: *.far.example', 'max_age: 86400'], ['*.far.example']]])
  assert.deepEqual(await unsentTlsDomains(house.db, { day: DAY, after: '', limit: 10 }), ['third.example'])
})

test('a domain that wants its report over HTTPS gets it so, and one that does not answer is asked again for a day', async () => {
  await using house = await openHouse()
  const row = { day: DAY, domain: 'far.example', policy: 'no-policy-found', result: 'successful', source: '192.0.2.1', host: 'mx.far.example', address: '198.51.100.1', sessions: 4 } as const
  await house.db.write(countTls, { counted: [row, { ...row, domain: 'near.example' }] })
  const zone: Zone = { '_smtp._tls.far.example': 'v=TLSRPTv1; rua=https://far.example/tls', '_smtp._tls.near.example': 'v=TLSRPTv1; rua=https://near.example/tls' }
  const posted: string[] = []
  const post: SendOptions['post'] = async (url, name, body) => (posted.push(`${url.host} ${name} ${gunzipSync(body).toString().includes(url.host)}`), url.host === 'far.example' ? 'sent' : 'later')
  await sendDueReports({ ...sending(house, zone), post }, signal)
  assert.deepEqual(posted, [`far.example ${DAY} far.example true`, `near.example ${DAY} near.example true`])
  const unsent = () => unsentTlsDomains(house.db, { day: DAY, after: '', limit: 10 })
  assert.deepEqual(await unsent(), ['near.example'])
  await sendDueReports({ ...sending(house, zone, NEXT_DAY_MS + 86_400_000), post }, signal)
  assert.deepEqual([await unsent(), await queued(house)], [[], []])
})

/** Reads what arrived for budi, as the job does. */
async function readArrivals(house: TestHouse, hosted: Readonly<Record<string, OrganizationId>>): Promise<void> {
  const { db } = house
  const reader = reportReader({
    addresses: new Set(['budi@home.example']),
    stored: (id) => storedMessage(db, id),
    segments: house.segments,
    ownerOf: async (domain) => hosted[domain] ?? null,
    keep: (args) => db.write(keepReports, args),
    clock: { nowMs: () => NEXT_DAY_MS },
    log: silentLog,
  })
  await catchUp(shownLog(db), reader, signal)
}

test('a report that arrives about a domain of ours is kept once, and no other', async () => {
  await using house = await openHouse()
  const { db } = house
  const organization = house.ani.organization
  assert.equal((await domainNamed(db, 'home.example' as Domain))?.organization, organization)
  // Our own reports are as good as those of others: the domain has its reports sent to budi here.
  const rua = { rua: 'mailto:budi@home.example' }
  await db.write(countSeen, { counted: [counted(7, { domain: 'home.example', ...rua }), counted(2, { domain: 'home.example', dkim: 'fail', ...rua }), counted(1, { domain: 'far.example', ...rua })] })
  await sendDueReports(sending(house, { 'far.example._report._dmarc.home.example': 'v=DMARC1' }), signal)
  assert.equal(house.arrivals.length, 2)
  await readArrivals(house, { 'home.example': organization })
  const all = { organization: '' as const, after: { ...LATEST_REPORTS, beforeMs: NEXT_DAY_MS }, limit: 10 }
  const [listed, ...more] = await receivedReports(db, { kind: 'dmarc', domain: 'home.example', ...all })
  assert.ok(listed)
  assert.deepEqual([listed.reporter, listed.reportId, listed.passed, listed.failed, more.length], ['Home', '20260101.home.example@mx.home.example', 7, 2, 0])
  assert.deepEqual(await receivedReports(db, { kind: 'dmarc', domain: 'far.example', ...all }), [])
  const latest = await receivedReport(db, { kind: 'dmarc', domain: 'home.example', id: '' })
  assert.deepEqual(latest, await receivedReport(db, { kind: 'dmarc', domain: 'home.example', id: listed.id }))
  assert.ok(latest !== null && 'records' in latest.document)
  assert.equal(latest.document.records[0]?.count, 7)
  // The same report once more.
  await db.write(keepReports, { reports: [{ ...latest, id: 'other' }], position: await readerPosition(db, 'report') })
  assert.equal((await receivedReports(db, { kind: 'dmarc', domain: 'home.example', ...all })).length, 1)
  assert.equal(await receivedReport(db, { kind: 'tls', domain: 'home.example', id: '' }), null)
  assert.equal(await db.write(purgeReceived, { beforeMs: NEXT_DAY_MS + 1 }), 1)
})

test('a report is read when its sender passes DMARC, or without a policy SPF or DKIM, and when nobody had to check it', async () => {
  const read: string[] = []
  const reader = reportReader({
    addresses: new Set(['reports@home.example']),
    stored: async (id) => (read.push(id), null),
    segments: { read: () => assert.fail('nothing is stored') },
    ownerOf: async () => null,
    keep: async () => {},
    clock: { nowMs: () => NEXT_DAY_MS },
    log: silentLog,
  })
  const came = (message: string, data: object): Event => ({
    ...{ id: 1, position: '1', atMs: NEXT_DAY_MS, organization: 'o1' as OrganizationId, account: null, message: message as MessageId, delivery: null, type: 'mail.arrived', version: 1 },
    data: { recipients: [{ address: 'Reports@home.example' }], ...data },
  })
  const checks = (...found: readonly string[]): object => ({ checks: found.map((each) => ({ check: each.split(' ')[0], result: each.split(' ')[1], detail: null })) })
  await reader.handle([
    came('aligned', checks('spf none', 'dkim pass', 'dmarc pass')), came('spf', checks('spf pass', 'dkim none', 'dmarc none')), came('dkim', checks('spf fail', 'dkim pass', 'dmarc none')),
    came('forged', checks('spf pass', 'dkim pass', 'dmarc fail')), came('nothing', checks('spf none', 'dkim none', 'dmarc none')), came('silent', checks('spf pass', 'dmarc temperror')),
    came('gateway', { checks: [] }), came('before', {}), came('account', { checks: [], login: 'ani@home.example' }),
  ], '1')
  assert.deepEqual(read, ['aligned', 'spf', 'dkim', 'gateway', 'before'])
})

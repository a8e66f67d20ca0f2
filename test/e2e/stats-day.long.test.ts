import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { until } from '../../bench/tool/wait.ts'
import { demoConfig } from '../../src/app/config/demo.ts'
import { openForTool } from '../../src/app/database.ts'
import { openStats } from '../../src/app/derived.ts'
import type { NewEvent } from '../../src/core/event/event.ts'
import { catchUp } from '../../src/core/event/follow.ts'
import { fillStats } from '../../src/core/stats/sql-follow.ts'
import { askApi } from '../support/api.ts'
import { zone } from '../support/dns/zone.ts'
import { shownLog } from '../support/events.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import type { PeerMessage, PeerScript } from '../support/smtp-peer.ts'
import { sortedRows } from '../support/stats-fill.ts'
import { recount } from '../support/stats-recount.ts'
import { storedStats } from '../support/sql-stats.ts'

// The day of test/contract/stats-day.long.test.ts asks nobody. Here the program itself runs it, in little: over the API in, over SMTP out and back, over HTTP from readers.

/** Messages, each to one recipient, sent in batches; and some to several, whose links tell nobody apart. */
const MESSAGES = 3_000
const BATCH = 100
const SHARED = 100
const SHARED_RECIPIENTS = 5

/** Where mail goes: two servers of nobody's, and those of three providers. */
const DOMAINS = ['jauh.far.test', 'dekat.far.test', 'gmail.far.test', 'yahoo.far.test', 'outlook.far.test'] as const

const WITHIN_MS = 300_000
const AT_ONCE = 16

/** What happens to a recipient: each of these in each domain. */
const turnOf = (number: number): number => Math.floor(number / DOMAINS.length) % 100
const numberIn = (text: string): number => Number(/\br(\d+)@/.exec(text)?.[1] ?? Number.NaN)

/** What servers say, by the number in a recipient's name: refusals for good, by policy and for the content, greylists that let the second try in, and a mailbox that stays full. */
function scripted(): PeerScript {
  const seen = new Set<number>()
  return (stage, line) => {
    if (stage !== 'rcpt') return null
    const number = numberIn(line)
    const turn = turnOf(number)
    if (turn < 2) return '550 5.1.1 No such user'
    if (turn === 2) return '550 5.7.1 Refused by our policy'
    if (turn === 3) return '452 4.2.2 Mailbox full'
    if (turn > 7 || seen.has(number)) return null
    seen.add(number)
    return '451 4.7.1 Greylisted, come back in 15 minutes'
  }
}

async function startDay(): Promise<MailNetwork> {
  return await startNetwork({
    names: {
      jauh: { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] }, dekat: { MX: ['10 mx3'] }, mx3: { A: ['127.0.0.3'] },
      gmail: { MX: ['10 aspmx.l.google.com.'] }, yahoo: { MX: ['10 mta5.am0.yahoodns.net.'] }, outlook: { MX: ['10 outlook-com.olc.protection.outlook.com.'] },
    },
    zones: [zone('google.com', { 'aspmx.l': { A: ['127.0.0.4'] } }), zone('yahoodns.net', { 'mta5.am0': { A: ['127.0.0.5'] } }), zone('outlook.com', { 'outlook-com.olc.protection': { A: ['127.0.0.6'] } })],
    peers: { 2: { script: scripted() }, 3: { script: scripted() }, 4: { script: scripted() }, 5: { script: scripted() }, 6: { script: scripted() } },
  })
}

async function send({ demo }: MailNetwork): Promise<void> {
  const to = (number: number): string => `r${number}@${DOMAINS[number % DOMAINS.length]}`
  const mail = (recipients: readonly string[], number: number): object => ({
    ...{ from: 'ani@merpati.test', to: recipients, subject: `Kabar ${number}`, html: '<body><p><a href="https://toko.test/promo">Promo</a> <a href="https://toko.test/baru">Baru</a></p></body>', text: 'Promo' },
    ...{ stream: number % 4 === 0 ? 'transactional' : 'broadcast', tracking: { opens: true, clicks: true }, ...(number % 2 === 0 ? { tags: [{ name: 'campaign', value: String(number % 7) }] } : {}) },
  })
  const single = Array.from({ length: MESSAGES }, (_, number) => mail([to(number)], number))
  const shared = Array.from({ length: SHARED }, (_, i) => mail(Array.from({ length: SHARED_RECIPIENTS }, (_each, at) => to(MESSAGES + i * SHARED_RECIPIENTS + at)), i))
  const all = [...single, ...shared]
  for (let from = 0; from < all.length; from += BATCH) {
    const { status, body } = await askApi(demo, '/v1/emails/batch', { json: all.slice(from, from + BATCH) })
    assert.equal(status, 202, JSON.stringify(body).slice(0, 500))
  }
}

/** Waits until no more than so many deliveries wait, and everything that was told has been read. */
async function tried({ demo }: MailNetwork, waiting: number): Promise<void> {
  await until(`only ${waiting} deliveries to wait`, async () => {
    const { body } = await askApi(demo, '/v1/queue/retry', { json: { all: true, dry_run: true } })
    return Number(body['deliveries']) <= waiting && (await fetch(`http://127.0.0.1:${demo.ports.http}/readyz?idle`)).ok
  }, WITHIN_MS, 500)
}

const dsn = (recipient: string): string =>
  `From: MAILER-DAEMON@far.test\r\nSubject: Undelivered\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nIt did not work.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; in.far.test\r\n\r\nFinal-Recipient: rfc822; ${recipient}\r\nAction: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\r\n--b--\r\n`
const arf = (returnPath: string): string =>
  `From: feedback@far.test\r\nSubject: FW: Kabar\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=f\r\n\r\n--f\r\n\r\nAbuse.\r\n--f\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: far/1\r\n--f\r\nContent-Type: message/rfc822\r\n\r\nReturn-Path: <${returnPath}>\r\nFrom: ani@merpati.test\r\nSubject: Kabar\r\n\r\nx\r\n--f--\r\n`

/** What comes back of a message, and to which address; null for nothing. */
function reportOn(returnPath: string, recipient: string): { readonly to: readonly string[]; readonly data: string } | null {
  const turn = turnOf(numberIn(recipient))
  if (turn === 10) return { to: [returnPath], data: dsn(recipient) }
  return turn === 11 || turn === 12 ? { to: [`fbl@${returnPath.slice(returnPath.indexOf('@') + 1)}`], data: arf(returnPath) } : null
}

/** Late bounces and complaints come back over SMTP, from the null sender. */
async function answer({ demo }: MailNetwork, messages: readonly PeerMessage[]): Promise<number> {
  using client = await SmtpClient.open({ port: demo.ports.smtp })
  await client.command('EHLO mx.far.test')
  let brought = 0
  for (const { from, to } of messages) {
    const [recipient = ''] = to
    const report = reportOn(from, recipient)
    if (report === null) continue
    const reply = await client.send({ from: '', ...report })
    assert.equal(reply.code, 250, reply.text)
    brought += 1
  }
  return brought
}

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0'

/** Readers open, follow links and unsubscribe over HTTP, and so do programs. */
async function read({ demo }: MailNetwork, messages: readonly PeerMessage[]): Promise<number> {
  const visits: (readonly [url: string, agent: string, method: string])[] = []
  for (const { text, to } of messages) {
    const number = numberIn(to[0] ?? '')
    const whole = text.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    const url = (shape: RegExp, from = whole): string => new URL(shape.exec(from)?.[1] ?? assert.fail(from)).pathname
    const links = [/<a href="([^"]+)">Promo/, /<a href="([^"]+)">Baru/].map((shape) => url(shape))
    if (number % 3 === 0) visits.push([url(/<img src="([^"]+)"/), number % 9 === 0 ? 'Mozilla/5.0' : BROWSER, 'GET'])
    if (number % 5 === 0) visits.push([links[0] ?? '', number % 10 === 0 ? 'curl/8.5.0' : BROWSER, 'GET'])
    if (number % 20 === 0) visits.push([links[1] ?? '', BROWSER, 'HEAD'])
    if (number % 50 === 13) visits.push([url(/<a href="([^"]+)" tabindex/), BROWSER, 'GET']) // The link that nobody sees.
    if (number % 50 === 21 && /^List-Unsubscribe-Post:/m.test(text)) visits.push([url(/^List-Unsubscribe: <([^>]+)>/m, text), BROWSER, 'POST'])
  }
  let next = 0
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let visit = visits[next++]; visit !== undefined; visit = visits[next++]) {
      const [path, agent, method] = visit
      const { status } = await fetch(`http://127.0.0.1:${demo.ports.http}${path}`, { method, redirect: 'manual', headers: { 'user-agent': agent } })
      assert.ok(status < 400, `${method} ${path}: ${status}`)
    }
  }))
  return visits.length
}

test('after a day of real sessions with scripted servers the roll-ups are what a recount of the log comes to, exactly', async (t) => {
  await using network = await startDay()
  const { demo } = network
  await send(network)
  const all = MESSAGES + SHARED * SHARED_RECIPIENTS
  const turns = Array.from({ length: all }, (_, number) => turnOf(number))
  await tried(network, turns.filter((turn) => turn >= 3 && turn <= 7).length)
  assert.equal((await demo.cli(['queue', 'retry', '--all'])).code, 0)
  await tried(network, turns.filter((turn) => turn === 3).length)
  const taken = [2, 3, 4, 5, 6].flatMap((number) => network.peer(number).messages)
  const sessions = [2, 3, 4, 5, 6].reduce((sum, number) => sum + network.peer(number).connections, 0)
  const visits = await read(network, taken)
  const reports = await answer(network, taken)
  await tried(network, all)
  assert.equal(await demo.stop(), 0)
  const config = demoConfig(demo.env)
  assert.ok(config.ok)
  await using db = await openForTool(config.value)
  await using stats = openStats(config.value, db)
  const { signal } = new AbortController()
  const log: NewEvent[] = []
  await catchUp(shownLog(db), { name: 'recount', handle: async (events) => void log.push(...events.map(({ type, atMs, organization, account, message, delivery, version, data }) => ({ type, atMs, organization, account, message, delivery, version, data }))) }, signal)
  await fillStats(db, stats.db, signal)
  const expected = recount(log)
  // The rows that differ first: all of them would be hundreds.
  const stored = new Map(await storedStats(stats.db))
  assert.deepEqual([...stored].filter(([key, counts]) => !isDeepStrictEqual(counts, expected.get(key))).slice(0, 3), [...expected].filter(([key, counts]) => !isDeepStrictEqual(counts, stored.get(key))).slice(0, 3))
  assert.deepEqual([...stored], sortedRows(expected))
  const sum = (name: string): number => [...expected].filter(([key]) => / brief day /.test(key)).reduce((total, [, counts]) => total + (counts[name] ?? 0), 0)
  assert.equal(sum('accepted'), all)
  t.diagnostic(`${all} recipients: ${taken.length} messages taken in ${sessions} sessions, ${visits} visits of readers, ${reports} reports; ${['delivered', 'deferred', 'hard', 'late', 'complained', 'opened', 'clicked', 'unsubscribedOneClick'].map((name) => `${name} ${sum(name)}`).join(', ')}`)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryWire } from '../../../../test/support/memory-wire.ts'
import { silentLog } from '../../../base/log.ts'
import { reply } from '../../../proto/smtp/reply.ts'
import { finding } from '../finding.ts'
import { scannerRules } from '../table/scanner.ts'
import { rspamdAddress, scannerAddress } from './address.ts'
import { clamavScanner, clamdHealth } from './clamav.ts'
import { DEFER_MS, MAX_FAILED_MAILS, MAX_SCANS, REMEMBER_FAILED_MS } from './limits.ts'
import { type MailTraits, Outage } from './outage.ts'
import { headersOf, readOpinion, rspamdScanner } from './rspamd.ts'
import { type Scan, scanMessage, type ScanOptions, watched } from './scan.ts'
import { found, NOTHING, type OnOutage, type ScannedMail, type Scanner, type ScanOutcome } from './scanner.ts'
import { Slots } from './slots.ts'

const SIGNAL = new AbortController().signal

const mail = (over: Partial<ScannedMail> = {}): ScannedMail => ({
  id: 'm1',
  client: { address: '192.0.2.7', port: 40_000, name: null },
  helo: 'mx.far.example',
  from: 'ani@far.example',
  recipients: ['budi@near.example'],
  login: null,
  async *open() {
    yield Buffer.from('From: a\r\n\r\nHalo\r\n')
  },
  ...over,
})

/** A thread with scanners that answer as the test says, and a clock that stands still. */
class House {
  nowMs = 1_000_000
  readonly counted: string[] = []
  readonly logged: string[] = []
  readonly #options: ScanOptions

  constructor(...scanners: readonly (readonly [Scanner, OnOutage])[]) {
    const log = { ...silentLog, error: (event: string) => void this.logged.push(event), info: (event: string) => void this.logged.push(event) }
    this.#options = {
      scanners: scanners.map(([scanner, onOutage]) => watched(scanner, onOutage)),
      clock: { nowMs: () => this.nowMs },
      log,
      count: (scanner, how) => void this.counted.push(`${scanner} ${how}`),
    }
  }

  async scan(signal = SIGNAL): Promise<Scan> {
    return await scanMessage(this.#options, mail(), signal)
  }

  async scanFrom(from: string): Promise<Scan> {
    return await scanMessage(this.#options, mail({ from }), SIGNAL)
  }
}

const scanner = (name: string, next: () => ScanOutcome): Scanner => ({ name, downRule: 'CLAMAV_DOWN', scan: async () => next() })
const clean: ScanOutcome = { kind: 'scanned', report: NOTHING }
const down: ScanOutcome = { kind: 'down', detail: 'refused' }

/** A clamd in memory that gives each connection this reply. */
const clamd = (text: string) => async () => {
  const wire = new MemoryWire()
  wire.say(text)
  return wire
}

test('mail waits ten minutes for a scanner that is down, then comes in with a finding, and is scanned again when it is back', async () => {
  let outcome: ScanOutcome = down
  const house = new House([scanner('clamav', () => outcome), 'tempfail'])
  const first = await house.scan()
  assert.deepEqual([first.defer, first.reply?.code, first.findings], [true, 451, []])
  house.nowMs += DEFER_MS - 1
  assert.equal((await house.scan()).defer, true)
  house.nowMs += 1
  const late = await house.scan()
  assert.deepEqual([late.defer, late.reply, late.findings], [false, null, [{ rule: 'CLAMAV_DOWN', evidence: 'clamav' }]])
  await house.scan()
  outcome = clean
  assert.deepEqual((await house.scan()).findings, [])
  outcome = down
  assert.equal((await house.scan()).defer, true)
  assert.deepEqual(house.logged, ['scanner.down', 'scanner.down', 'scanner.returned', 'scanner.down'])
  assert.deepEqual(house.counted, ['clamav deferred', 'clamav deferred', 'clamav unscanned', 'clamav unscanned', 'clamav clean', 'clamav deferred'])
})

test('a message that a scanner always fails on comes in after ten minutes, though all others pass', async () => {
  const failing: Scanner = { name: 'milter', downRule: 'MILTER_DOWN', scan: async ({ from }) => (from === 'odd@far.example' ? down : clean) }
  const house = new House([failing, 'tempfail'])
  for (const waitedMs of [0, 1, DEFER_MS - 2]) {
    house.nowMs += waitedMs
    assert.equal((await house.scanFrom('odd@far.example')).defer, true)
    assert.deepEqual(await house.scanFrom('ani@far.example'), { findings: [], hard: null, defer: false, reply: null, changes: [] })
  }
  house.nowMs += 1
  const late = await house.scanFrom('odd@far.example')
  assert.deepEqual([late.defer, late.findings.map(({ rule }) => rule)], [false, ['MILTER_DOWN']])
})

test('only so many messages are remembered, and those that were scanned at last are not', async () => {
  const outage = new Outage('tempfail')
  const of = (from: string): MailTraits => ({ from, recipients: ['budi@near.example'], login: null })
  const once = (from: string, nowMs: number): string => {
    const { kind } = outage.failed(of(from), nowMs)
    outage.worked(of('other'), nowMs) // So that only the message's own time counts.
    return kind
  }
  assert.equal(once('first', 0), 'defer')
  assert.equal(once('second', 0), 'defer')
  outage.worked(of('second'), 1)
  assert.deepEqual([once('first', DEFER_MS), once('second', DEFER_MS)], ['tag', 'defer'])
  for (let at = 0; at < MAX_FAILED_MAILS; at++) once(`m${at}`, DEFER_MS)
  assert.equal(once('first', DEFER_MS), 'defer')
  assert.equal(once('first', DEFER_MS + REMEMBER_FAILED_MS), 'defer')
})

test('where an outage is to be tagged, nothing waits', async () => {
  const { defer, findings } = await new House([scanner('clamav', () => down), 'tag']).scan()
  assert.deepEqual([defer, findings.map(({ rule }) => rule)], [false, ['CLAMAV_DOWN']])
})

test('malware is told even when another scanner is down', async () => {
  const eicar: ScanOutcome = { kind: 'scanned', report: { ...NOTHING, findings: [finding('CLAMAV_FOUND', 'Eicar')], malware: 'Eicar' } }
  const { hard, defer, reply: said } = await new House([scanner('clamav', () => eicar), 'tempfail'], [scanner('other', () => down), 'tempfail']).scan()
  assert.deepEqual([hard, defer, said], [{ kind: 'malware', name: 'Eicar' }, false, null])
})

test("a milter's own words are heard, and its refusal goes before another's outage", async () => {
  const saying = (code: number): ScanOutcome => ({ kind: 'scanned', report: { ...NOTHING, reply: reply(code, null, 'so') } })
  assert.deepEqual(await new House([scanner('a', () => saying(450)), 'tag']).scan(), { findings: [], hard: null, defer: true, reply: reply(450, null, 'so'), changes: [] })
  const refused = await new House([scanner('a', () => saying(554)), 'tag'], [scanner('b', () => down), 'tempfail']).scan()
  assert.deepEqual([refused.defer, refused.reply?.code], [false, 554])
})

test('a scan that we end ourselves is no outage', async () => {
  const house = new House([scanner('clamav', () => down), 'tempfail'])
  assert.equal((await house.scan(AbortSignal.abort())).defer, true)
  assert.deepEqual(house.logged, [])
})

test('what clamd says becomes findings, and only known malware is hard', async () => {
  const said = async (text: string): Promise<unknown> => {
    const { hard, findings } = await new House([clamavScanner(clamd(`${text}\0`)), 'tempfail']).scan()
    return [hard?.name ?? null, findings.map(({ rule }) => rule)]
  }
  assert.deepEqual(await said('stream: OK'), [null, []])
  assert.deepEqual(await said('stream: Win.Test.EICAR FOUND'), ['Win.Test.EICAR', ['CLAMAV_FOUND']])
  assert.deepEqual(await said('stream: Heuristics.Phishing.Email.SpoofedDomain FOUND'), [null, ['CLAMAV_HEURISTIC']])
  assert.deepEqual(await said('stream: PUA.Win.Tool.Packed FOUND'), [null, ['CLAMAV_PUA']])
  assert.deepEqual(await said('INSTREAM size limit exceeded. ERROR'), [null, ['CLAMAV_TOO_LARGE']])
  assert.deepEqual(await said('stream: Can not allocate memory ERROR'), [null, ['CLAMAV_FAILED']])
})

test('what answers in words that are not those of clamd is as good as down', async () => {
  for (const text of ['', 'HTTP/1.1 400 Bad Request', '\u0007\ufffd', 'stream: OK, or so', 'UNKNOWN COMMAND']) {
    const { defer, findings } = await new House([clamavScanner(clamd(`${text}\0`)), 'tempfail']).scan()
    assert.deepEqual([defer, findings], [true, []], text)
  }
})

test('old signatures are told', async () => {
  const wires = ['PONG\0', 'ClamAV 1.4.3/27500/Wed Jan  1 10:00:00 2025\0']
  const open = async (): Promise<MemoryWire> => await clamd(wires.shift() ?? '')()
  const health = await clamdHealth(open, Date.UTC(2025, 0, 3, 11), SIGNAL)
  assert.deepEqual([health.alive, health.isStale, health.version?.database], [true, true, 27_500])
  assert.deepEqual(await clamdHealth(async () => 'refused', 0, SIGNAL), { alive: false, version: null, isStale: false })
})

test('no more than four messages are scanned at a time', async () => {
  let open = 0
  let most = 0
  const wires: MemoryWire[] = []
  const scanning = clamavScanner(async () => {
    const wire = new MemoryWire()
    open += 1
    most = Math.max(most, open)
    wires.push(wire)
    return wire
  })
  const scans = Array.from({ length: 10 }, async () => {
    const outcome = await scanning.scan(mail(), SIGNAL)
    return outcome.kind
  })
  for (let answered = 0; answered < 10; answered++) {
    await new Promise((resolve) => setImmediate(resolve))
    const wire = wires[answered]
    assert.ok(wire !== undefined)
    open -= 1
    wire.say('stream: OK\0')
  }
  assert.deepEqual(await Promise.all(scans), Array.from({ length: 10 }, () => 'scanned'))
  assert.equal(most, MAX_SCANS)
})

test('who waits for a slot may leave, and too many may not wait', async () => {
  const slots = new Slots(1, 1)
  const leaving = new AbortController()
  assert.equal(await slots.take(SIGNAL), true)
  const waiting = slots.take(leaving.signal)
  assert.equal(await slots.take(SIGNAL), false)
  leaving.abort()
  assert.equal(await waiting, false)
  slots.free()
  assert.equal(await slots.take(SIGNAL), true)
})

test("rspamd's opinion is a finding with its strongest symbols", () => {
  const read = (value: unknown): unknown => {
    const outcome = readOpinion(Buffer.from(JSON.stringify(value)))
    return outcome.kind === 'scanned' ? outcome.report.findings : outcome
  }
  const symbols = { A: { name: 'A', score: 1, options: ['x'] }, BAD: { name: 'BAD', score: 7 }, GOOD: { name: 'GOOD', score: -2 } }
  assert.deepEqual(read({ action: 'add header', score: 6, required_score: 15, symbols }), [{ rule: 'RSPAMD_ADD_HEADER', evidence: '6.0 of 15.0: BAD, A' }])
  assert.deepEqual(read({ action: 'no action', score: 0, required_score: 15 }), [])
  assert.deepEqual(read({ action: 'constructor', score: 0, required_score: 15 }), [{ rule: 'RSPAMD_OTHER', evidence: 'constructor 0.0 of 15.0: ' }])
  assert.deepEqual(read({ error: 'no' }), { kind: 'down', detail: 'its reply was not understood' })
})

test('no reply of rspamd makes the reader throw, and every finding has a rule', () => {
  const action = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('greylist', 'soft reject', 'add header', 'rewrite subject', 'reject', '__proto__'))
  const value = fc.oneof(fc.json(), fc.record({ action, score: fc.double({ noNaN: true, noDefaultInfinity: true }), required_score: fc.integer(), symbols: fc.dictionary(fc.string(), fc.record({ name: fc.string(), score: fc.integer() })) }).map((each) => JSON.stringify(each)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), value.map((text) => Buffer.from(text))), (bytes) => {
      const outcome = readOpinion(bytes)
      if (outcome.kind === 'scanned') for (const { rule, evidence } of outcome.report.findings) assert.ok(Object.hasOwn(scannerRules, rule) && (evidence ?? '').length <= 120)
    }),
  )
})

test('what a peer calls itself cannot leave its HTTP field', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.string({ unit: 'binary' }), { maxLength: 200 }), (helo, recipients) => {
      const headers = headersOf(mail({ helo, recipients, from: helo }))
      for (const value of Object.values(headers).flat()) assert.match(value, /^[!-~]{0,300}$/)
      assert.ok((headers['Rcpt'] ?? '').length <= 100)
    }),
  )
})

test('an rspamd that is down is told and nothing waits for it', async () => {
  const house = new House([rspamdScanner(async () => ({ kind: 'failed', why: 'refused' })), 'tag'])
  assert.deepEqual((await house.scan()).findings, [{ rule: 'RSPAMD_DOWN', evidence: 'rspamd' }])
  assert.deepEqual(found(), clean)
})

test('a scanner is an IP address with a port or a socket, never a name that somebody else resolves', () => {
  assert.deepEqual(scannerAddress('unix:/run/clamav/clamd.ctl'), { kind: 'unix', path: '/run/clamav/clamd.ctl' })
  assert.deepEqual(scannerAddress('127.0.0.1:3310'), { kind: 'tcp', host: '127.0.0.1', port: 3310 })
  assert.deepEqual(scannerAddress('[::1]:3310'), { kind: 'tcp', host: '::1', port: 3310 })
  assert.deepEqual(scannerAddress('localhost:3310'), { kind: 'tcp', host: '127.0.0.1', port: 3310 })
  assert.deepEqual(rspamdAddress('http://127.0.0.1:11333/'), { kind: 'tcp', host: '127.0.0.1', port: 11_333 })
  for (const wrong of ['clamd.example:3310', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', 'unix:clamd', '::1:3310', '[127.0.0.1]:1', 'http://127.0.0.1:1']) assert.equal(scannerAddress(wrong), null)
  for (const wrong of ['https://127.0.0.1:11333', 'http://rspamd.example:11333', 'http://127.0.0.1:11333/x', 'http://u@127.0.0.1:11333']) assert.equal(rspamdAddress(wrong), null)
})

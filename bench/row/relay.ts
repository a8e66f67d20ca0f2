import type { Demo } from '../../test/support/server.ts'
import { SmtpClient } from '../../test/support/smtp-client.ts'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'
import { pidOf, startMerpati, untilIdle } from '../peers/merpati.ts'
import { startOpenDkim } from '../peers/opendkim.ts'
import { type Postfix, startPostfix } from '../peers/postfix.ts'
import { cpuMs } from '../tool/process.ts'
import { smtpSource } from '../tool/smtp-source.ts'
import { type SmtpSink, startSink } from '../tool/smtp-sink.ts'
import { cool } from '../tool/wait.ts'

const MESSAGES = 2_000
const BYTES = 10 * 1024
const SESSIONS = 8

/** From the injection of the first message to the moment when all become due: the slowest machine has injected by then. */
const HOLD_MS = 20_000

const WITHIN_MS = 180_000

/** What one round came to. */
interface Round {
  readonly perSecond: number
  readonly cpuMsEach: number
}

/** Both sides use 20 connections to the sink at most. Ours signs with RSA and Ed25519; OpenDKIM signs with RSA for Postfix. */
export async function relay(options: BenchOptions): Promise<readonly Figure[]> {
  return [...(await throughAndOut(options)), ...(await outOfTheQueue(options))]
}

/** From the first byte of the injection to the last message at the sink, signed on the way: what a sender of mail waits for. */
async function throughAndOut(options: BenchOptions): Promise<readonly Figure[]> {
  await using sink = await startSink()
  await using demo = await startMerpati({}, ['--relay', `127.0.0.1:${sink.port}`])
  await using opendkim = await startOpenDkim('merpati.test')
  await using postfix = await startPostfix({ kind: 'relay', transport: 'smtp', port: sink.port, held: false, milter: opendkim.port })
  const ours = (): Promise<Round> => through(sink, [pidOf(demo)], () => Promise.all(Array.from({ length: SESSIONS }, () => inject(demo, MESSAGES / SESSIONS, null))))
  const theirs = (): Promise<Round> =>
    through(sink, [postfix.pid, opendkim.pid], () => smtpSource({ port: postfix.port, sessions: SESSIONS, messages: MESSAGES, bytes: BYTES, from: 'ani@merpati.test', to: 'budi@merpati.test', connections: 'kept' }))
  return await compare('inject, sign and deliver', { demo, ours, theirs, peer: 'Postfix with OpenDKIM' }, options)
}

/** Messages wait in the queue of either side, become due at once, and are counted as the sink takes them. Postfix signs nothing in that. */
async function outOfTheQueue(options: BenchOptions): Promise<readonly Figure[]> {
  await using sink = await startSink()
  await using demo = await startMerpati({}, ['--relay', `127.0.0.1:${sink.port}`])
  await using postfix = await startPostfix({ kind: 'relay', transport: 'smtp', port: sink.port, held: true })
  return await compare('queue to a sink, signed by us', { demo, ours: () => merpatiRound(demo, sink), theirs: () => postfixRound(postfix, sink), peer: 'Postfix, unsigned' }, options)
}

interface Sides {
  readonly demo: Demo
  readonly ours: () => Promise<Round>
  readonly theirs: () => Promise<Round>
  readonly peer: string
}

async function compare(name: string, { demo, ours, theirs, peer }: Sides, { rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const own: Round[] = []
  const others: Round[] = []
  for (let round = 0; round <= rounds; round++) {
    await untilIdle(demo)
    await cool()
    const first = await ours()
    await untilIdle(demo)
    await cool()
    const second = await theirs()
    say(`relay, ${name}, ${round === 0 ? 'warm-up' : `round ${round}`}: ${describe(first)}; ${peer} ${describe(second)}`)
    if (round === 0) continue
    own.push(first)
    others.push(second)
  }
  const rates = (all: readonly Round[]): readonly number[] => all.map(({ perSecond }) => perSecond)
  const costs = (all: readonly Round[]): number => median(all.map(({ cpuMsEach }) => cpuMsEach))
  return [
    {
      name: `relay, ${name}`,
      unit: '/s',
      ours: median(rates(own)),
      peer: { name: peer, value: median(rates(others)) },
      goal: { kind: 'times-peer', atLeast: 4 },
      note: `rounds ${spread(rates(own))} against ${spread(rates(others))}`,
    },
    { name: `CPU a message, ${name}`, unit: 'ms', ours: costs(own), peer: { name: peer, value: costs(others) }, goal: null, note: 'all processes and threads of each' },
  ]
}

async function through(sink: SmtpSink, pids: readonly number[], injectAll: () => Promise<unknown>): Promise<Round> {
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuMs(pid), 0)
  const before = cpu()
  const started = performance.now()
  const taken = sink.taken(MESSAGES, WITHIN_MS)
  await injectAll()
  await taken
  const tookMs = performance.now() - started
  return { perSecond: MESSAGES / (tookMs / 1000), cpuMsEach: (cpu() - before) / MESSAGES }
}

async function merpatiRound(demo: Demo, sink: SmtpSink): Promise<Round> {
  const dueMs = Date.now() + HOLD_MS
  await Promise.all(Array.from({ length: SESSIONS }, () => inject(demo, MESSAGES / SESSIONS, dueMs)))
  await untilIdle(demo)
  if (Date.now() > dueMs - 1_000) throw new Error('the messages were due before all of them were there: this machine is too slow for HOLD_MS')
  const before = cpuMs(pidOf(demo))
  const tookMs = await sink.taken(MESSAGES, HOLD_MS + WITHIN_MS)
  await untilIdle(demo)
  return { perSecond: MESSAGES / (tookMs / 1000), cpuMsEach: (cpuMs(pidOf(demo)) - before) / MESSAGES }
}

/** Submits messages, over TLS; they wait until `dueMs` when there is one: RFC 4865. */
async function inject(demo: Demo, count: number, dueMs: number | null): Promise<void> {
  using client = await SmtpClient.open({ port: demo.ports.submissions, tls: true })
  await client.command('EHLO bench.test')
  await client.command(`AUTH PLAIN ${Buffer.from('\0ani@merpati.test\0merpati').toString('base64')}`)
  const text = `From: ani@merpati.test\r\nTo: budi@far.example\r\nSubject: Kiriman\r\n\r\n${`${'halo '.repeat(15)}\r\n`.repeat(Math.ceil(BYTES / 77))}`
  const hold = dueMs === null ? '' : ` HOLDUNTIL=${new Date(dueMs).toISOString()}`
  for (let sent = 0; sent < count; sent++) {
    await client.wire.write(`MAIL FROM:<ani@merpati.test>${hold}\r\nRCPT TO:<budi@far.example>\r\nDATA\r\n`)
    for (const wanted of [250, 250, 354]) {
      const reply = await client.reply()
      if (reply.code !== wanted) throw new Error(`not accepted: ${reply.text}`)
    }
    await client.wire.write(`${text}.\r\n`)
    const reply = await client.reply()
    if (reply.code !== 250) throw new Error(`not accepted: ${reply.text}`)
  }
}

async function postfixRound(postfix: Postfix, sink: SmtpSink): Promise<Round> {
  await smtpSource({ port: postfix.port, sessions: SESSIONS, messages: MESSAGES, bytes: BYTES, to: 'budi@merpati.test', connections: 'kept' })
  const before = cpuMs(postfix.pid)
  const taken = sink.taken(MESSAGES, WITHIN_MS)
  postfix.release()
  const tookMs = await taken
  return { perSecond: MESSAGES / (tookMs / 1000), cpuMsEach: (cpuMs(postfix.pid) - before) / MESSAGES }
}

function describe({ perSecond, cpuMsEach }: Round): string {
  return `${perSecond.toFixed(0)}/s, ${cpuMsEach.toFixed(2)} ms CPU`
}

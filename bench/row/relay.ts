import type { Demo } from '../../test/support/server.ts'
import { SmtpClient } from '../../test/support/smtp-client.ts'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'
import { pidOf, startMerpati, untilIdle } from '../peers/merpati.ts'
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

/**
 * From a queue to a sink: messages wait in the queue of either side, become due at once, and are counted as the sink takes them. Ours
 * are signed with RSA and Ed25519 on the way; Postfix signs nothing. 20 connections at most on both sides.
 */
export async function relay({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  await using sink = await startSink()
  await using demo = await startMerpati({}, ['--relay', `127.0.0.1:${sink.port}`])
  await using postfix = await startPostfix({ kind: 'relay', transport: 'smtp', port: sink.port, held: true })
  await untilIdle(demo)
  const ours: Round[] = []
  const theirs: Round[] = []
  for (let round = 0; round <= rounds; round++) {
    await cool()
    const merpati = await merpatiRound(demo, sink)
    await cool()
    const peer = await postfixRound(postfix, sink)
    say(`relay, ${round === 0 ? 'warm-up' : `round ${round}`}: ${describe(merpati)}; Postfix ${describe(peer)}`)
    if (round === 0) continue
    ours.push(merpati)
    theirs.push(peer)
  }
  const rates = (all: readonly Round[]): readonly number[] => all.map(({ perSecond }) => perSecond)
  const costs = (all: readonly Round[]): number => median(all.map(({ cpuMsEach }) => cpuMsEach))
  return [
    {
      name: 'relay, queue to a sink, DKIM-signed',
      unit: '/s',
      ours: median(rates(ours)),
      peer: { name: 'Postfix, unsigned', value: median(rates(theirs)) },
      goal: { kind: 'times-peer', atLeast: 4 },
      note: `rounds ${spread(rates(ours))} against ${spread(rates(theirs))}`,
    },
    { name: 'CPU a message, relay', unit: 'ms', ours: costs(ours), peer: { name: 'Postfix, unsigned', value: costs(theirs) }, goal: null, note: 'all processes and threads of each' },
  ]
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

/** Submits messages that shall wait until `dueMs`: RFC 4865. */
async function inject(demo: Demo, count: number, dueMs: number): Promise<void> {
  using client = await SmtpClient.open({ port: demo.ports.submissions, tls: true })
  await client.command('EHLO bench.test')
  await client.command(`AUTH PLAIN ${Buffer.from('\0ani@merpati.test\0merpati').toString('base64')}`)
  const text = `From: ani@merpati.test\r\nTo: budi@far.example\r\nSubject: Kiriman\r\n\r\n${`${'halo '.repeat(15)}\r\n`.repeat(Math.ceil(BYTES / 77))}`
  for (let sent = 0; sent < count; sent++) {
    await client.wire.write(`MAIL FROM:<ani@merpati.test> HOLDUNTIL=${new Date(dueMs).toISOString()}\r\nRCPT TO:<budi@far.example>\r\nDATA\r\n`)
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

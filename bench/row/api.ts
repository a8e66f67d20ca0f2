import { demoKey } from '../../test/support/api.ts'
import type { Demo } from '../../test/support/server.ts'
import { type BenchOptions, type Figure, format, median, spread } from '../figure.ts'
import { pidOf, startMerpati, untilIdle } from '../peers/merpati.ts'
import { HttpConnection, jsonPost } from '../tool/http-load.ts'
import { cpuMs } from '../tool/process.ts'
import { cool } from '../tool/wait.ts'

const MESSAGES = 6_000
const CONNECTIONS = 64

/** Batches, and connections that send them: enough that by chance they seldom all come to one worker, since the kernel chooses it for each connection. */
const BATCHES = 80
const BATCH = 100
const BATCH_CONNECTIONS = 12

/** For latency: so many a second, for so long. */
const RATE = 200
const RATE_MS = 10_000
const RATE_CONNECTIONS = 50

/** `POST /v1/emails`: each answer means that the message is safe from a power cut. The demo keeps what is sent. */
export async function api({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  await using demo = await startMerpati()
  const key = demoKey(demo)
  const singles: Round[] = []
  const batches: Round[] = []
  const latencies: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const single = await measure(demo, MESSAGES, () => flood(demo.ports.http, jsonPost('/v1/emails', key, message(0)), MESSAGES, CONNECTIONS))
    const batch = await measure(demo, BATCHES * BATCH, () => flood(demo.ports.http, jsonPost('/v1/emails/batch', key, Array.from({ length: BATCH }, (_, at) => message(at))), BATCHES, BATCH_CONNECTIONS))
    await untilIdle(demo)
    await cool()
    const p99 = percentile(await paced(demo.ports.http, jsonPost('/v1/emails', key, message(0))), 0.99)
    say(`api, ${round === 0 ? 'warm-up' : `round ${round}`}: ${describe(single)}; batches ${describe(batch)}; p99 ${p99.toFixed(1)} ms`)
    if (round === 0) continue
    singles.push(single)
    batches.push(batch)
    latencies.push(p99)
  }
  return [
    rate(`API, ${CONNECTIONS} connections, a message a request`, singles, 1_500),
    rate(`API, batches of ${BATCH}, ${BATCH_CONNECTIONS} connections`, batches, 5_000),
    { name: `API, p99 at ${RATE}/s`, unit: 'ms', ours: median(latencies), peer: null, goal: { kind: 'at-most', limit: 50 }, note: `rounds ${spread(latencies)}` },
  ]
}

interface Round {
  readonly perSecond: number
  readonly cpuMsEach: number
}

async function measure(demo: Demo, messages: number, work: () => Promise<unknown>): Promise<Round> {
  await untilIdle(demo)
  await cool()
  const before = cpuMs(pidOf(demo))
  const started = performance.now()
  await work()
  const tookMs = performance.now() - started
  return { perSecond: messages / (tookMs / 1_000), cpuMsEach: (cpuMs(pidOf(demo)) - before) / messages }
}

async function flood(port: number, request: Uint8Array, count: number, connections: number): Promise<void> {
  let left = count
  const one = async (): Promise<void> => {
    using connection = await HttpConnection.open(port)
    while (left-- > 0) taken(await connection.send(request))
  }
  await Promise.all(Array.from({ length: connections }, one))
}

/** Milliseconds from when each request was due, whether or not a connection was free: a server that stalls does not hide it. */
async function paced(port: number, request: Uint8Array): Promise<readonly number[]> {
  const started = performance.now()
  const tookMs: number[] = []
  let next = 0
  const one = async (): Promise<void> => {
    using connection = await HttpConnection.open(port)
    for (;;) {
      const dueMs = (next++ * 1_000) / RATE
      if (dueMs >= RATE_MS) return
      const waitMs = started + dueMs - performance.now()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      taken(await connection.send(request))
      tookMs.push(performance.now() - started - dueMs)
    }
  }
  await Promise.all(Array.from({ length: RATE_CONNECTIONS }, one))
  return tookMs
}

function taken(status: number): void {
  if (status !== 202) throw new Error(`not taken: ${status}`)
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN
}

/** What a shop sends: some kilobytes of HTML and its text. */
function message(at: number): object {
  return {
    from: 'Toko Merpati <ani@merpati.test>',
    to: `pelanggan-${at}@far.example`,
    subject: `Pesanan ${at} sudah kami terima`,
    html: `<html><body><h1>Terima kasih</h1>${'<p>Pesanan Anda sedang kami siapkan dan akan segera dikirim.</p>'.repeat(30)}</body></html>`,
    text: 'Pesanan Anda sedang kami siapkan dan akan segera dikirim.\n'.repeat(30),
    tags: [{ name: 'jenis', value: 'pesanan' }],
  }
}

function rate(name: string, all: readonly Round[], atLeast: number): Figure {
  const rates = all.map(({ perSecond }) => perSecond)
  const cost = median(all.map(({ cpuMsEach }) => cpuMsEach))
  return { name, unit: '/s', ours: median(rates), peer: null, goal: { kind: 'at-least', limit: atLeast }, note: `rounds ${spread(rates)}; ${format(cost)} ms CPU a message, all threads` }
}

function describe({ perSecond, cpuMsEach }: Round): string {
  return `${perSecond.toFixed(0)}/s, ${cpuMsEach.toFixed(2)} ms CPU`
}

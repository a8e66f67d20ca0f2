import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { makeLog, silentLog } from '../../base/log.ts'
import { makeFileSink } from './file-sink.ts'
import { MetricsHub, MetricsMember } from './gather.ts'
import { MAX_QUEUED_CHARS } from './limits.ts'
import { Metrics, render } from './metrics.ts'

async function temporary(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-log-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('the numbers of all threads are merged, whichever thread is asked', async () => {
  const main = new Metrics()
  const hub = new MetricsHub(main, silentLog)
  const threads = [0, 1].map(() => {
    const { port1, port2 } = new MessageChannel()
    hub.attach(port1)
    const metrics = new Metrics()
    return { metrics, member: new MetricsMember(metrics, port2, silentLog), port: port2 }
  })
  for (const metrics of [main, ...threads.map((thread) => thread.metrics)]) {
    const received = metrics.counter('merpati_received_total', 'Messages received.', ['listener'])
    received.inc({ listener: 'mx' }, 2)
    metrics.counter('merpati_received_total', 'Messages received.', ['listener']).inc({ listener: 'lmtp' })
    metrics.gauge('merpati_lag_seconds', 'How far behind.', [], 'max').set({}, 3)
    metrics.histogram('merpati_commit_seconds', 'How long.', [], [0.01, 0.1]).observe({}, 0.05)
    metrics.measured('merpati_sessions', 'Open sessions.', () => 4)
  }
  for (const text of [await hub.merged(), ...(await Promise.all(threads.map(({ member }) => member.merged())))]) {
    assert.match(text, /^merpati_received_total\{listener="mx"\} 6$/m)
    assert.match(text, /^merpati_received_total\{listener="lmtp"\} 3$/m)
    assert.match(text, /^merpati_lag_seconds 3$/m)
    assert.match(text, /^merpati_commit_seconds_bucket\{le="0.1"\} 3$/m)
    assert.match(text, /^merpati_sessions 12$/m)
  }
  threads[0]?.port.close()
  while (!(await hub.merged()).includes('merpati_sessions 8')) await new Promise((resolve) => setImmediate(resolve))
  threads[1]?.port.close()
})

test('a worker whose main thread is gone still shows its own numbers', async () => {
  const { port1, port2 } = new MessageChannel()
  const metrics = new Metrics()
  metrics.counter('merpati_received_total', 'Messages received.').inc({})
  const member = new MetricsMember(metrics, port2, silentLog)
  const text = member.merged()
  port1.close()
  assert.match(await text, /^merpati_received_total 1$/m)
})

test('the process tells its memory', async () => {
  const metrics = new Metrics()
  metrics.collectProcess()
  assert.match(await render([await metrics.snapshot()]), /^process_resident_memory_bytes \d+$/m)
})

test('lines are written whole and in order', () =>
  temporary(async (folder) => {
    const path = join(folder, 'main.log')
    const sink = makeFileSink(path)
    const log = makeLog(sink.write, 'info', () => 0)
    for (let i = 0; i < 1000; i++) log.info('thing.happened', { i })
    await sink[Symbol.asyncDispose]()
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { i: number })
    assert.deepEqual(lines.map(({ i }) => i), Array.from({ length: 1000 }, (_, i) => i))
  }))

test('a full file is put aside, five are kept, and sharing threads lose no line of those', () =>
  temporary(async (folder) => {
    const path = join(folder, 'main.log')
    const sinks = [0, 1, 2].map(() => makeFileSink(path, { rotateAtBytes: 2000 }))
    for (let round = 0; round < 40; round++) {
      await Promise.all(
        sinks.map((sink, who) => {
          sink.write(`${JSON.stringify({ who, round, pad: 'x'.repeat(80) })}\n`)
          return sink.flush()
        }),
      )
    }
    for (const sink of sinks) await sink[Symbol.asyncDispose]()
    const names = (await readdir(folder)).toSorted()
    assert.deepEqual(names.filter((name) => name !== 'main.log'), ['main.log.1', 'main.log.2', 'main.log.3', 'main.log.4', 'main.log.5'])
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
    const rounds = texts.join('').trimEnd().split('\n').map((line) => (JSON.parse(line) as { round: number }).round)
    const oldest = Math.min(...rounds)
    for (let round = oldest + 1; round < 40; round++) assert.equal(rounds.filter((one) => one === round).length, 3)
  }))

test('a file whose first line is a month old is put aside, so that five of them are half a year', () =>
  temporary(async (folder) => {
    const path = join(folder, 'main.log')
    let nowMs = Date.UTC(2026, 0, 31)
    const sink = makeFileSink(path, { nowMs: () => nowMs })
    const log = makeLog(sink.write, 'info', () => nowMs)
    const tell = async (days: number): Promise<readonly string[]> => {
      nowMs += days * 24 * 3_600_000
      log.info('thing.happened')
      await sink.flush()
      return (await readdir(folder)).toSorted()
    }
    assert.deepEqual([await tell(0), await tell(30), await tell(1), await tell(1)], [['main.log'], ['main.log'], ['main.log.1'], ['main.log', 'main.log.1']])
    await sink[Symbol.asyncDispose]()
    const another = makeFileSink(path, { nowMs: () => nowMs + 31 * 24 * 3_600_000 })
    another.write('{"at":"later"}\n')
    await another[Symbol.asyncDispose]()
    assert.deepEqual((await readdir(folder)).toSorted(), ['main.log.1', 'main.log.2'])
  }))

test('a lock left by a dead thread does not stop rotation for good', () =>
  temporary(async (folder) => {
    const path = join(folder, 'main.log')
    await writeFile(`${path}.lock`, '')
    const sink = makeFileSink(path, { rotateAtBytes: 10, nowMs: () => Date.now() + 60_000 })
    for (const line of ['first line\n', 'second line\n', 'third line\n']) {
      sink.write(line)
      await sink.flush()
    }
    await sink[Symbol.asyncDispose]()
    assert.deepEqual((await readdir(folder)).toSorted(), ['main.log.1', 'main.log.2'])
  }))

test('lines that could not be written are counted in the log once it can be written', () =>
  temporary(async (folder) => {
    const missing = join(folder, 'later')
    const sink = makeFileSink(join(missing, 'main.log'))
    sink.write('a\n')
    sink.write('b\n')
    await sink.flush()
    sink.write('x'.repeat(MAX_QUEUED_CHARS + 1))
    await mkdir(missing)
    sink.write('c\n')
    await sink[Symbol.asyncDispose]()
    const [notice = '', rest] = (await readFile(join(missing, 'main.log'), 'utf8')).split('\n')
    assert.deepEqual([(JSON.parse(notice) as { lines: number }).lines, rest], [3, 'c'])
  }))

test('a dying thread writes its last lines at once', () =>
  temporary(async (folder) => {
    const path = join(folder, 'main.log')
    const sink = makeFileSink(path)
    sink.write('zeroth\n')
    sink.flushSync()
    sink.write('first\n')
    await sink.flush()
    sink.write('last\n')
    sink.flushSync()
    assert.equal(await readFile(path, 'utf8'), 'zeroth\nfirst\nlast\n')
    await sink[Symbol.asyncDispose]()
  }))

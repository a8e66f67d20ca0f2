import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { BroadcastBus } from './broadcast.ts'
import type { Hint, Hints } from './bus.ts'
import { MAX_PAYLOAD_BYTES } from './limits.ts'
import { pack, unpack } from './payload.ts'

let channels = 0
const ownChannel = (): string => `test-${process.pid}-${(channels += 1)}`

/** The next hint on a topic. */
async function next(bus: BroadcastBus, topic: string): Promise<Hint> {
  return await new Promise((resolve) => {
    const stop = bus.subscribe(topic, (hint) => {
      stop()
      resolve(hint)
    })
  })
}

test('a hint reaches this thread and the others, but only who subscribes', async () => {
  const name = ownChannel()
  await using here = new BroadcastBus(name)
  await using there = new BroadcastBus(name)
  let stray = 0
  there.subscribe('account:b', () => (stray += 1))
  const both = Promise.all([next(here, 'account:a'), next(there, 'account:a')])
  here.publish('account:a', { modseq: 913 })
  assert.deepEqual(await both, [{ modseq: 913 }, { modseq: 913 }])
  assert.equal(stray, 0)
})

test('publish never calls a subscriber before it returns', async () => {
  await using bus = new BroadcastBus(ownChannel())
  let heard = false
  const hearing = next(bus, 't').then(() => (heard = true))
  bus.publish('t', {})
  assert.equal(heard, false)
  await hearing
})

test('of several hints on one topic in one turn the last is sent', async () => {
  await using bus = new BroadcastBus(ownChannel())
  const heard: Hint[] = []
  bus.subscribe('a', (hint) => heard.push(hint))
  for (let modseq = 1; modseq <= 100; modseq++) bus.publish('a', { modseq })
  bus.publish('b', {})
  await next(bus, 'b')
  assert.deepEqual(heard, [{ modseq: 100 }])
})

test('who has unsubscribed hears no more, and leaves nothing behind', async () => {
  await using bus = new BroadcastBus(ownChannel())
  let heard = 0
  const hear = (): void => void (heard += 1)
  const stops = [bus.subscribe('a', hear), bus.subscribe('a', hear)]
  bus.publish('a', {})
  await next(bus, 'a')
  assert.equal(heard, 2)
  for (const stop of [...stops, ...stops]) stop()
  bus.publish('a', {})
  await next(bus, 'a')
  assert.equal(heard, 2)
})

test('a hint crosses threads, and an open bus keeps no process alive', async () => {
  const name = ownChannel()
  const source = `
    import { BroadcastBus } from ${JSON.stringify(new URL('./broadcast.ts', import.meta.url).href)}
    const bus = new BroadcastBus(${JSON.stringify(name)})
    bus.subscribe('question', () => bus.publish('answer', { from: 'worker' }))
    bus.publish('ready', {})
    const { parentPort } = await import('node:worker_threads')
    parentPort.once('message', () => {})
  `
  await using bus = new BroadcastBus(name)
  const ready = next(bus, 'ready')
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
  await Promise.all([ready, once(worker, 'online')])
  const answer = next(bus, 'answer')
  bus.publish('question', {})
  assert.deepEqual(await answer, { from: 'worker' })
  const gone = once(worker, 'exit')
  worker.postMessage('the last thing that kept it alive is done')
  assert.deepEqual(await gone, [0])
})

test('what another node said is told to all threads and not to the tap', async () => {
  const name = ownChannel()
  await using here = new BroadcastBus(name)
  await using there = new BroadcastBus(name)
  const tapped: string[] = []
  const untap = here.tap((hints) => tapped.push(...hints.map(([topic]) => topic)))
  const both = Promise.all([next(here, 'remote'), next(there, 'remote')])
  here.relay([['remote', {}]])
  await both
  const local = Promise.all([next(here, 'own'), next(here, 'other')])
  here.publish('own', {})
  there.publish('other', {})
  await local
  assert.deepEqual(tapped.toSorted(), ['other', 'own'])
  assert.throws(() => here.tap(() => {}), /tap already/)
  untap()
})

test('payloads hold every hint once, in order, and are small enough for PostgreSQL', () => {
  const hint = fc.dictionary(fc.string({ maxLength: 10 }), fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer(), fc.constant(null)), { maxKeys: 4 })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 80 }), hint), { maxLength: 200 }), (entries) => {
      const hints: Hints = JSON.parse(JSON.stringify(entries))
      const payloads = pack('node1', hints)
      assert.ok(payloads.every((payload) => Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES))
      const notices = payloads.map(unpack)
      assert.ok(notices.every((notice) => notice?.node === 'node1'))
      assert.deepEqual(notices.flatMap((notice) => notice?.hints ?? []), hints)
    }),
  )
})

test('a hint too large for a payload is dropped, the others are not', () => {
  const payloads = pack('n', [['a', {}], ['b', { text: 'x'.repeat(8000) }], ['c', {}]])
  assert.deepEqual(payloads.flatMap((payload) => unpack(payload)?.hints.map(([topic]) => topic)), ['a', 'c'])
})

test('whatever comes as a payload is read without a throw', () => {
  const values = fc.oneof(fc.string(), fc.json(), fc.tuple(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)))
  fc.assert(
    fc.property(values, (payload) => {
      const notice = unpack(payload)
      for (const [topic, hint] of notice?.hints ?? []) assert.ok(typeof topic === 'string' && typeof hint === 'object')
    }),
  )
})

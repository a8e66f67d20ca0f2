import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import pg from 'pg'
import { silentLog } from '../../base/log.ts'
import type { Log } from '../../base/log.ts'
import { ownDatabase, startPostgres } from '../../../test/support/postgres.ts'
import { BroadcastBus } from './broadcast.ts'
import { PostgresBridge } from './postgres.ts'

const server = await startPostgres()
after(() => server.stop())

/** A log that tells when an event is written. */
function listening(event: string): { readonly log: Log; readonly written: Promise<void> } {
  let tell = (): void => {}
  const written = new Promise<void>((resolve) => {
    tell = resolve
  })
  return { log: { ...silentLog, warn: (name) => name === event && tell() }, written }
}

/** Publishes until `heard` resolves: a hint may be lost, a waiter must still be woken by a later one. */
async function until(heard: Promise<unknown>, publish: () => void): Promise<void> {
  const again = setInterval(publish, 20)
  publish()
  try {
    await heard
  } finally {
    clearInterval(again)
  }
}

function hearing(bus: BroadcastBus, topic: string): Promise<unknown> {
  return new Promise((resolve) => {
    const stop = bus.subscribe(topic, (hint) => {
      stop()
      resolve(hint)
    })
  })
}

test('nodes hear each other, also after their connections were cut', async () => {
  await using database = await ownDatabase(server.url)
  await using first = new BroadcastBus('node-1')
  await using second = new BroadcastBus('node-2')
  const { log, written } = listening('bus.disconnected')
  await using _one = await PostgresBridge.join({ url: database.url, bus: first, node: 'n1', log: silentLog })
  await using _two = await PostgresBridge.join({ url: database.url, bus: second, node: 'n2', log })
  const one = hearing(second, 'account:a')
  first.publish('account:a', { modseq: 7 })
  assert.deepEqual(await one, { modseq: 7 })
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [new URL(database.url).pathname.slice(1)])
  await admin.end()
  await written
  await until(hearing(second, 'account:b'), () => first.publish('account:b', {}))
  await until(hearing(first, 'account:c'), () => second.publish('account:c', {}))
})

test('a node does not hear its own notices twice', async () => {
  await using database = await ownDatabase(server.url)
  await using first = new BroadcastBus('node-3')
  await using second = new BroadcastBus('node-4')
  await using _one = await PostgresBridge.join({ url: database.url, bus: first, node: 'n1', log: silentLog })
  await using _two = await PostgresBridge.join({ url: database.url, bus: second, node: 'n2', log: silentLog })
  let own = 0
  first.subscribe('account:a', () => (own += 1))
  first.publish('account:a', {})
  // What comes back from the other node was sent after the first notice, on the same channel.
  second.subscribe('account:a', () => second.publish('account:back', {}))
  await hearing(first, 'account:back')
  assert.equal(own, 1)
})

test('a bridge to a silent server joins, says so in the log, and can be closed', async () => {
  await using bus = new BroadcastBus('node-5')
  const { log, written } = listening('bus.disconnected')
  const bridge = await PostgresBridge.join({ url: 'postgres://nobody@127.0.0.1:1/none', bus, node: 'n1', log })
  await written
  bus.publish('account:a', {})
  await bridge[Symbol.asyncDispose]()
})

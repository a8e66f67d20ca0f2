import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { demoKey } from '../../test/support/api.ts'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'
import { startMerpati, untilIdle } from '../peers/merpati.ts'
import { HttpConnection, jsonPost } from '../tool/http-load.ts'
import { cool, until } from '../tool/wait.ts'

/** Events a second, made in batches so that making them costs little beside telling of them. */
const BATCH = 100
const BATCHES = 50
const EVERY_MS = 200

const WITHIN_MS = 60_000

/** From an event to its call at the endpoint, while 500 events a second are told to one endpoint. */
export async function webhook({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const lags: number[] = []
  const server = createServer((request, response) => {
    const pieces: Uint8Array[] = []
    request.on('data', (piece: Uint8Array) => pieces.push(piece)).on('end', () => {
      const { created_at: createdAt } = JSON.parse(Buffer.concat(pieces).toString()) as { readonly created_at: string }
      lags.push(Date.now() - Date.parse(createdAt))
      response.writeHead(200).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  await using demo = await startMerpati()
  const { port } = server.address() as AddressInfo
  const made = await demo.cli(['webhook', 'add', `http://127.0.0.1:${port}/`, '--event', 'email.queued'])
  if (made.code !== 0) throw new Error(made.stderr)
  const request = jsonPost('/v1/emails/batch', demoKey(demo), Array.from({ length: BATCH }, (_, at) => ({ from: 'ani@merpati.test', to: `budi-${at}@far.example`, subject: 'Kabar', text: 'Halo.' })))
  const slowest: number[] = []
  for (let round = 0; round <= rounds; round++) {
    await untilIdle(demo)
    await cool()
    lags.length = 0
    using connection = await HttpConnection.open(demo.ports.http)
    const started = performance.now()
    for (let sent = 0; sent < BATCHES; sent++) {
      await wait(Math.max(0, started + sent * EVERY_MS - performance.now()))
      const status = await connection.send(request)
      if (status !== 202) throw new Error(`not taken: ${status}`)
    }
    await until('every event to be told', () => lags.length >= BATCH * BATCHES, WITHIN_MS)
    const sorted = lags.toSorted((a, b) => a - b)
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN
    say(`webhook, ${round === 0 ? 'warm-up' : `round ${round}`}: p99 ${p99} ms, median ${median(sorted)} ms`)
    if (round > 0) slowest.push(p99)
  }
  server.closeAllConnections()
  server.close()
  return [{ name: 'webhook, p99 from event to call at 500 events/s', unit: 'ms', ours: median(slowest), peer: null, goal: { kind: 'at-most', limit: 1_000 }, note: `rounds ${spread(slowest)}` }]
}

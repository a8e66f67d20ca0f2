import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'

const COUNT = 120

/** What the demo's lanes allow on one connection: `overridesOf`. */
const MOST = 100

let network: MailNetwork
before(async () => {
  network = await startNetwork({ names: { '@': { MX: ['10 mx'] }, mx: { A: ['127.0.0.2'] } }, peers: { 2: {} } })
})
after(() => network[Symbol.asyncDispose]())

test('connections are kept for the next message, and none carries more than its lane allows', async () => {
  // Held back, so that all of them are due at once.
  const until = new Date(Date.now() + 8_000).toISOString()
  await Promise.all(Array.from({ length: 4 }, async (_, session) => {
    for (let number = session; number < COUNT; number += 4) await network.submit(`orang${number}@far.test`, undefined, { mail: `HOLDUNTIL=${until}` })
  }))
  await network.peer(2).given(COUNT)
  const carried = new Map<number, number>()
  for (const { connection } of network.peer(2).messages) carried.set(connection, (carried.get(connection) ?? 0) + 1)
  assert.ok(Math.max(...carried.values()) <= MOST, [...carried.values()].join(' '))
  assert.ok(carried.size < COUNT / 2, `${carried.size} connections for ${COUNT} messages`)
})

import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { askTime, readAnswer } from './sntp.ts'

const NOW = Date.parse('2026-11-26T12:00:00Z')
const { signal } = new AbortController()

/** An answer to a question, with the time of a server. */
function answerTo(asked: Uint8Array, ms: number, { first = 0x24, stratum = 2 } = {}): Buffer {
  const answer = Buffer.alloc(48)
  answer[0] = first
  answer[1] = stratum
  Buffer.from(asked.subarray(40, 48)).copy(answer, 24)
  for (const at of [32, 40]) {
    answer.writeUInt32BE((Math.floor(ms / 1_000) + 2_208_988_800) % 2 ** 32, at)
    answer.writeUInt32BE(Math.floor(((ms % 1_000) / 1_000) * 2 ** 32), at + 4)
  }
  return answer
}

async function serve(reply: (asked: Buffer) => readonly Buffer[]): Promise<{ readonly socket: Socket; readonly port: number }> {
  const socket = createSocket('udp4')
  socket.on('message', (asked, from) => reply(asked).forEach((each) => socket.send(each, from.port, from.address)))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { socket, port: socket.address().port }
}

test('a server tells how far our clock is off, and answers of others do not count', async () => {
  const { socket, port } = await serve((asked) => [answerTo(Buffer.alloc(48, 7), NOW + 999_000), Buffer.from('short'), answerTo(asked, NOW + 42_500)])
  try {
    const told = await askTime({ address: '127.0.0.1', port, withinMs: 60_000, nowMs: () => NOW }, signal)
    assert.equal(told.kind === 'told' ? Math.round(told.offsetMs) : told.why, 42_500)
  } finally {
    socket.close()
  }
})

test('a server without a time of its own is no help, and one that is not there is not waited for', async () => {
  const { socket, port } = await serve((asked) => [answerTo(asked, NOW, { stratum: 0 })])
  assert.deepEqual(await askTime({ address: '127.0.0.1', port, withinMs: 60_000, nowMs: () => NOW }, signal), { kind: 'failed', why: 'the server has no time itself' })
  socket.close()
  assert.equal((await askTime({ address: '127.0.0.1', port, withinMs: 50, nowMs: () => NOW }, signal)).kind, 'failed')
})

test('times are read across the year 2036, and any bytes are read to an end', () => {
  const asked = Buffer.alloc(48)
  const later = Date.parse('2040-01-01T00:00:00Z')
  assert.deepEqual(readAnswer(answerTo(asked, later), asked), { arrivedMs: later, leftMs: later })
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    const read = readAnswer(bytes, asked)
    assert.ok(typeof read === 'string' || Number.isFinite(read.arrivedMs))
  }))
})

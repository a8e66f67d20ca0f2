import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryWire } from '../../../test/support/memory-wire.ts'
import { ping, scanStream, version } from './client.ts'
import { MAX_REPLY_BYTES } from './limits.ts'
import { parseScanReply, parseVersionReply } from './reply.ts'

const DEADLINES = { blockMs: 1_000, replyMs: 1_000 }
const SIGNAL = new AbortController().signal

async function* body(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

/** A clamd that answers once it has heard `size` octets or more. */
async function answering(wire: MemoryWire, size: number, reply: string | Uint8Array): Promise<Buffer> {
  let heard = Buffer.alloc(0)
  while (heard.length < size) heard = Buffer.concat([heard, await wire.hearBytes()])
  wire.say(reply)
  return heard
}

test('a stream goes out in chunks with their lengths, an empty one last', async () => {
  const wire = new MemoryWire()
  const scanning = scanStream(wire, body(Buffer.from('abc'), new Uint8Array(), Buffer.alloc(65_537)), DEADLINES, SIGNAL)
  const size = 10 + 7 + 4 + 65_536 + 5 + 4
  const heard = await answering(wire, size, 'stream: OK\0')
  assert.deepEqual(await scanning, { kind: 'clean' })
  assert.equal(heard.length, size)
  assert.deepEqual(heard.subarray(0, 17), Buffer.from('zINSTREAM\0\0\0\0\x03abc', 'latin1'))
  assert.deepEqual([heard.readUInt32BE(17), heard.readUInt32BE(17 + 4 + 65_536), heard.readUInt32BE(size - 4)], [65_536, 1, 0])
  assert.ok(wire.ended)
})

test('what clamd finds, refuses or cannot do are values', () => {
  assert.deepEqual(parseScanReply('stream: Win.Test.EICAR_HDB-1 FOUND\n'), { kind: 'found', name: 'Win.Test.EICAR_HDB-1' })
  assert.deepEqual(parseScanReply('INSTREAM size limit exceeded. ERROR'), { kind: 'too-large' })
  assert.deepEqual(parseScanReply('stream: Heuristics.Limits.Exceeded FOUND'), { kind: 'found', name: 'Heuristics.Limits.Exceeded' })
  assert.deepEqual(parseScanReply('stream:  FOUND'), { kind: 'found', name: 'unnamed' })
  assert.deepEqual(parseScanReply('INSTREAM: Cannot read. ERROR'), { kind: 'error', detail: 'INSTREAM: Cannot read. ERROR' })
  assert.deepEqual(parseScanReply(''), { kind: 'error', detail: '' })
})

test('a clamd that refuses the rest is not sent it', async () => {
  const wire = new MemoryWire()
  let pulled = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      pulled += 1
      yield Buffer.alloc(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const scanning = scanStream(wire, endless(), DEADLINES, SIGNAL)
  await answering(wire, 5000, 'INSTREAM size limit exceeded. ERROR\0')
  assert.deepEqual(await scanning, { kind: 'too-large' })
  assert.ok(pulled < 100)
})

test('a clamd that hangs up, floods or is silent is lost', async () => {
  const gone = new MemoryWire()
  gone.hangUp()
  assert.deepEqual(await scanStream(gone, body(Buffer.from('a')), DEADLINES, SIGNAL), { kind: 'lost', how: 'end', sent: 1 })
  const flooding = new MemoryWire()
  flooding.say('x'.repeat(MAX_REPLY_BYTES + 1))
  assert.deepEqual(await scanStream(flooding, body(), DEADLINES, SIGNAL), { kind: 'lost', how: 'broken', sent: 0 })
  const silent = new MemoryWire()
  assert.deepEqual(await scanStream(silent, body(), { blockMs: 1, replyMs: 1 }, SIGNAL), { kind: 'lost', how: 'timeout', sent: 0 })
  assert.deepEqual(await scanStream(new MemoryWire(), body(), DEADLINES, AbortSignal.abort()), { kind: 'lost', how: 'aborted', sent: 0 })
})

test('health is asked with PING and VERSION', async () => {
  const alive = new MemoryWire()
  alive.say('PONG\0')
  assert.equal(await ping(alive, DEADLINES, SIGNAL), true)
  assert.equal(await alive.hear(), 'zPING\0')
  const told = new MemoryWire()
  told.say('ClamAV 1.4.3/27500/Wed Jan  1 10:00:00 2025\0')
  assert.deepEqual(await version(told, DEADLINES, SIGNAL), { engine: 'ClamAV 1.4.3', database: 27_500, signedMs: Date.UTC(2025, 0, 1, 10) })
  assert.deepEqual(parseVersionReply('ClamAV 1.4.3'), { engine: 'ClamAV 1.4.3', database: null, signedMs: null })
  assert.equal(parseVersionReply('UNKNOWN COMMAND'), null)
})

test('no reply makes the readers throw, and none but OK is clean', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('stream: OK FOUND', 'stream: OK\n ERROR')), (text) => {
      const read = parseScanReply(text)
      assert.equal(read.kind === 'clean', text.trim() === 'stream: OK')
      if (read.kind === 'found') assert.ok(read.name.length <= 120 && read.name.isWellFormed())
      parseVersionReply(`ClamAV ${text}`)
    }),
  )
})

test('whatever clamd sends, a scan ends with a value', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), async (said, pieces) => {
      const wire = new MemoryWire()
      wire.say(said)
      wire.hangUp()
      assert.ok(['clean', 'found', 'too-large', 'error', 'lost'].includes((await scanStream(wire, body(...pieces), DEADLINES, SIGNAL)).kind))
    }),
    { numRuns: 50 },
  )
})

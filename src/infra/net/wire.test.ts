import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { silentLog } from '../../base/log.ts'
import type { Line } from '../../base/wire.ts'
import { makeCertificate } from '../../../test/support/certificate.ts'
import { Ear, socketPair } from '../../../test/support/sockets.ts'
import { MAX_INPUT_BYTES, MAX_OUTPUT_BYTES } from './limits.ts'
import { TlsContexts } from './tls.ts'
import { SocketWire } from './wire.ts'

const LONG_MS = 60_000
const never = new AbortController().signal
const peer = { address: '127.0.0.1', port: 1, localAddress: '127.0.0.1', localPort: 25 }
const contexts = new TlsContexts(randomBytes(48))
assert.ok(contexts.setCertificates([await makeCertificate(['mx.test'])]).ok)

interface Ends extends AsyncDisposable {
  readonly wire: SocketWire
  readonly client: Socket
}

async function plain(): Promise<Ends> {
  const { server, client } = await socketPair()
  const wire = SocketWire.plain(server, { peer, tls: contexts, log: silentLog })
  return ends(wire, client)
}

function ends(wire: SocketWire, client: Socket): Ends {
  return {
    wire,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy()
      wire.destroy()
      await wire.closed()
    },
  }
}

function text(line: Line): string {
  return line.kind === 'line' ? Buffer.from(line.bytes).toString('latin1') : `<${line.kind}>`
}

test('replies to a pipelined group leave together, when the session waits', async () => {
  await using pair = await plain()
  const ear = new Ear(pair.client)
  pair.client.write('A\r\nB\r\nC\r\n')
  for (const name of ['A', 'B', 'C']) {
    assert.equal(text(await pair.wire.line(100, LONG_MS, never)), name)
    pair.wire.write(`250 ${name}\r\n`)
  }
  const waiting = pair.wire.line(100, LONG_MS, never)
  assert.equal(await ear.until((heard) => heard.endsWith('C\r\n')), '250 A\r\n250 B\r\n250 C\r\n')
  assert.equal(ear.chunks, 1)
  pair.client.end()
  assert.equal((await waiting).kind, 'end')
})

test('text and bytes arrive in the order they were written', async () => {
  await using pair = await plain()
  const ear = new Ear(pair.client)
  pair.wire.write('* 1 FETCH {3}\r\n')
  pair.wire.write(Buffer.from('abc'))
  pair.wire.write(')\r\n')
  pair.wire.write(Buffer.from('x'))
  assert.equal(await pair.wire.flush(LONG_MS, never), true)
  pair.wire.end()
  assert.equal(await ear.until((heard) => heard.endsWith('x')), '* 1 FETCH {3}\r\nabc)\r\nx')
})

test('a line sent byte by byte does not outlive its time', async () => {
  await using pair = await plain()
  const drip = setInterval(() => pair.client.write('x'), 5)
  try {
    assert.equal((await pair.wire.line(100_000, 100, never)).kind, 'timeout')
  } finally {
    clearInterval(drip)
  }
})

test('an abort ends a wait, but not a line that is there already', async () => {
  await using pair = await plain()
  const stop = new AbortController()
  const waiting = pair.wire.line(100, LONG_MS, stop.signal)
  stop.abort()
  assert.equal((await waiting).kind, 'aborted')
  pair.client.write('NOOP\r\nQUIT\r\n')
  assert.equal(text(await pair.wire.line(100, LONG_MS, never)), 'NOOP')
  assert.equal(text(await pair.wire.line(100, LONG_MS, stop.signal)), 'QUIT')
  assert.equal((await pair.wire.line(100, LONG_MS, stop.signal)).kind, 'aborted')
})

test('a client that closes its side after its commands still gets every answer', async () => {
  await using pair = await plain()
  const ear = new Ear(pair.client)
  pair.client.end('NOOP\r\nQUIT\r\nrest')
  assert.equal(text(await pair.wire.line(100, LONG_MS, never)), 'NOOP')
  assert.equal(text(await pair.wire.line(100, LONG_MS, never)), 'QUIT')
  assert.equal((await pair.wire.line(100, LONG_MS, never)).kind, 'end')
  pair.wire.write('221 bye\r\n')
  pair.wire.end()
  await pair.wire.closed()
  assert.equal(await ear.until((heard) => heard.endsWith('\r\n')), '221 bye\r\n')
})

test('a reset is an end, in a wait and after it', async () => {
  await using pair = await plain()
  const waiting = pair.wire.line(100, LONG_MS, never)
  pair.client.resetAndDestroy()
  assert.equal((await waiting).kind, 'end')
  await pair.wire.closed()
  pair.wire.write('into the void')
  assert.equal(await pair.wire.flush(LONG_MS, never), false)
  assert.equal((await pair.wire.take(10, LONG_MS, never)).kind, 'end')
  pair.wire.end()
  pair.wire.end()
})

test('a sender that is faster than the session is held back, and nothing is lost', async () => {
  await using pair = await plain()
  const sent = randomBytes(8 * 1024 * 1024)
  pair.client.end(sent)
  const digest = createHash('sha256')
  let most = 0
  for (let got = 0; got < sent.length; ) {
    const taken = await pair.wire.take(10_000, LONG_MS, never)
    assert.equal(taken.kind, 'bytes')
    if (taken.kind !== 'bytes') return
    got += taken.bytes.length
    digest.update(taken.bytes)
    most = Math.max(most, pair.wire.waiting)
    // Lets the socket push as much as it wants to.
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(most <= MAX_INPUT_BYTES + 65_536, `held ${most} bytes`)
  assert.deepEqual(digest.digest(), createHash('sha256').update(sent).digest())
})

test('a line longer than the socket holds is still measured to its end', async () => {
  await using pair = await plain()
  pair.client.write(`${'x'.repeat(3 * MAX_INPUT_BYTES)}\r\nNOOP\r\n`)
  const long = await pair.wire.line(4 * MAX_INPUT_BYTES, LONG_MS, never)
  assert.equal(long.kind === 'line' ? long.bytes.length : -1, 3 * MAX_INPUT_BYTES)
  assert.equal(text(await pair.wire.line(100, LONG_MS, never)), 'NOOP')
})

test('a client that asks and never reads makes the session wait and is cut', async () => {
  await using pair = await plain()
  pair.client.pause()
  pair.client.write('NOOP\r\n'.repeat(1000))
  const chunk = Buffer.alloc(64 * 1024)
  let answers = 0
  for (;;) {
    const line = await pair.wire.line(100, 100, never)
    if (line.kind !== 'line') break
    answers += 1
    for (let i = 0; i < 10; i++) pair.wire.write(chunk)
  }
  assert.ok(answers < 1000, 'the session was made to wait')
  await pair.wire.closed()
})

test('flush waits until a slow reader has taken what it was sent', async () => {
  await using pair = await plain()
  const bytes = Buffer.alloc(64 * MAX_OUTPUT_BYTES)
  pair.wire.write(bytes)
  const flushed = pair.wire.flush(LONG_MS, never)
  let read = 0
  pair.client.on('data', (chunk) => {
    read += chunk.length
  })
  assert.equal(await flushed, true)
  pair.wire.end()
  await once(pair.client, 'end')
  assert.equal(read, bytes.length)
})

async function upgrade(pair: Ends): Promise<TLSSocket> {
  const client = connectTls({ socket: pair.client, servername: 'mx.test', rejectUnauthorized: false })
  client.on('error', () => {})
  const [state] = await Promise.all([pair.wire.startTls(LONG_MS), once(client, 'secureConnect')])
  assert.equal(state?.version, 'TLSv1.3')
  return client
}

test('STARTTLS throws away what was sent in clear before it', async () => {
  await using pair = await plain()
  const ear = new Ear(pair.client)
  pair.client.write('STARTTLS\r\nMAIL FROM:<attacker@evil.test>\r\n')
  assert.equal(text(await pair.wire.line(100, LONG_MS, never)), 'STARTTLS')
  assert.ok(pair.wire.waiting > 0)
  pair.wire.write('220 go\r\n')
  const state = pair.wire.startTls(LONG_MS)
  assert.equal(pair.wire.waiting, 0)
  await ear.until((heard) => heard === '220 go\r\n')
  pair.client.removeAllListeners('data')
  pair.client.setEncoding()
  const client = connectTls({ socket: pair.client, servername: 'mx.test', rejectUnauthorized: false })
  await once(client, 'secureConnect')
  assert.equal((await state)?.serverName, 'mx.test')
  client.write('EHLO me\r\n')
  assert.equal(text(await pair.wire.line(100, LONG_MS, never)), 'EHLO me')
})

test('both ends compute the same channel binding', async () => {
  await using pair = await plain()
  const client = await upgrade(pair)
  const theirs = client.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  assert.deepEqual(Buffer.from(pair.wire.tls?.exporter ?? []), theirs)
  assert.match(pair.wire.tls?.cipher ?? '', /^TLS_/)
})

test('a peer that does not speak TLS after STARTTLS is closed', async () => {
  await using pair = await plain()
  const state = pair.wire.startTls(LONG_MS)
  pair.client.write('this is no client hello, but it is long enough to be one\r\n'.repeat(5))
  assert.equal(await state, null)
  assert.equal((await pair.wire.line(100, LONG_MS, never)).kind, 'end')
})

test('a peer that is silent after STARTTLS is closed in time', async () => {
  await using pair = await plain()
  assert.equal(await pair.wire.startTls(20), null)
  assert.equal(pair.wire.tls, null)
})

test('a broken record under TLS is an end', async () => {
  await using pair = await plain()
  await upgrade(pair)
  const waiting = pair.wire.line(100, LONG_MS, never)
  // Below the client's TLS: an application data record that nobody encrypted.
  const raw = pair.client
  raw.write(Buffer.concat([Buffer.from([23, 3, 3, 0, 32]), randomBytes(32)]))
  assert.equal((await waiting).kind, 'end')
})

test('implicit TLS serves lines and large bodies', async () => {
  const { server, client: raw } = await socketPair()
  const client = connectTls({ socket: raw, rejectUnauthorized: false })
  const [wire] = await Promise.all([SocketWire.tls(server, { peer, tls: contexts, log: silentLog }, LONG_MS), once(client, 'secureConnect')])
  assert.ok(wire)
  await using _pair = ends(wire, client)
  const ear = new Ear(client)
  client.write('A FETCH\r\n')
  assert.equal(text(await wire.line(100, LONG_MS, never)), 'A FETCH')
  const body = randomBytes(500_000)
  wire.write(`{${body.length}}\r\n`)
  for (let at = 0; at < body.length; at += 65_536) {
    wire.write(body.subarray(at, at + 65_536))
    assert.equal(await wire.flush(LONG_MS, never), true)
  }
  wire.end()
  const heard = await ear.until((all) => all.length >= body.length + 10)
  assert.ok(heard.endsWith(body.toString('latin1')))
})

test('lines come out as they went in, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), async (lines, cuts) => {
      await using pair = await plain()
      const all = Buffer.from(lines.map((line) => `${line}\r\n`).join(''))
      const send = async (): Promise<void> => {
        for (let at = 0, i = 0; at < all.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1)
          await new Promise((resolve) => pair.client.write(all.subarray(at, end), resolve))
          at = end
        }
        pair.client.end()
      }
      const sending = send()
      for (const line of lines) assert.equal(text(await pair.wire.line(100, LONG_MS, never)), line)
      assert.equal((await pair.wire.line(100, LONG_MS, never)).kind, 'end')
      await sending
    }),
    { numRuns: 30 },
  )
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import type { Peer } from '../../base/wire.ts'
import { Ear } from '../../../test/support/sockets.ts'
import { ConnectionCaps } from './caps.ts'
import { listen } from './listen.ts'
import type { ListenOptions, Listener } from './listen.ts'
import type { PreambleStep } from './preamble.ts'
import { probe } from './probe.ts'
import { TlsContexts } from './tls.ts'
import type { SocketWire } from './wire.ts'

const LONG_MS = 60_000

function caps(total: number, perClient: number, exempt = false): ConnectionCaps {
  return new ConnectionCaps({ total, perClient, exempt: () => exempt })
}

/** Says hello with the peer it sees, then echoes lines until the peer or we stop. */
async function echo(wire: SocketWire, signal: AbortSignal): Promise<void> {
  wire.write(`hello ${wire.peer.address} ${wire.peer.port}\r\n`)
  for (let line = await wire.line(1000, LONG_MS, signal); line.kind === 'line'; line = await wire.line(1000, LONG_MS, signal)) {
    wire.write(line.bytes)
    wire.write('\r\n')
  }
  if (signal.aborted) wire.write('bye\r\n')
}

const defaults: Omit<ListenOptions, 'caps'> = {
  address: '127.0.0.1',
  port: 0,
  security: 'none',
  tls: null,
  refusal: (why) => `421 ${why}\r\n`,
  serve: echo,
  log: silentLog,
}

async function client(listener: Listener): Promise<{ readonly socket: Socket; readonly ear: Ear }> {
  const socket = connect(listener.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return { socket, ear: new Ear(socket) }
}

test('connections over a cap are told so and closed, and a place is free again after one leaves', async () => {
  const shared = caps(3, 2)
  const listener = await listen({ ...defaults, caps: shared })
  const first = await client(listener)
  const second = await client(listener)
  await first.ear.until((heard) => heard.startsWith('hello'))
  await second.ear.until((heard) => heard.startsWith('hello'))
  const third = await client(listener)
  assert.equal(await third.ear.until((heard) => heard.endsWith('\n')), '421 client\r\n')
  first.socket.destroy()
  while (shared.total > 1) await new Promise((resolve) => setImmediate(resolve))
  const fourth = await client(listener)
  await fourth.ear.until((heard) => heard.startsWith('hello'))
  await listener.close(LONG_MS)
  assert.equal(shared.total, 0)
})

test('exempt clients fill the total only', () => {
  const counted = caps(3, 1, true)
  for (let i = 0; i < 3; i++) assert.equal(counted.enter('127.0.0.1'), 'admitted')
  assert.equal(counted.enter('127.0.0.1'), 'total')
  counted.leave('127.0.0.1')
  assert.equal(counted.enter('127.0.0.1'), 'admitted')
})

test('addresses of one IPv6 /64 are one client', () => {
  const counted = caps(100, 1)
  assert.equal(counted.enter('2001:db8:0:1::1'), 'admitted')
  assert.equal(counted.enter('2001:db8:0:1:ffff::9'), 'client')
  assert.equal(counted.enter('2001:db8:0:2::1'), 'admitted')
  assert.equal(counted.enter('::1'), 'admitted')
  assert.equal(counted.enter('::2'), 'client')
})

test('closing lets sessions say good-bye', async () => {
  const listener = await listen({ ...defaults, caps: caps(10, 10) })
  const { ear } = await client(listener)
  await ear.until((heard) => heard.startsWith('hello'))
  assert.equal(listener.connections, 1)
  await listener.close(LONG_MS)
  assert.ok((await ear.until((heard) => heard.endsWith('bye\r\n'))).startsWith('hello'))
  assert.equal(listener.connections, 0)
})

test('a session that does not heed the signal is cut at the deadline', async () => {
  const deaf = async (wire: SocketWire): Promise<void> => {
    wire.write('hello\r\n')
    await wire.line(1000, LONG_MS, new AbortController().signal)
  }
  const listener = await listen({ ...defaults, caps: caps(10, 10), serve: deaf })
  const { ear, socket } = await client(listener)
  await ear.until((heard) => heard.startsWith('hello'))
  await Promise.all([listener.close(20), once(socket, 'close')])
})

test('a session that throws is logged and its connection closed; the others go on', async () => {
  const failed: string[] = []
  const log = { ...silentLog, error: (event: string) => void failed.push(event) }
  let sessions = 0
  const serve = async (wire: SocketWire, signal: AbortSignal): Promise<void> => {
    sessions += 1
    if (sessions === 1) throw new Error('a bug')
    await echo(wire, signal)
  }
  const listener = await listen({ ...defaults, caps: caps(10, 10), serve, log })
  const first = connect(listener.port, '127.0.0.1').resume()
  await once(first, 'close')
  assert.deepEqual(failed, ['connection.crashed'])
  const second = await client(listener)
  await second.ear.until((heard) => heard.startsWith('hello'))
  await listener.close(LONG_MS)
})

test('a listener for TLS without a certificate closes connections instead of keeping them', async () => {
  const listener = await listen({ ...defaults, caps: caps(10, 10), security: 'implicit', tls: new TlsContexts(new Uint8Array(48)) })
  const socket = connect(listener.port, '127.0.0.1').resume()
  socket.on('error', () => {})
  await once(socket, 'close')
  await listener.close(LONG_MS)
})

const sharesPort = process.platform === 'linux' // Elsewhere there is one worker, and nothing to share.
if (sharesPort) test('several listeners share one port, as workers do', async () => {
  const first = await listen({ ...defaults, caps: caps(100, 100) })
  const second = await listen({ ...defaults, port: first.port, caps: caps(100, 100) })
  for (let i = 0; i < 20; i++) {
    const { ear } = await client(first)
    await ear.until((heard) => heard.startsWith('hello'))
  }
  assert.equal(first.connections + second.connections, 20)
  await Promise.all([first.close(LONG_MS), second.close(LONG_MS)])
})

test('a probe says which endpoints somebody else holds', async () => {
  const listener = await listen({ ...defaults, caps: caps(1, 1) })
  const taken = { address: '127.0.0.1', port: listener.port }
  const held = await probe([{ address: '127.0.0.1', port: 0 }, taken, { address: '192.0.2.1', port: 2525 }])
  assert.deepEqual(held, { ok: false, error: [{ ...taken, reason: 'in-use' }, { address: '192.0.2.1', port: 2525, reason: 'no-address' }] })
  await listener.close(LONG_MS)
  assert.deepEqual(await probe([taken]), { ok: true, value: undefined })
})

/** A made-up preamble: `P<address>\n`; `P-\n` for the balancer itself. */
function parse(bytes: Uint8Array): PreambleStep {
  const said = Buffer.from(bytes).toString('latin1')
  if (said[0] !== 'P') return { kind: 'reject' }
  const end = said.indexOf('\n')
  if (end === -1) return { kind: 'more' }
  const address = said.slice(1, end)
  return { kind: 'done', consumed: end + 1, peer: address === '-' ? null : ({ address, port: 77, localAddress: '192.0.2.9', localPort: 25 } satisfies Peer) }
}

test('a trusted balancer names the client, however its bytes are cut; what follows is the session', async () => {
  const listener = await listen({ ...defaults, caps: caps(10, 10), preamble: { trusted: () => true, parse } })
  const whole = await client(listener)
  whole.socket.write('P192.0.2.5\nNOOP\r\n')
  assert.equal(await whole.ear.until((heard) => heard.endsWith('NOOP\r\n')), 'hello 192.0.2.5 77\r\nNOOP\r\n')
  const cut = await client(listener)
  for (const byte of 'P192.0.2.6\nX\r\n') await new Promise((resolve) => cut.socket.write(byte, resolve))
  assert.equal(await cut.ear.until((heard) => heard.endsWith('X\r\n')), 'hello 192.0.2.6 77\r\nX\r\n')
  const itself = await client(listener)
  itself.socket.write('P-\n')
  assert.match(await itself.ear.until((heard) => heard.endsWith('\r\n')), /^hello 127\.0\.0\.1 /)
  await listener.close(LONG_MS)
})

test('a preamble that is malformed or endless closes the connection', async () => {
  const shared = caps(10, 10)
  const listener = await listen({ ...defaults, caps: shared, preamble: { trusted: () => true, parse } })
  for (const sent of ['EHLO x\r\n', `P${'x'.repeat(10_000)}`]) {
    const { socket, ear } = await client(listener)
    socket.write(sent)
    await once(socket, 'close')
    assert.equal(ear.text, '')
  }
  assert.equal(shared.total, 0)
  await listener.close(LONG_MS)
})

test('an untrusted peer is taken as it comes', async () => {
  const listener = await listen({ ...defaults, caps: caps(10, 10), preamble: { trusted: () => false, parse } })
  const { socket, ear } = await client(listener)
  socket.write('P192.0.2.5\n')
  assert.match(await ear.until((heard) => heard.includes('P192')), /^hello 127\.0\.0\.1 \d+\r\nP192\.0\.2\.5\r\n$/)
  await listener.close(LONG_MS)
})

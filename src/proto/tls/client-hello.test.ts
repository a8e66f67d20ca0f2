import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import fc from 'fast-check'
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts'

/** What OpenSSL says first. */
async function firstBytes(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, rejectUnauthorized: false, ...options })
  client.on('error', () => {})
  const [socket] = await once(server, 'connection')
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  client.destroy()
  server.close()
  return bytes
}

test('the name and the protocols of a hello of OpenSSL are read, by TLS 1.2 and 1.3', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const bytes = await firstBytes({ servername: 'Mx.Toko.Test', ALPNProtocols: ['acme-tls/1', 'h2'], minVersion: version, maxVersion: version })
    assert.deepEqual(readClientHello(bytes), { kind: 'hello', hello: { serverName: 'mx.toko.test', protocols: ['acme-tls/1', 'h2'] } })
  }
  assert.deepEqual(readClientHello(await firstBytes({})), { kind: 'hello', hello: { serverName: null, protocols: [] } })
})

test('every beginning of a hello wants more, and bytes after it change nothing', async () => {
  const bytes = await firstBytes({ servername: 'mx.toko.test' })
  for (let end = 0; end < bytes.length; end++) assert.equal(readClientHello(bytes.subarray(0, end)).kind, 'more')
  assert.deepEqual(readClientHello(Buffer.concat([bytes, Buffer.from('more')])), readClientHello(bytes))
})

test('what is no hello is seen at the first byte that cannot be one', () => {
  assert.equal(readClientHello(Buffer.from('GET / HTTP/1.1\r\n')).kind, 'none')
  assert.equal(readClientHello(Buffer.from([22, 3, 1, 0xff, 0xff])).kind, 'none')
  assert.equal(readClientHello(Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 9])).kind, 'none')
})

test('whatever comes is read without an exception, and a length that lies is none', async () => {
  const bytes = await firstBytes({ servername: 'mx.toko.test', ALPNProtocols: ['h2'] })
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 300 }), (at, value, tail) => {
      const broken = Uint8Array.from(bytes)
      broken[at] = value
      for (const input of [broken, tail, Uint8Array.from([22, 3, 1, tail.length >> 8, tail.length & 255, ...tail])]) {
        const step = readClientHello(input)
        if (step.kind === 'more') assert.ok(input.length < MAX_HELLO_BYTES)
      }
    }),
  )
})

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { crc32c } from './crc32c.ts'
import { readProxyHeader } from './header.ts'
import { parseProxy } from './parse.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const V4 = '7f000001c0000201d4310019'

/** A header with this command, family and rest. */
function made(command: number, family: number, rest: Buffer): Buffer {
  return Buffer.concat([SIGNATURE, Buffer.from([command, family, rest.length >> 8, rest.length & 255]), rest])
}

function tlv(type: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([type, bytes.length >> 8, bytes.length & 255]), bytes])
}

/** As a proxy seals it: a checksum TLV at the end. */
function sealed(rest: Buffer): Buffer {
  const header = made(0x21, 0x11, Buffer.concat([rest, tlv(3, Buffer.alloc(4))]))
  header.writeUInt32BE(crc32c(header), header.length - 4)
  return header
}

test('addresses of IPv4 and IPv6 are read, and the bytes after the header are left', () => {
  const v4 = Buffer.concat([made(0x21, 0x11, Buffer.from(V4, 'hex')), Buffer.from('EHLO')])
  assert.deepEqual(readProxyHeader(v4), {
    kind: 'header',
    used: 28,
    header: {
      kind: 'proxied',
      source: { address: '127.0.0.1', port: 54321 },
      destination: { address: '192.0.2.1', port: 25 },
      authority: null,
      tls: null,
    },
  })
  const ends = '20010db800000000000000000000000100000000000000000000000000000001040001bb'
  const v6 = readProxyHeader(made(0x21, 0x21, Buffer.from(ends, 'hex')))
  assert.ok(v6.kind === 'header' && v6.header.kind === 'proxied')
  assert.deepEqual(v6.header.source, { address: '2001:db8::1', port: 1024 })
  assert.deepEqual(v6.header.destination, { address: '::1', port: 443 })
})

test('LOCAL keeps the addresses of the connection, whatever follows', () => {
  assert.deepEqual(readProxyHeader(made(0x20, 0x00, Buffer.from('anything'))), { kind: 'header', header: { kind: 'local' }, used: 24 })
})

test('the TLS that ended at the proxy is told', () => {
  const ssl = tlv(0x20, Buffer.concat([Buffer.from([7, 0, 0, 0, 0]), tlv(0x21, 'TLSv1.3'), tlv(0x23, 'TLS_AES_256_GCM_SHA384')]))
  const read = readProxyHeader(made(0x21, 0x11, Buffer.concat([Buffer.from(V4, 'hex'), tlv(2, 'mx.home.example'), ssl, tlv(4, 'padding')])))
  assert.ok(read.kind === 'header' && read.header.kind === 'proxied')
  assert.equal(read.header.authority, 'mx.home.example')
  assert.deepEqual(read.header.tls, { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verifiedClient: true })
})

test('a checksum must hold', () => {
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283)
  const good = sealed(Buffer.from(V4, 'hex'))
  assert.equal(readProxyHeader(good).kind, 'header')
  const bad = Buffer.from(good)
  bad[20] = 1
  assert.deepEqual(readProxyHeader(bad), { kind: 'invalid', reason: 'wrong checksum' })
})

test('what is no header is invalid as soon as that can be seen', () => {
  for (const bytes of ['EHLO', 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n', '\r\n\r\nx']) {
    assert.equal(readProxyHeader(Buffer.from(bytes)).kind, 'invalid')
  }
  const address = Buffer.from(V4, 'hex')
  for (const [command, family, rest] of [
    [0x11, 0x11, address],
    [0x22, 0x11, address],
    [0x21, 0x12, address],
    [0x21, 0x11, address.subarray(1)],
    [0x21, 0x21, address],
    [0x21, 0x11, Buffer.alloc(5000)],
  ] as const) {
    assert.equal(readProxyHeader(made(command, family, rest)).kind, 'invalid')
  }
})

test('a header that comes in pieces asks for exactly what is missing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(27), (value, cutAt) => {
      const whole = made(0x21, 0x11, Buffer.concat([Buffer.from(V4, 'hex'), tlv(0xe0, Buffer.from(value))]))
      assert.deepEqual(readProxyHeader(whole.subarray(0, cutAt)), { kind: 'more', bytes: cutAt < 16 ? 16 : whole.length })
      assert.equal(readProxyHeader(whole).kind, 'header')
    }),
  )
})

test('any bytes after the signature are read or refused, and never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0x20, 0x21), fc.constantFrom(0x11, 0x21), (rest, command, family) => {
      const read = readProxyHeader(made(command, family, Buffer.from(rest)))
      assert.ok(read.kind === 'invalid' || (read.kind === 'header' && read.used === 16 + rest.length))
      readProxyHeader(Buffer.concat([SIGNATURE, rest]))
    }),
    { numRuns: 2000 },
  )
})

test('a listener gets the two ends, or no', () => {
  const header = made(0x21, 0x11, Buffer.from(V4, 'hex'))
  const peer = { address: '127.0.0.1', port: 54321, localAddress: '192.0.2.1', localPort: 25 }
  assert.deepEqual(parseProxy(Buffer.concat([header, Buffer.from('EHLO')])), { kind: 'done', peer, consumed: 28 })
  assert.deepEqual(parseProxy(header.subarray(0, 20)), { kind: 'more' })
  assert.deepEqual(parseProxy(made(0x20, 0, Buffer.alloc(0))), { kind: 'done', peer: null, consumed: 16 })
  assert.deepEqual(parseProxy(Buffer.from('EHLO x')), { kind: 'reject' })
})

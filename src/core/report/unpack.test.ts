import assert from 'node:assert/strict'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { unpack } from './unpack.ts'

const text = async (bytes: Uint8Array): Promise<string> => {
  const unpacked = await unpack(bytes)
  return unpacked.ok ? Buffer.from(unpacked.value).toString('latin1') : `! ${unpacked.error}`
}

test('gzip, zip and plain files are told apart by their first bytes', async () => {
  assert.equal(await text(Buffer.from('<feedback/>')), '<feedback/>')
  assert.equal(await text(gzipSync('<feedback/>')), '<feedback/>')
  assert.equal(await text(zipSync({ 'folder/': new Uint8Array(0), 'a.xml': Buffer.from('one'), 'b.xml': Buffer.from('two') })), 'one')
})

test('what is empty or broken is told', async () => {
  assert.equal(await text(new Uint8Array(0)), '! empty')
  assert.equal(await text(gzipSync('')), '! empty')
  assert.equal(await text(gzipSync('x'.repeat(1000)).subarray(0, 20)), '! broken')
  assert.equal(await text(Buffer.from('PK\x03\x04 and nothing more')), '! broken')
  assert.equal(await text(zipSync({})), 'PK\x05\x06'.padEnd(22, '\0'))
})

test('a file that grows beyond the limits is not inflated', async () => {
  const bomb = new Uint8Array(30 * 1024 * 1024)
  assert.equal(await text(gzipSync(bomb)), '! too-large')
  assert.equal(await text(zipSync({ a: bomb })), '! too-large')
  assert.equal(await text(new Uint8Array(10 * 1024 * 1024 + 1)), '! too-large')
  // Not even when it lies about its size: where the local header and the directory say how large it is.
  const lying = Buffer.from(zipSync({ a: bomb }))
  lying.writeUInt32LE(100, 22)
  lying.writeUInt32LE(100, lying.indexOf('PK\x01\x02') + 24)
  const unpacked = await unpack(lying)
  assert.ok(!unpacked.ok || unpacked.value.length <= 100)
  assert.equal((await text(gzipSync('x'.repeat(60_000)))).length, 60_000)
})

test('any bytes are a file or a fault', async () => {
  const damaged = fc.tuple(fc.constantFrom(gzipSync('hello '.repeat(50)), Buffer.from(zipSync({ a: Buffer.from('hello '.repeat(50)) }))), fc.nat(), fc.nat(255)).map(([file, at, byte]) => {
    const copy = Buffer.from(file)
    copy[at % copy.length] = byte
    return copy
  })
  await fc.assert(fc.asyncProperty(fc.oneof(damaged, fc.uint8Array()), async (bytes) => {
    await unpack(bytes)
  }))
})

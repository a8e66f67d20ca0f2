import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parcel } from './parcel.ts'

test('arguments without bytes travel as they are', () => {
  const args = { a: 1, list: [{ b: null }], text: 'x' }
  const { args: travelling, bytes } = parcel(args)
  assert.equal(travelling, args)
  assert.equal(bytes, 0)
})

test('a view into a larger buffer travels alone, and all bytes are counted', () => {
  const pool = new Uint8Array(65_536).fill(7)
  const whole = Uint8Array.of(1, 2, 3)
  const args = { message: { bytes: whole }, emails: [{ prefix: pool.subarray(10, 15), uid: 1 }] }
  const { args: travelling, bytes } = parcel(args)
  assert.equal(bytes, 8)
  const { message, emails } = travelling as typeof args
  assert.equal(message.bytes, whole)
  assert.equal(emails[0]?.prefix.buffer.byteLength, 5)
  assert.deepEqual(travelling, args)
  assert.equal(args.emails[0]?.prefix.buffer, pool.buffer, 'the arguments themselves are left alone')
})

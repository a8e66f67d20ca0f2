import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DeliveryId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import { makeId } from '../../base/ids.ts'
import { readReturnPath, returnPathOf } from './return-path.ts'

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const IDS = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const NOW = 1_800_000_000_000
const SECRET = Buffer.alloc(32, 1)
const options = { secret: SECRET, nowMs: NOW }
const newDelivery = (): DeliveryId => makeId('q', NOW) as DeliveryId

test('a return path names its delivery, in whatever case it comes back', () => {
  for (let i = 0; i < 500; i++) {
    const delivery = newDelivery()
    const local = returnPathOf(delivery, SECRET)
    assert.match(local, /^b-[a-z2-7]{40}$/)
    assert.deepEqual(readReturnPath(i % 2 === 0 ? local : local.toUpperCase(), options), { kind: 'delivery', delivery })
  }
})

test('what proves a return path is the HMAC of its id, whatever the secret', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 15, maxLength: 15 }), (secret, id) => {
      const delivery = `q${Buffer.from(id).toString('base64').replace(/./g, (char) => IDS.charAt(BASE64.indexOf(char)))}` as DeliveryId
      const signed = Buffer.concat([id, createHmac('sha256', secret).update('return path 1').update(id).digest().subarray(0, 10)])
      const bits = [...signed].map((byte) => byte.toString(2).padStart(8, '0')).join('')
      assert.equal(returnPathOf(delivery, secret), `b-${(bits.match(/.{5}/g) ?? []).map((five) => alphabet.charAt(parseInt(five, 2))).join('')}`)
    }),
  )
})

test('a return path holds for 30 days', () => {
  const local = returnPathOf(newDelivery(), SECRET)
  assert.equal(readReturnPath(local, { ...options, nowMs: NOW + 30 * DAY_MS })?.kind, 'delivery')
  assert.equal(readReturnPath(local, { ...options, nowMs: NOW + 30 * DAY_MS + 1 })?.kind, 'expired')
})

test('a return path with one character changed, or of another house, is forged', () => {
  const local = returnPathOf(newDelivery(), SECRET)
  for (let at = 2; at < local.length; at++) {
    const changed = `${local.slice(0, at)}${local[at] === 'a' ? 'b' : 'a'}${local.slice(at + 1)}`
    assert.deepEqual(readReturnPath(changed, options), { kind: 'forged' })
  }
  assert.deepEqual(readReturnPath(returnPathOf(newDelivery(), Buffer.alloc(32, 2)), options), { kind: 'forged' })
})

test('other addresses are no return paths, and nothing throws', () => {
  fc.assert(fc.property(fc.string(), (local) => readReturnPath(local, options) === null))
  fc.assert(fc.property(fc.stringMatching(/^b-[a-z2-7]{40}$/), (local) => readReturnPath(local, options)?.kind === 'forged'))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DeliveryId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import { makeId } from '../../base/ids.ts'
import { readReturnPath, returnPathOf } from './return-path.ts'

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

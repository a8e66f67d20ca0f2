import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seal, unseal } from './seal.ts'

const secret = new Uint8Array(32).fill(1)

test('what was sealed opens with that secret at that place only, and never looks the same twice', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (place, text) => {
      const sealed = seal(secret, place, text)
      assert.equal(unseal(secret, place, sealed), text.toWellFormed())
      assert.equal(unseal(secret, `${place}x`, sealed), null)
      assert.equal(unseal(new Uint8Array(32), place, sealed), null)
      assert.notEqual(seal(secret, place, text), sealed)
    }),
  )
})

test('changed or foreign bytes open to nothing, without an exception', () => {
  const sealed = Buffer.from(seal(secret, 'a', 'text'), 'base64')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(unseal(secret, 'a', changed.toString('base64')), null)
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(unseal(secret, 'a', text), null)))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { junkedBefore, type Mark, type SenderPrint } from './junked-before.ts'
import { isSimilar, signatureOf } from './signature.ts'
import { hashOf } from './word-hash.ts'

const PROMO: SenderPrint = { address: 'promo@shop.example', domain: 'shop.example' }
const tokens = (...numbers: readonly number[]): Uint32Array => Uint32Array.from(numbers.flatMap((number) => Object.values(hashOf(`word ${number}`))))
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i)
const TEXT = signatureOf(tokens(...range(1, 200)))

function mark(atMs: number, over: Partial<Mark> = {}): Mark {
  return { said: 'junk', sender: PROMO, signature: TEXT, atMs, ...over }
}

const ask = (marks: readonly Mark[], sender = PROMO, signature = TEXT) => junkedBefore(marks, sender, () => signature)?.rule ?? null

test('the third message of a sender whom its recipient marked twice is known', () => {
  assert.equal(ask([]), null)
  assert.equal(ask([mark(1)]), 'JUNKED_ONCE')
  assert.equal(ask([mark(1), mark(2)]), 'JUNKED_BEFORE')
})

test('moving such mail out of Junk forgives what was said before', () => {
  assert.equal(ask([mark(1), mark(2), mark(3, { said: 'not-junk' })]), null)
  assert.equal(ask([mark(1), mark(2), mark(3, { said: 'not-junk' }), mark(4), mark(5)]), 'JUNKED_BEFORE')
})

test('who forges an address does not bring its owner into Junk, nor the other way', () => {
  const forged = { ...PROMO, domain: null }
  assert.equal(ask([mark(1, { sender: forged }), mark(2, { sender: forged })]), null)
  assert.equal(ask([mark(1, { sender: forged }), mark(2, { sender: forged })], forged), 'JUNKED_BEFORE')
  assert.equal(ask([mark(1), mark(2)], forged), null)
})

test('another address of a proven domain is known by what it writes, and by nothing else', () => {
  const other = { address: 'news@shop.example', domain: 'shop.example' }
  assert.equal(ask([mark(1), mark(2)], other, signatureOf(tokens(...range(5, 202)))), 'JUNKED_BEFORE')
  assert.equal(ask([mark(1), mark(2)], other, signatureOf(tokens(...range(1_000, 1_200)))), null)
  assert.equal(ask([mark(1, { signature: '' }), mark(2, { signature: '' })], other, ''), null)
})

test('a message without an address is like no other', () => {
  const nobody = { address: '', domain: null }
  assert.equal(ask([mark(1, { sender: nobody }), mark(2, { sender: nobody })], nobody), null)
})

test('a signature is like itself, and of few tokens there is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const signature = signatureOf(Uint32Array.from(bytes.subarray(0, bytes.length & ~1)))
      assert.match(signature, bytes.length < 40 ? /^$/ : /^[0-9a-f]{16}$/)
      assert.equal(isSimilar(signature, signature), signature !== '')
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MessageId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { NOW_MS } from '../../../test/support/people.ts'
import { readStopLocal, stopLocalOf } from './stop-address.ts'
import { readToken, type TokenKind, tokenOf } from './token.ts'
import { unsubscribeFields, urlOf } from './url.ts'

const SECRET = new Uint8Array(32).fill(7)
const message = makeId('m', NOW_MS) as MessageId
const numbers = fc.integer({ min: 0, max: 0xffff })
const kinds = fc.constantFrom<TokenKind>('open', 'click', 'unsubscribe')

test('a token is read back as it was written, by whoever has the secret', () => {
  fc.assert(
    fc.property(kinds, numbers, numbers, fc.integer({ min: 0, max: 2 ** 42 }), (kind, recipient, link, atMs) => {
      const token = { kind, message: makeId('m', atMs) as MessageId, recipient, link }
      const text = tokenOf(token, SECRET)
      assert.match(text, /^[\w-]{44}$/)
      assert.deepEqual(readToken(text, SECRET), token)
      assert.equal(readToken(text, new Uint8Array(32)), null)
    }),
  )
})

test('a token that differs in any character is none', () => {
  const text = tokenOf({ kind: 'unsubscribe', message, recipient: 3, link: 0 }, SECRET)
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'A' ? 'B' : 'A'
    assert.equal(readToken(text.slice(0, at) + other + text.slice(at + 1), SECRET), null)
  }
})

test('whatever else is read is no token', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String({ minLength: 44, maxLength: 44 })), (text) => readToken(text, SECRET) === null))
})

test('an address says nothing of a person, and fits into a header field', () => {
  const url = urlOf({ kind: 'unsubscribe', message, recipient: 0, link: 0 }, { origin: 'https://mail.example.org', secret: SECRET })
  assert.match(url, /^https:\/\/mail\.example\.org\/t\/u\/[\w-]{44}$/)
  const address = `${stopLocalOf({ message, recipient: 0 }, SECRET)}@mail.example.org`
  assert.match(address, /^unsubscribe\+[a-z2-7]{48}@/)
  assert.equal(unsubscribeFields(url, address), `List-Unsubscribe: <${url}>,\r\n <mailto:${address}?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n`)
})

test('an address that stops mail is read in whatever case, and is forged as soon as a letter differs', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 0, max: 2 ** 42 }), (recipient, atMs) => {
      const reader = { message: makeId('m', atMs) as MessageId, recipient }
      const local = stopLocalOf(reader, SECRET)
      assert.ok(local.length <= 64)
      for (const written of [local, local.toUpperCase()]) assert.deepEqual(readStopLocal(written, SECRET), reader)
      assert.equal(readStopLocal(local, new Uint8Array(32)), 'forged')
    }),
  )
  const local = stopLocalOf({ message, recipient: 3 }, SECRET)
  for (let at = 'unsubscribe+'.length; at < local.length; at++) assert.equal(readStopLocal(local.slice(0, at) + (local[at] === 'a' ? 'b' : 'a') + local.slice(at + 1), SECRET), 'forged')
  for (const other of ['unsubscribe', 'unsubscribe+', 'unsubscribe+me', `${local}a`, `x${local}`]) assert.equal(readStopLocal(other, SECRET), null)
})

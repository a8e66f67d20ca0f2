import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { challengeIn } from './passkey.ts'

const coded = (text: string): string => Buffer.from(text).toString('base64url')

test('a challenge is found where a browser puts it, and nothing else is one', () => {
  const challenge = 'abcdefghijklmnopqrstuvwxyz-_0123456789ABCDE'
  assert.equal(challengeIn(coded(JSON.stringify({ type: 'webauthn.get', challenge, origin: 'https://x.example' }))), challenge)
  for (const text of ['', 'null', '[]', '{"challenge":1}', `{"challenge":"${challenge}="}`, '{"challenge":"x"}', `"${challenge}"`, '{']) assert.equal(challengeIn(coded(text)), null)
})

test('whatever a browser sends for what it has signed, it is a challenge of ours or none', () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')), fc.json().map(coded)), (text) => {
    const found = challengeIn(text)
    if (found !== null) assert.match(found, /^[\w-]{43}$/)
  }))
})

import assert from 'node:assert/strict'
import { createHash, createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { bindAccount, jwkOf, keyAuthorization, signedBody } from './jws.ts'
import { isToken, readAuthorization, readDirectory, readOrder, readProblem, readRenewal } from './resource.ts'
import { acmeIdentifier } from './tls-alpn.ts'

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString())

interface Jws {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

test('a request is signed over its URL and nonce, by a key that is shown or an account that is known', () => {
  const header = { url: 'https://ca.test/new', nonce: 'n1' }
  const shown = JSON.parse(signedBody({ kind: 'key', key }, header, { a: 1 })) as Jws
  assert.deepEqual(decoded(shown.protected), { alg: 'ES256', ...header, jwk: jwkOf(key) })
  assert.deepEqual(decoded(shown.payload), { a: 1 })
  const known = JSON.parse(signedBody({ kind: 'account', key, account: 'https://ca.test/1' }, header, null)) as Jws
  assert.deepEqual(decoded(known.protected), { alg: 'ES256', ...header, kid: 'https://ca.test/1' })
  assert.equal(known.payload, '')
  for (const { protected: head, payload, signature } of [shown, known]) {
    const signed = Buffer.from(`${head}.${payload}`)
    assert.ok(verify('sha256', signed, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
  }
})

test('an account is bound to one elsewhere by its MAC key', () => {
  const bound = bindAccount({ keyId: 'kid-1', macKey: 'c2VjcmV0' }, key, 'https://ca.test/new') as Jws
  assert.deepEqual(decoded(bound.protected), { alg: 'HS256', kid: 'kid-1', url: 'https://ca.test/new' })
  assert.deepEqual(decoded(bound.payload), jwkOf(key))
  assert.equal(bound.signature, createHmac('sha256', 'secret').update(`${bound.protected}.${bound.payload}`).digest('base64url'))
})

test('an answer is the token and the thumbprint of the key, and its digest stands in the certificate', () => {
  const { crv, kty, x, y } = jwkOf(key)
  const thumbprint = createHash('sha256').update(`{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`).digest('base64url')
  assert.equal(keyAuthorization('tok-en_1', key), `tok-en_1.${thumbprint}`)
  assert.equal(Buffer.from(acmeIdentifier('a.b')).toString('hex'), `0420${createHash('sha256').update('a.b').digest('hex')}`)
})

test('directories, orders and authorizations are read; what they lack or garble is seen', () => {
  const urls = { newNonce: 'https://ca.test/n', newAccount: 'https://ca.test/a', newOrder: 'https://ca.test/o' }
  assert.deepEqual(readDirectory(bytes({ ...urls, meta: { termsOfService: 'https://ca.test/t' } })), { ...urls, renewalInfo: null, termsOfService: 'https://ca.test/t' })
  assert.equal(readDirectory(bytes({ ...urls, newOrder: 'http://ca.test/o' })), null)
  const order = { status: 'pending', finalize: 'https://ca.test/f', authorizations: ['https://ca.test/1'] }
  assert.deepEqual(readOrder(bytes(order)), { ...order, certificate: null, error: null })
  assert.equal(readOrder(bytes({ ...order, status: 'late' })), null)
  assert.equal(readOrder(bytes({ ...order, authorizations: ['https://ca.test/1', 7] })), null)
  const challenge = { type: 'http-01', url: 'https://ca.test/c', token: 'abc', status: 'pending' }
  const challenges = [challenge, { ...challenge, token: '../x' }, { type: 'dns-account-01' }, null]
  assert.deepEqual(readAuthorization(bytes({ status: 'pending', identifier: { type: 'dns', value: 'mx.test' }, challenges })), {
    status: 'pending',
    name: 'mx.test',
    challenges: [{ ...challenge, error: null }],
  })
  assert.deepEqual(readProblem(bytes({ type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too\u001b[1m many' })), { type: 'rateLimited', detail: 'too [1m many' })
  assert.deepEqual(readProblem(Buffer.from('<html>')), { type: 'unnamed', detail: '' })
  const window = (start: string, end: string) => readRenewal(bytes({ suggestedWindow: { start, end } }))
  assert.deepEqual(window('2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'), { startMs: Date.UTC(2026, 0, 2), endMs: Date.UTC(2026, 0, 3) })
  assert.equal(window('2026-01-03T00:00:00Z', '2026-01-02T00:00:00Z'), null)
})

test('whatever an authority sends, reading it does not throw, and tokens never leave their folder', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map((text) => Uint8Array.from(Buffer.from(text)))), (input) => {
      for (const read of [readDirectory, readOrder, readAuthorization, readRenewal]) read(input)
      assert.ok(readProblem(input).detail.length <= 500)
    }),
  )
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(isToken(text) && /[^A-Za-z0-9_-]/.test(text), false)))
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_COOKIE_CHARS } from './limits.ts'
import { awayCookie, awayToken, noCookie, sessionCookie, sessionToken } from './cookie.ts'
import { csrfToken, isCsrfToken } from './csrf.ts'

const TOKEN = 'abcdefghijklmnopqrstuvwxyz-_0123456789ABCDE'

test('a token is found among other cookies, under the name of its kind only', () => {
  assert.equal(sessionToken(`a=b; __Host-merpati=${TOKEN}; c="d"`, 'secure'), TOKEN)
  assert.equal(sessionToken(`__Host-merpati=${TOKEN}`, 'plain'), null)
  assert.equal(sessionToken(`merpati=${TOKEN}`, 'secure'), null)
  assert.equal(sessionToken(`__host-merpati=${TOKEN}`, 'secure'), null)
  assert.equal(sessionToken(`x__Host-merpati=${TOKEN}`, 'secure'), null)
  assert.equal(sessionToken(`merpati=${TOKEN.slice(1)}`, 'plain'), null)
  assert.equal(sessionToken(`merpati=x; merpati=${TOKEN}`, 'plain'), null)
  assert.equal(sessionToken(undefined, 'plain'), null)
})

test('the cookie of production goes to this host, over HTTPS, and to no script', () => {
  assert.equal(sessionCookie(TOKEN, 'secure'), `__Host-merpati=${TOKEN}; Path=/; HttpOnly; SameSite=Lax; Secure`)
  assert.equal(awayCookie(TOKEN, 'secure', 600_000), `__Host-merpati-away=${TOKEN}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600`)
  assert.equal(awayToken(`__Host-merpati=x; __Host-merpati-away=${TOKEN}`, 'secure'), TOKEN)
  assert.equal(awayToken(`__Host-merpati=${TOKEN}`, 'secure'), null)
  assert.equal(noCookie('secure'), '__Host-merpati=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0')
})

test('whatever a Cookie field holds, it is a token or nothing', () => {
  const pieces = fc.constantFrom(';', '=', ' ', '\t', '"', ',', 'merpati', '__Host-merpati', TOKEN, '\0', 'ü')
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')), fc.array(pieces).map((all) => all.join(''))), fc.constantFrom('secure' as const, 'plain' as const), (header, kind) => {
    const token = sessionToken(header, kind)
    if (token !== null) assert.match(token, /^[\w-]{43}$/)
  }))
  const long = `${'a=b;'.repeat(MAX_COOKIE_CHARS)}merpati=${TOKEN}`
  assert.equal(sessionToken(long, 'plain'), null)
})

test('a page is known by a token that fits its session and this house alone', () => {
  const secret = new Uint8Array(32)
  const said = csrfToken(secret, TOKEN)
  assert.equal(isCsrfToken(secret, TOKEN, said), true)
  assert.equal(isCsrfToken(secret, `${TOKEN}x`, said), false)
  assert.equal(isCsrfToken(new Uint8Array(32).fill(1), TOKEN, said), false)
  for (const other of [undefined, '', said.slice(1), TOKEN]) assert.equal(isCsrfToken(secret, TOKEN, other), false)
})

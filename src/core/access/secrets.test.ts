import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Hashing } from './hashing.ts'
import type { Domain } from '../../base/brand.ts'
import { foldLogin, loginOf } from './identity.ts'
import { NOBODY, hashPassword, needsUpgrade, verifyPassword } from './password.ts'
import { apiKeyMode, asAppPassword, hashToken, makeApiKey, makeAppPassword, sameHash } from './token.ts'

test('A hash holds for its password and no other, and two hashes of one password differ', async () => {
  const [one, two] = [await hashPassword('rahasia'), await hashPassword('rahasia')]
  assert.notEqual(one, two)
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal(await verifyPassword('rahasia', one), true)
  assert.equal(await verifyPassword('Rahasia', one), false)
  assert.equal(needsUpgrade(one), false)
})

test('A hash made elsewhere with other parameters is understood, and due for renewal when it is weak', async () => {
  // A vector of the reference implementation: password "password", salt "somesalt".
  const vector = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.equal(await verifyPassword('password', vector), true)
  assert.equal(needsUpgrade('$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'), true)
})

test('Nobody has the password of NOBODY, and it costs what a real one costs', async () => {
  assert.equal(await verifyPassword('', NOBODY), false)
  assert.equal(needsUpgrade(NOBODY), false)
})

test('What is no hash, or asks for too much work, holds for nothing', async () => {
  const rest = '$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA'
  const costs = ['id$v=19$m=9999999,t=1,p=1', 'id$v=19$m=8,t=0,p=1', 'id$v=19$m=8,t=1,p=2', 'i$v=19$m=64,t=1,p=1']
  for (const bad of ['', 'plain', ...costs.map((cost) => `$argon2${cost}${rest}`)]) assert.equal(await verifyPassword('x', bad), false, bad)
})

test('An app password is read back however it was typed, and other passwords are not taken for one', () => {
  const made = makeAppPassword()
  assert.match(made, /^(?:[a-z2-7]{4}-){5}[a-z2-7]{4}$/)
  const typings = [made, made.toUpperCase(), made.replaceAll('-', ''), ` ${made.replaceAll('-', ' ')} `]
  for (const typed of typings) assert.equal(asAppPassword(typed), made)
  const others = ['', 'merpati', `${made}a`, made.slice(1), `${made.slice(0, -1)}1`, '-'.repeat(1000)]
  for (const other of others) assert.equal(asAppPassword(other), null, other)
})

test('API keys say their mode, and what is no key is seen at once', () => {
  for (const mode of ['test', 'live'] as const) assert.equal(apiKeyMode(makeApiKey(mode)), mode)
  for (const other of ['', 'sk_live_', 'sk_prod_' + 'a'.repeat(32), `${makeApiKey('live')}x`]) assert.equal(apiKeyMode(other), null)
})

test('Tokens do not repeat', () => {
  for (const make of [makeAppPassword, () => makeApiKey('test')]) {
    assert.equal(new Set(Array.from({ length: 200 }, () => hashToken(make()))).size, 200)
  }
  assert.ok(sameHash(hashToken('a'), hashToken('a')) && !sameHash(hashToken('a'), hashToken('b')) && !sameHash('', hashToken('a')))
})

test('Login names are folded as addresses of ours are', () => {
  assert.equal(foldLogin(' Ani@Home.Example '), 'ani@home.example')
  assert.equal(foldLogin('ani@b\u00fccher.example'), 'ani@xn--bcher-kva.example')
  assert.equal(foldLogin('ANI@XN--BCHER-KVA.example'), 'ani@xn--bcher-kva.example')
  assert.equal(foldLogin('Ani'), 'ani')
  for (const bad of ['', '@home.example', 'ani@', 'ani@-x', 'a\u0000b']) assert.equal(foldLogin(bad), null, bad)
})

test('an address has a login when what is typed for it leads to it, and it looks like no other', () => {
  const of = (local: string): string | null => loginOf({ local, domain: 'home.example' as Domain })
  assert.equal(of('Ani.WIJAYA'), 'ani.wijaya@home.example')
  assert.equal(of('JO\u0308RG'), 'j\u00f6rg@home.example')
  assert.equal(of('\u0430\u043d\u044f'), '\u0430\u043d\u044f@home.example')
  // Wide letters, ligatures, what nobody sees, what turns the direction, Cyrillic among Latin.
  for (const bad of ['\uff41ni', '\ufb01', 'ad\u00admin', 'ani\u200b', 'an\u202ei', 'an\u2060i', '\u0430ni', '\u2468']) assert.equal(of(bad), null, bad)
})

test('Hashes run so many at a time, wait so many, in order, and the rest is told at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.nat(4), fc.nat(10), async (running, waiting, jobs) => {
      const hashing = new Hashing({ running, waiting })
      const done: number[] = []
      let now = 0
      const results = await Promise.all(
        Array.from({ length: jobs }, (_, i) =>
          hashing.run(async () => {
            now += 1
            assert.ok(now <= running)
            await Promise.resolve()
            done.push(i)
            now -= 1
          }),
        ),
      )
      assert.equal(results.filter(({ ok }) => ok).length, Math.min(jobs, running + waiting))
      assert.deepEqual(done, [...done].sort((a, b) => a - b))
      assert.equal(hashing.load, 0)
    }),
  )
})

test('A hash that throws gives its place to the next', async () => {
  const hashing = new Hashing({ running: 1, waiting: 1 })
  const broken = hashing.run(async () => {
    throw new Error('broken')
  })
  const next = hashing.run(async () => 7)
  await assert.rejects(broken, /broken/)
  assert.deepEqual(await next, { ok: true, value: 7 })
})

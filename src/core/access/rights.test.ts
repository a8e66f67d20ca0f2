import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { areWithin, isInside, parseNetwork } from './network.ts'
import { allScopes, beyond, type Rights, SCOPES, UNBOUND } from './rights.ts'
import { rightsOfRole, ROLES } from './role.ts'

const rights = (scopes: readonly string[], over: Partial<Rights> = {}): Rights => ({ ...UNBOUND, scopes, ...over })

test('nobody gives rights that he does not have', () => {
  const rows: readonly (readonly [held: Rights, wanted: Rights, missing: RegExp | null])[] = [
    [rights(['*']), rights(['*']), null],
    [rights(['admin']), rights(['content', 'develop']), null],
    [rights(['admin']), rights(['*']), /scope "\*"/],
    [rights(['admin']), rights(['read']), /scope "read"/],
    [rights(['develop']), rights(['admin']), /scope "admin"/],
    [rights(['read'], { domains: ['a.test'] }), rights(['read']), /confined to a\.test/],
    [rights(['read'], { domains: ['a.test', 'b.test'] }), rights(['read'], { domains: ['b.test'] }), null],
    [rights(['*'], { domains: ['a.test'] }), rights(['read'], { domains: ['c.test'] }), /confined/],
    [rights(['send'], { streams: ['broadcast'] }), rights(['send'], { streams: null }), /broadcast only/],
    [rights(['send'], { networks: ['192.0.2.0/24'] }), rights(['send'], { networks: ['192.0.2.7/32'] }), null],
    [rights(['send'], { networks: ['192.0.2.0/24'] }), rights(['send'], { networks: ['192.0.0.0/16'] }), /192\.0\.2\.0\/24 only/],
    [rights(['send'], { networks: ['192.0.2.0/24'] }), rights(['send']), /only/],
    [rights(['send'], { expiresMs: 5 }), rights(['send'], { expiresMs: 6 }), /end at/],
    [rights(['send'], { expiresMs: 5 }), rights(['send'], { expiresMs: 5 }), null],
    [rights(['*'], { caps: { messagesPerHour: 5, messagesPerDay: null } }), rights(['send'], { caps: { messagesPerHour: 1, messagesPerDay: null } }), /cap of your own/],
  ]
  for (const [held, wanted, missing] of rows) {
    const found = beyond(held, wanted)
    if (missing === null) assert.equal(found, null, JSON.stringify(wanted))
    else assert.match(found ?? '', missing)
  }
})

test('a role that may do all that another may can give it, and its holder can give nothing above himself', () => {
  for (const giver of ROLES) {
    for (const given of ROLES) {
      const may = beyond(rightsOfRole(giver, ['a.test']), rightsOfRole(given, ['a.test'])) === null
      const lacks = allScopes(rightsOfRole(given, []).scopes).some((scope) => !allScopes(rightsOfRole(giver, []).scopes).includes(scope))
      if (giver === 'owner') assert.ok(may, given)
      else if (lacks) assert.ok(!may, `${giver} gives ${given}`)
    }
  }
  assert.deepEqual(rightsOfRole('domain_admin', null).domains, [])
  assert.deepEqual(allScopes(rightsOfRole('support', null).scopes), ['trace'])
  assert.deepEqual(allScopes(rightsOfRole('member', null).scopes), [])
  assert.ok(SCOPES.every((scope) => typeof scope === 'string'))
})

test('networks are read in one form, and what is none is refused', () => {
  const rows = [['192.0.2.7', '192.0.2.7/32'], ['192.0.2.7/24', '192.0.2.0/24'], ['2001:DB8::1/32', '2001:db8::/32'], ['0.0.0.0/0', '0.0.0.0/0'], ['::/0', '::/0'], ['::ffff:192.0.2.7', '192.0.2.7/32'], ['::ffff:192.0.2.7/120', '192.0.2.0/24']] as const
  for (const [text, read] of rows) assert.equal(parseNetwork(text), read)
  for (const text of ['', '1', '0x7f.1', '192.0.2', '192.0.2.0/33', '192.0.2.0/', '192.0.2.0/24/8', '::/129', 'example.org', ' 192.0.2.1', 'fe80::1%eth0', '192.0.2.1\r\n']) assert.equal(parseNetwork(text), null, text)
  assert.ok(isInside('::ffff:192.0.2.9', ['192.0.2.0/24']))
  assert.ok(!isInside('192.0.3.9', ['192.0.2.0/24']))
  assert.ok(!isInside('2001:db8::1', ['0.0.0.0/0']))
  assert.ok(!isInside('nonsense', ['0.0.0.0/0']))
})

test('what strangers write as a network never throws, and what was read contains itself', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(140)).map(([ip, bits]) => `${ip}/${bits}`)), (text) => {
      const read = parseNetwork(text)
      if (read === null) return
      assert.equal(parseNetwork(read), read)
      assert.ok(areWithin([read], [read]))
    }),
  )
})

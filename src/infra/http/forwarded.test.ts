import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientBehind } from './forwarded.ts'

const isProxy = (address: string): boolean => address.startsWith('10.') || address === '127.0.0.1'

test('a client is whom proxies of ours name, and what others write counts for nothing', () => {
  const cases: readonly (readonly [peer: string, forwarded: string | undefined, client: string])[] = [
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['127.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '203.0.113.9, 198.51.100.1', '198.51.100.1'],
    ['127.0.0.1', '203.0.113.9, 198.51.100.1,10.0.0.1', '198.51.100.1'],
    ['127.0.0.1', '2001:db8::1', '2001:db8::1'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['127.0.0.1', '198.51.100.1, ', '127.0.0.1'],
    ['127.0.0.1', '10.0.0.1', '10.0.0.1'],
  ]
  for (const [peer, forwarded, client] of cases) assert.equal(clientBehind(peer, forwarded, isProxy), client, String(forwarded))
})

test('whatever stands in the field, a client is an address that a proxy of ours has named, or the peer', () => {
  const piece = fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('', ' ', '10.0.0.1', '127.0.0.1', 'x', '1.2.3.4:5'), fc.string({ maxLength: 5 }))
  fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
    const client = clientBehind('127.0.0.1', pieces.join(','), isProxy)
    assert.ok(client === '127.0.0.1' || pieces.some((each) => each.split(',').some((text) => text.trim() === client)))
    assert.equal(clientBehind('192.0.2.1', pieces.join(','), isProxy), '192.0.2.1')
  }))
})

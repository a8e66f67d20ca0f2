import assert from 'node:assert/strict'
import test from 'node:test'
import type { Answer } from '../../base/dns.ts'
import { blockList, isAllowed, targetsOf } from './targets.ts'

const HOP = { host: 'mx.far.example', port: 25, preference: 10 }
const NOTHING = { allowed: blockList([]) }
const SETTINGS = { families: [4, 6] as const, ...NOTHING }
const found = (...records: readonly string[]): Answer<string> => ({ kind: 'found', records, name: '', aliases: [], authentic: false, ttlMs: 0, stale: false })
const none: Answer<string> = { kind: 'none', why: 'nodata', name: '', aliases: [], authentic: false, ttlMs: 0 }
const failed: Answer<string> = { kind: 'failed', why: 'servfail', detail: 'x' }

test('what is not part of the Internet is never connected to', () => {
  const closed = [
    '0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.1.1', '172.31.0.1', '192.168.1.1', '224.0.0.1', '255.255.255.255', '192.0.2.1', '198.18.0.1',
    '::', '::1', '::127.0.0.1', '::ffff:0:127.0.0.1', '100::1', 'fec0::1', '3fff::1', '5f00::1', '2001:0:7f00:1::', '2002:7f00:1::', 'fc00::1',
    '64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::169.254.169.254', '64:ff9b:1::808:808', 'fe80::1', 'ff02::1', '2001:db8::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', 'no address',
  ]
  for (const address of closed) assert.equal(isAllowed(address, NOTHING), false, address)
  for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1', '2001:200::1', '64:ff9b::808:808']) assert.equal(isAllowed(address, NOTHING), true, address)
  assert.equal(isAllowed('127.0.0.2', { allowed: blockList(['127.0.0.0/8']) }), true)
})

test('addresses come by family, the preferred one first, and at most eight', () => {
  const got = targetsOf(HOP, found('8.8.8.8', '8.8.4.4'), found('2606:4700::1'), SETTINGS, () => 0)
  assert.deepEqual(got.kind === 'targets' && got.targets.map(({ address }) => address), ['8.8.8.8', '8.8.4.4', '2606:4700::1'])
  const many = targetsOf(HOP, found(...Array.from({ length: 20 }, (_, index) => `8.8.8.${index}`)), null, SETTINGS, () => 0)
  assert.equal(many.kind === 'targets' && many.targets.length, 8)
})

test('without an address a host is skipped: for now when DNS did not say, for good when it has none', () => {
  const why = (v4: Answer<string>, v6: Answer<string>): unknown => {
    const got = targetsOf(HOP, v4, v6, SETTINGS, () => 0)
    return got.kind === 'none' ? got.lasting : got
  }
  assert.equal(why(none, none), true)
  assert.equal(why(failed, none), false)
  assert.equal(why(found('10.0.0.1'), none), true)
  assert.equal(why(found('10.0.0.1'), failed), false)
})

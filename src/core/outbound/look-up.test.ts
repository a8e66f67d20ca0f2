import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../base/dns.ts'
import { lookUp } from './look-up.ts'
import { blockList } from './targets.ts'

const ZONE: Readonly<Record<string, readonly [v4: readonly string[], v6: readonly string[]]>> = {
  'here.test': [['127.0.0.1'], ['::1']],
  'half.test': [['127.0.0.1', '192.88.99.1'], []],
  'six.test': [[], ['2606:4700::1']],
}

const names = {
  addresses: async (host: string, family: 4 | 6): Promise<Answer<string>> => {
    const records = ZONE[host]?.[family === 4 ? 0 : 1] ?? []
    const about = { name: host, aliases: [], authentic: false, ttlMs: 1 }
    return records.length === 0 ? { kind: 'none', why: 'nodata', ...about } : { kind: 'found', records, stale: false, ...about }
  },
}

async function found(host: string, from: string | null = null): Promise<readonly string[] | string> {
  const looked = await lookUp({ host, port: 25, preference: 10 }, { names, from, families: [4, 6], allowed: blockList([]), chance: () => 0 }, AbortSignal.any([]))
  return looked.kind === 'targets' ? looked.targets.map(({ address }) => address) : `${looked.status} ${looked.text}`
}

test('a server that leads to this machine is no server', async () => {
  assert.equal(await found('here.test'), '5.4.4 here.test has no address that mail may be sent to')
  assert.equal(await found('[::1]'), '5.4.4 [::1] has no address')
  assert.deepEqual(await found('127.0.0.1'), '5.4.4 127.0.0.1 has no address that mail may be sent to')
  assert.deepEqual(await found('half.test'), ['192.88.99.1'])
})

test('a server with an IPv6 address alone is reached there', async () => {
  assert.deepEqual(await found('six.test'), ['2606:4700::1'])
})

test('that servers have no address of the family of ours is for now, and nothing is for good before both families were asked', async () => {
  assert.equal(await found('six.test', '198.41.0.4'), '4.4.4 six.test has no IPv4 address, and 198.41.0.4 reaches no other')
  assert.equal(await found('half.test', '2606:4700::9'), '4.4.4 half.test has no IPv6 address, and 2606:4700::9 reaches no other')
  assert.deepEqual(await found('six.test', '2606:4700::9'), ['2606:4700::1'])
  assert.equal(await found('nothing.test', '198.41.0.4'), '5.4.4 nothing.test has no address')
  assert.equal(await found('here.test', '198.41.0.4'), '5.4.4 here.test has no address that mail may be sent to')
})

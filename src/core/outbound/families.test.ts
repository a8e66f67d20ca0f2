import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../base/dns.ts'
import { familiesOf } from './families.ts'

const ZONE: Readonly<Record<string, readonly [v4: Answer<string>['kind'], v6: Answer<string>['kind']]>> = {
  four: ['found', 'none'], six: ['none', 'found'], none: ['none', 'none'], silent: ['found', 'failed'],
}

async function of(...hosts: readonly string[]): Promise<readonly string[]> {
  const addresses = async (host: string, family: 4 | 6): Promise<Answer<string>> => {
    const about = { name: host, aliases: [], authentic: false, ttlMs: 1 }
    const kind = ZONE[host]?.[family === 4 ? 0 : 1] ?? 'none'
    if (kind === 'failed') return { kind, why: 'servfail', detail: 'x' }
    return kind === 'none' ? { kind, why: 'nodata', ...about } : { kind, records: ['x'], stale: false, ...about }
  }
  const hops = hosts.map((host, preference) => ({ host, port: 25, preference }))
  return await familiesOf({ plan: { kind: 'hops', hops, authentic: false } }, { addresses }, AbortSignal.any([]))
}

test('a domain has the families of all its servers; what DNS does not say may be', async () => {
  assert.deepEqual([await of('four'), await of('six'), await of('four', 'six'), await of('silent')], [['v4'], ['v6'], ['v4', 'v6'], ['v4', 'v6']])
  assert.deepEqual([await of('192.88.99.1'), await of('2606:4700::1'), await of('none')], [['v4'], ['v6'], ['v4', 'v6']])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Mx } from '../../base/dns.ts'
import { viaLane } from '../queue/delivery.ts'
import { type RouteSettings, routeOf } from './route-of.ts'
import type { Transport } from './transport.ts'

function found<T>(name: string, records: readonly T[]): Answer<T> {
  return records.length === 0 ? { kind: 'none', why: 'nodata', name, aliases: [], authentic: false, ttlMs: 1 } : { kind: 'found', records, name, aliases: [], authentic: false, ttlMs: 1, stale: false }
}

const ADDRESSES: Readonly<Record<string, string>> = { 'primary.test': '198.51.100.1', 'nat.test': '203.0.113.9', 'worse.test': '198.51.100.2' }
const MX: readonly Mx[] = [{ preference: 10, exchange: 'primary.test' }, { preference: 20, exchange: 'nat.test' }, { preference: 30, exchange: 'worse.test' }]
const NAMES = {
  mx: async (domain: string) => found(domain, MX),
  addresses: async (host: string, family: 4 | 6) => found(host, family === 4 && ADDRESSES[host] !== undefined ? [ADDRESSES[host]] : []),
}

async function hosts(domain: string, over: Partial<RouteSettings> = {}): Promise<readonly string[]> {
  const settings: RouteSettings = { relay: null, chosen: () => null, keepsFor: () => false, port: 25, isOurs: () => false, isOurAddress: (address) => address === '203.0.113.9', ...over }
  const { plan } = await routeOf(domain, settings, NAMES, () => 0, AbortSignal.any([]))
  return plan.kind === 'hops' ? plan.hops.map(({ host, port }) => `${host}:${port}`) : [plan.text]
}

const relay = (host: string): Extract<Transport, { kind: 'relay' }> => ({ kind: 'relay', hosts: [{ host, port: 587 }], protocol: 'smtp', security: 'verified', login: null })

test('A backup that finds its own address among the MX hosts leaves that one out, and all that are no better', async () => {
  assert.deepEqual(await hosts('far.test', { keepsFor: () => true }), ['primary.test:25'])
  assert.deepEqual(await hosts('far.test'), ['primary.test:25', 'nat.test:25', 'worse.test:25'])
})

test('What is said of a domain goes before the relay for all, and that before MX records', async () => {
  assert.deepEqual(await hosts('far.test', { relay: relay('all.test') }), ['all.test:587'])
  assert.deepEqual(await hosts('far.test', { relay: relay('all.test'), chosen: () => relay('one.test') }), ['one.test:587'])
  assert.deepEqual((await hosts('far.test', { relay: relay('all.test'), chosen: () => ({ kind: 'direct' }) })).length, 3)
  assert.deepEqual(await hosts('far.test', { chosen: () => ({ kind: 'refuse', text: 'no' }) }), ['no'])
})

test('What an operator sends by another server goes there, whatever is said of domains', async () => {
  assert.deepEqual(await hosts(viaLane('other.test', 2525), { chosen: () => relay('one.test') }), ['other.test:2525'])
})

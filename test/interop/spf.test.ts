import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { spf } from 'mailauth/lib/spf/index.js'
import type { Answer } from '../../src/base/dns.ts'
import { checkSpf } from '../../src/proto/spf/check.ts'
import { MemoryDns, type MemoryEntry } from '../support/dns/memory.ts'

const V4 = fc.constantFrom('192.0.2.1', '192.0.2.77', '198.51.100.9', '203.0.113.200')
const V6 = fc.constantFrom('2001:db8::1', '2001:db8:1::2', '2001:db8:ffff::3')
const NAMES = ['one.example', 'two.example', 'three.example'] as const
const HOST = fc.constantFrom(...NAMES)
const BITS = fc.constantFrom('', '/32', '/24', '/16')

/** Terms that leave nothing to opinion: there every one of the hosts has addresses of both families, and no term names anything else. */
const TERM = fc.tuple(
  fc.constantFrom('', '-', '~', '?'),
  fc.oneof(
    fc.tuple(V4, BITS).map(([address, bits]) => `ip4:${address}${bits}`),
    fc.tuple(V6, fc.constantFrom('', '/128', '/48', '/32')).map(([address, bits]) => `ip6:${address}${bits}`),
    fc.tuple(fc.constantFrom('a', 'mx'), HOST, BITS).map(([kind, host, bits]) => `${kind}:${host}${bits}`),
    HOST.map((host) => `exists:%{i}.${host}`),
    HOST.map((host) => `include:_spf.${host}`),
    fc.constant('all'),
  ),
).map((parts) => parts.join(''))
const RECORD = fc.tuple(fc.array(TERM, { maxLength: 4 }), fc.constantFrom('', ' redirect=_spf.three.example', ' -all', ' ~all')).map(([terms, end]) => `v=spf1 ${terms.join(' ')}${end}`)
const ENTRY = fc.record({ A: fc.array(V4, { minLength: 1, maxLength: 2 }), AAAA: fc.array(V6, { minLength: 1, maxLength: 2 }), MX: fc.array(HOST, { minLength: 1, maxLength: 3 }).map((hosts) => hosts.map((host, at) => [at, host] as const)) })
const LISTED = fc.uniqueArray(fc.tuple(fc.oneof(V4, V6), HOST), { maxLength: 3 })

test('SPF gives the verdicts of mailauth for records on which nobody differs', async () => {
  await fc.assert(fc.asyncProperty(fc.tuple(RECORD, RECORD, RECORD, RECORD), fc.tuple(ENTRY, ENTRY, ENTRY), LISTED, fc.oneof(V4, V6), async (records, entries, listed, client) => {
    const names: Record<string, MemoryEntry> = { 'from.example': { TXT: [records[0]] } }
    for (const [at, host] of NAMES.entries()) {
      names[host] = entries[at] ?? {}
      names[`_spf.${host}`] = { TXT: [records[at + 1] ?? ''] }
    }
    for (const [address, host] of listed) if (!address.includes(':')) names[`${address}.${host}`] = { A: ['127.0.0.2'] }
    const dns = new MemoryDns(names)
    const input = { client, helo: 'mx.example', mailFrom: 'ani@from.example', receiver: 'mx.home.example', nowMs: 0 }
    const ours = await checkSpf(input, dns, new AbortController().signal)
    const theirs = await spf({ ip: client, helo: input.helo, sender: input.mailFrom, mta: input.receiver, resolver: resolverOf(dns), strict: true })
    assert.equal(ours.verdict, theirs.status.result, JSON.stringify(ours))
  }), { numRuns: 500 })
})

/** DNS as mailauth asks it: Node's way, with a code for what is not there. */
function resolverOf(dns: MemoryDns): (name: string, type: string) => Promise<string[][]> {
  return async (name, type) => {
    switch (type) {
      case 'TXT':
        return recordsOf(await dns.txt(name)).map((text) => [text])
      case 'MX':
        return recordsOf(await dns.mx(name)).map(({ preference, exchange }) => ({ priority: preference, exchange })) as unknown as string[][] // Its types know strings only.
      default:
        return recordsOf(await dns.addresses(name, type === 'A' ? 4 : 6)) as unknown as string[][] // As above.
    }
  }
}

function recordsOf<T>(answer: Answer<T>): T[] {
  if (answer.kind === 'found') return [...answer.records]
  throw Object.assign(new Error('there is none'), { code: 'ENOTFOUND' })
}

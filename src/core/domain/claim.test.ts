import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { Answer } from '../../base/dns.ts'
import { claimIn, claimOf } from './claim.ts'

const SECRET = new Uint8Array(32)
const [one, other] = ['o-1', 'o-2'] as unknown as readonly [OrganizationId, OrganizationId]
const [domain, neighbour] = ['example.org', 'example.net'] as unknown as readonly [Domain, Domain]

function found(...records: readonly string[]): Answer<string> {
  return { kind: 'found', records, name: '_merpati.example.org', aliases: [], authentic: false, ttlMs: 0, stale: false }
}

test('a claim is of one organization, one domain and one installation', () => {
  const claim = claimOf(one, domain, SECRET)
  assert.match(claim.value, /^merpati-claim=[\w-]{43}$/)
  assert.equal(claim.name, '_merpati.example.org')
  const others = [claimOf(other, domain, SECRET), claimOf(one, neighbour, SECRET), claimOf(one, domain, new Uint8Array(32).fill(1))]
  for (const each of others) assert.notEqual(each.value, claim.value)
})

test('a claim is published when its record is among those that are there, and unknown while DNS is silent', () => {
  const claim = claimOf(one, domain, SECRET)
  assert.equal(claimIn(claim, found('something else', claim.value)), 'published')
  assert.equal(claimIn(claim, found(claimOf(other, domain, SECRET).value)), 'missing')
  assert.equal(claimIn(claim, { kind: 'none', why: 'nxdomain', name: claim.name, aliases: [], authentic: false, ttlMs: 0 }), 'missing')
  assert.equal(claimIn(claim, { kind: 'failed', why: 'timeout', detail: '' }), 'unknown')
})

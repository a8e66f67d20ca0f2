import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, OrganizationId } from '../../base/brand.ts'
import { cachedRoutes } from './cached.ts'
import type { AddressEntry, DomainRules } from './route.ts'

test('an address that is there is asked for once a second, one that is not each time', async () => {
  const entry: AddressEntry = { organization: 'o1' as OrganizationId, kind: 'alias', account: null, targets: [] }
  const asked: string[] = []
  let nowMs = 0
  const there = new Set(['ani'])
  const routes = cachedRoutes(
    {
      async entry(_domain, local) {
        asked.push(local)
        return there.has(local) ? entry : null
      },
      rules: async () => null,
      responsible: async () => null,
      claims: async () => false,
      hasStream: async () => false,
      relay: async () => null,
      isRelayed: async () => false,
      patterns: async () => [],
    },
    { nowMs: () => nowMs },
  )
  const ask = (local: string) => routes.entry('home.example' as Domain, local)
  assert.deepEqual([await ask('ani'), await ask('ani'), await ask('budi'), await ask('budi')], [entry, entry, null, null])
  assert.deepEqual(asked, ['ani', 'budi', 'budi'])
  there.add('budi')
  assert.equal(await ask('budi'), entry)
  nowMs = 1_000
  there.delete('ani')
  assert.equal(await ask('ani'), null)
})

test('what a domain says is asked for once a second, and each time while we do not receive for it', async () => {
  const domain = 'home.example' as Domain
  const active: DomainRules = { name: domain, organization: 'o1' as OrganizationId, state: 'active', subaddress: '+', aliasOf: null, ownReturns: false }
  let said: DomainRules | null = null
  let asked = 0
  let nowMs = 0
  const routes = cachedRoutes(
    {
      entry: async () => null,
      async rules() {
        asked += 1
        return said
      },
      responsible: async () => null,
      claims: async () => false,
      hasStream: async () => false,
      relay: async () => null,
      isRelayed: async () => false,
      patterns: async () => [],
    },
    { nowMs: () => nowMs },
  )
  assert.deepEqual([await routes.rules(domain), await routes.rules(domain), asked], [null, null, 2])
  said = active
  assert.deepEqual([await routes.rules(domain), asked], [active, 3])
  said = { ...active, state: 'suspended' }
  nowMs = 999
  assert.deepEqual([await routes.rules(domain), asked], [active, 3])
  nowMs = 1_000
  assert.deepEqual([(await routes.rules(domain))?.state, asked], ['suspended', 4])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { DomainRules, RouteStore } from './route.ts'
import { isSuspended } from './suspended.ts'

function storeOf(domains: Readonly<Record<string, { readonly state: DomainRules['state']; readonly aliasOf?: string }>>): RouteStore {
  return {
    entry: async () => null,
    responsible: async () => null,
    claims: async () => false,
    hasStream: async () => false,
      relay: async () => null,
      isRelayed: async () => false,
      patterns: async () => [],
    async rules(name) {
      const found = domains[name]
      if (found === undefined) return null
      return { name, organization: 'o1' as OrganizationId, subaddress: '+', state: found.state, aliasOf: (found.aliasOf ?? null) as Domain | null, ownReturns: false }
    },
  }
}

test('a domain is suspended when it is, or when the domain it stands for is', async () => {
  const store = storeOf({
    open: { state: 'active' },
    shut: { state: 'suspended' },
    near: { state: 'active', aliasOf: 'shut' },
    far: { state: 'active', aliasOf: 'near' },
    fine: { state: 'active', aliasOf: 'open' },
    lost: { state: 'active', aliasOf: 'gone' },
  })
  const suspended = await Array.fromAsync(['open', 'shut', 'near', 'far', 'fine', 'lost', 'gone'], (name) => isSuspended(store, name as Domain))
  assert.deepEqual(suspended, [false, true, true, true, false, false, false])
})

test('domains that stand for each other are asked about a few times and not for ever', async () => {
  assert.equal(await isSuspended(storeOf({ a: { state: 'active', aliasOf: 'b' }, b: { state: 'active', aliasOf: 'a' } }), 'a' as Domain), false)
})

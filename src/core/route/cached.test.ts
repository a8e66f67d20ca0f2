import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, OrganizationId } from '../../base/brand.ts'
import { cachedRoutes } from './cached.ts'
import type { AddressEntry } from './route.ts'

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

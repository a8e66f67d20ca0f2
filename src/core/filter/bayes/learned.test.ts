import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { Learned } from './learned.ts'
import { TokenTable } from './token-table.ts'

test('a hint that comes while a scope is being read is not lost: it is read again at the next question', async () => {
  const asked: string[] = []
  const first = Promise.withResolvers<number>()
  const learned = new Learned(
    {
      async revision({ account }) {
        asked.push(account)
        return account === 'a1' && asked.filter((each) => each === 'a1').length === 1 ? await first.promise : 0
      },
      table: async () => ({ table: new TokenTable(), revision: 0 }),
      changes: async () => [],
      marks: async () => [],
    },
    { nowMs: () => 1_000_000 },
  )
  const ani = { organization: 'o1' as OrganizationId, account: 'a1' as AccountId }
  const waiting = learned.of(ani)
  while (!asked.includes('a1')) await Promise.resolve()
  learned.stale(['a1'])
  first.resolve(0)
  await waiting
  await learned.of(ani)
  await learned.of(ani)
  assert.deepEqual(asked.filter((each) => each === 'a1').length, 2)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandClock } from '../../../../test/support/dns/resolver.ts'
import type { FilterEntry } from './entry.ts'
import type { EntryFacts } from './facts.ts'
import { type EntryHolder, heldEntries } from './held.ts'

const FACTS: EntryFacts = { client: '192.0.2.1', ehlo: null, from: [], envelope: null, signers: [], links: [], recipient: null }
const ANI: EntryHolder = { organization: 'o1', domain: 'home.example', account: 'ani' }
const BUDI: EntryHolder = { ...ANI, account: 'budi' }
const ENTRY: FilterEntry = {
  id: 'e1', organization: '', owner: { kind: 'platform' }, kind: 'net', value: '192.0.2.0/24', action: 'reject', comment: '', author: '', createdMs: 0, expiresMs: null, hits: 0, hitMs: null,
}

/** A store whose entries hold for those who are named, and which tells how it was asked. */
function storeFor(holders: Set<string>): { readonly asked: string[]; readonly entries: ReturnType<typeof heldEntries>; readonly clock: HandClock } {
  const asked: string[] = []
  const clock = new HandClock()
  const entries = heldEntries({
    any: async () => asked.push('any') > 0 && holders.size > 0,
    anyFor: async ({ account }) => asked.push(`any for ${account}`) > 0 && holders.has(account ?? ''),
    matching: async ({ account }) => (asked.push(`for ${account}`) > 0 ? [ENTRY] : []),
  }, clock)
  return { asked, entries, clock }
}

test('where nobody has an entry the store is asked once in two seconds, whoever the recipients are', async () => {
  const { asked, entries, clock } = storeFor(new Set())
  for (const holder of [ANI, BUDI, ANI]) assert.deepEqual(await entries(holder, FACTS, 0), [])
  assert.deepEqual(asked, ['any for ani', 'any'])
  clock.move(2_000)
  assert.deepEqual(await entries(BUDI, FACTS, 0), [])
  assert.deepEqual(asked, ['any for ani', 'any', 'any for budi', 'any'])
})

test('a recipient without entries is asked about once in two seconds, and one with entries for each message', async () => {
  const { asked, entries } = storeFor(new Set(['ani']))
  for (const holder of [ANI, ANI, BUDI, BUDI]) await entries(holder, FACTS, 0)
  assert.deepEqual(asked, ['any for ani', 'for ani', 'any for ani', 'for ani', 'any for budi', 'any'])
})

test('a new entry holds after two seconds, also when the clock was put back', async () => {
  for (const ms of [2_000, -1]) {
    const holders = new Set<string>()
    const { entries, clock } = storeFor(holders)
    assert.deepEqual(await entries(ANI, FACTS, 0), [])
    holders.add('ani')
    assert.deepEqual(await entries(ANI, FACTS, 0), [])
    clock.move(ms)
    assert.deepEqual(await entries(ANI, FACTS, 0), [ENTRY])
  }
})

test('a store that does not answer is asked again', async () => {
  let isDown = true
  const entries = heldEntries({
    any: async () => true,
    async anyFor() {
      if (isDown) throw new Error('down')
      return true
    },
    matching: async () => [ENTRY],
  }, new HandClock())
  await assert.rejects(entries(ANI, FACTS, 0), /down/)
  isDown = false
  assert.deepEqual(await entries(ANI, FACTS, 0), [ENTRY])
})

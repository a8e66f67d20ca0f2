import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Domain, OrganizationId } from '../../../base/brand.ts'
import type { Answer } from '../../../base/dns.ts'
import { keyName } from '../../../proto/dkim/key-record.ts'
import { claimOf } from '../claim.ts'
import { type DkimKey, makeDkimKeys } from '../dkim.ts'
import type { ProofFound } from './pending.ts'
import { prove } from './prove.ts'

const NOW = 1_800_000_000_000
const SECRET = new Uint8Array(32)
const NAME = 'toko.example' as Domain
const [TOKO, WARUNG] = ['o-toko', 'o-warung'] as unknown as readonly [OrganizationId, OrganizationId]

let keys: readonly DkimKey[]
before(async () => {
  keys = await makeDkimKeys(NOW, NOW)
})

/** What is found where DNS has these texts; it says nothing about names that are null. */
function found(texts: Readonly<Record<string, string | null>>, own: readonly DkimKey[] = keys): Promise<ProofFound> {
  const txt = async (name: string): Promise<Answer<string>> => {
    const text = texts[name]
    if (text === null) return { kind: 'failed', why: 'timeout', detail: '' }
    if (text === undefined) return { kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: 0 }
    return { kind: 'found', records: [text], name, aliases: [], authentic: false, ttlMs: 0, stale: false }
  }
  return prove({ secret: SECRET, keysOf: async (organization) => (organization === TOKO ? own : []), txt, nowMs: () => NOW }, TOKO, NAME, new AbortController().signal)
}

test('a name is proven by the record that was made for its organization, or by one of its keys', async () => {
  const { name, value } = claimOf(TOKO, NAME, SECRET)
  assert.deepEqual(await found({ [name]: value }), { kind: 'proven', by: 'txt' })
  for (const { selector, record } of keys) assert.deepEqual(await found({ [keyName(selector, NAME)]: record }), { kind: 'proven', by: 'dkim' })
  assert.deepEqual(await found({ [name]: null, [keyName(keys[0]?.selector ?? '', NAME)]: keys[0]?.record ?? '' }), { kind: 'proven', by: 'dkim' })
})

test('neither the record of another organization, nor another key, nor a key of ours that does not sign proves anything', async () => {
  const { name, value } = claimOf(TOKO, NAME, SECRET)
  const missing = { kind: 'missing', why: `publish the TXT record ${name} "${value}"` }
  const [other] = await makeDkimKeys(NOW, NOW)
  assert.deepEqual(await found({ [name]: claimOf(WARUNG, NAME, SECRET).value }), missing)
  assert.deepEqual(await found({ [keyName(keys[0]?.selector ?? '', NAME)]: other?.record ?? '' }), missing)
  assert.deepEqual(await found({ [keyName(keys[0]?.selector ?? '', NAME)]: 'v=DKIM1; p=' }), missing)
  const waiting = keys.map((key) => ({ ...key, activeMs: NOW + 1 }))
  assert.deepEqual(await found({ [keyName(keys[0]?.selector ?? '', NAME)]: keys[0]?.record ?? '' }, waiting), missing)
})

test('a DNS that is silent proves nothing, and is no fault', async () => {
  const { name } = claimOf(TOKO, NAME, SECRET)
  assert.deepEqual(await found({ [name]: null }), { kind: 'unknown', why: `DNS does not say what is at ${name}` })
})

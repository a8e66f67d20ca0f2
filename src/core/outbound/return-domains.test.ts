import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, Domain } from '../../base/brand.ts'
import type { Answer } from '../../base/dns.ts'
import { makeId } from '../../base/ids.ts'
import { NOW_MS } from '../../../test/support/people.ts'
import { returnPathOf } from '../bounce/return-path.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import { ReturnDomains } from './return-domains.ts'
import { outgoingOf } from './transaction.ts'

const D = 'toko.example' as Domain
const SENDER = 'b-x@mx.rumah.example'
const common = { name: '', aliases: [], authentic: false, ttlMs: 1 }
const found = (...records: readonly string[]): Answer<string> => ({ kind: 'found', records, stale: false, ...common })

test('an alias of our host is believed for five minutes, an answer that did not come is none, and each is asked for once', async () => {
  let nowMs = NOW_MS
  let answer: Answer<string> = found('MX.rumah.example')
  const asked: string[] = []
  const domains = new ReturnDomains({ hostname: 'mx.rumah.example', cname: async (name) => (asked.push(name), answer), clock: { nowMs: () => nowMs } })
  assert.deepEqual(await Promise.all([domains.of(D, SENDER), domains.of(D, SENDER)]), ['bounce.toko.example', 'bounce.toko.example'])
  answer = { kind: 'failed', why: 'timeout', detail: 'no answer' }
  nowMs += 5 * 60_000 - 1
  assert.equal(await domains.of(D, SENDER), 'bounce.toko.example')
  nowMs += 1
  assert.equal(await domains.of(D, SENDER), null)
  assert.deepEqual(asked, ['bounce.toko.example', 'bounce.toko.example'])
  answer = found('mx.lain.example')
  assert.equal(await domains.of('lain.example' as Domain, SENDER), null)
  assert.equal(await domains.of(D, 'b-x@toko.example'), null)
  assert.equal(asked.length, 3)
})

test('only a return path of ours goes under it; people keep their address, and reports have none', () => {
  const wishes = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false }
  const content = { sizeBytes: 0, body: '7BIT', utf8Header: false, open: async function* () {} } as const
  const fromOf = (sender: string): string | null => {
    const delivery = { sender, recipient: 'budi@far.example', wishes } as unknown as LeasedDelivery // Nothing else of it goes into the envelope.
    return outgoingOf({ deliveries: [delivery] }, content, 'bounce.toko.example' as Domain)?.sender.from?.text ?? null
  }
  const local = returnPathOf(makeId('q', NOW_MS) as DeliveryId, new Uint8Array(32))
  assert.deepEqual([`${local}@mx.rumah.example`, 'ani@toko.example', ''].map(fromOf), [`${local}@bounce.toko.example`, 'ani@toko.example', null])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event, EventType } from '../event/event.ts'
import { countedIn } from './counted.ts'

function told(type: EventType, data: unknown): ReturnType<typeof countedIn> {
  return countedIn({ type, data } as Event)
}

test('a failure counts by whose matter it is and by provider, which its site tells, or else the domain', () => {
  assert.deepEqual(told('delivery.failed', { category: 'bad-mailbox', site: 'gmail', recipient: 'a@kantor.example' }), { kind: 'bounce', class: 'hard', provider: 'gmail' })
  assert.deepEqual(told('delivery.failed', { category: 'block-ip', site: 'mx-0123456789abcdef', recipient: 'a@kantor.example' }), { kind: 'bounce', class: 'block', provider: 'other' })
  assert.deepEqual(told('delivery.bounced', { category: 'bad-mailbox', recipient: 'a@telkom.net' }), { kind: 'bounce', class: 'hard', provider: 'id-telkom' })
})

test('what expired counts as its last try, and what nobody has classified as a technical failure', () => {
  assert.deepEqual(told('delivery.failed', { category: 'expired', underlying: 'bad-domain' }), { kind: 'bounce', class: 'hard', provider: 'other' })
  assert.deepEqual(told('delivery.failed', { category: 'expired' }), { kind: 'bounce', class: 'soft', provider: 'other' })
  assert.deepEqual(told('delivery.failed', {}), { kind: 'bounce', class: 'tech', provider: 'other' })
})

test('a complaint counts; feedback that is none, and events of other kinds, do not', () => {
  assert.deepEqual(told('delivery.complained', { category: 'complaint', site: 'gmail' }), { kind: 'complaint', provider: 'gmail' })
  assert.equal(told('delivery.complained', { category: null, action: 'not-spam' }), null)
  for (const data of [null, 'text', { category: 'bad-mailbox' }]) assert.equal(told('delivery.deferred', data), null)
})

test('what is pretended of mail of a test key counts as nothing', () => {
  assert.equal(told('delivery.failed', { category: 'bad-mailbox', site: 'demo', mode: 'test' }), null)
  assert.equal(told('delivery.complained', { category: 'complaint', site: 'demo', mode: 'test' }), null)
})

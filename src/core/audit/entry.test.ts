import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { redacted } from './entry.ts'
import { MAX_SHOWN_BYTES } from './limits.ts'

test('what is secret is not kept, wherever it stands, and addresses lose their query', () => {
  const kept = redacted({ name: 'x', password: 'rahasia', list: [{ key: 'rahasia', old_secret: 'rahasia', csrf_token: 'rahasia' }], code: 'rahasia', url: 'https://u:rahasia@example.org/hook?token=rahasia', endpoint: 'https://example.org/?t=rahasia', id: 'k-1', secret: null })
  assert.doesNotMatch(JSON.stringify(kept), /rahasia/)
  assert.deepEqual([(kept as { readonly name: string }).name, (kept as { readonly url: string }).url, (kept as { readonly secret: null }).secret], ['x', 'https://example.org/hook', null])
})

test('whatever somebody sends is bounded and never throws', () => {
  fc.assert(fc.property(fc.anything({ maxDepth: 20, withNullPrototype: false }), (value) => {
    assert.ok(Buffer.byteLength(JSON.stringify(redacted(JSON.parse(JSON.stringify(value) ?? 'null')))) <= MAX_SHOWN_BYTES)
  }))
  assert.deepEqual(redacted({ text: 'x'.repeat(10_000) }), { left_out_bytes: 10_011 })
})

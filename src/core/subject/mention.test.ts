import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentionOf } from './mention.ts'

test('an address is found whole, in any case and in URLs, and no longer one for it', () => {
  const mention = mentionOf('budi.s@far.example')
  for (const text of ['budi.s@far.example', '<BUDI.S@Far.Example>', '{"a":"budi.s@far.example"}', 'u=budi.s%40far.example&x', 'q=%22budi.s%40FAR.example', 'to budi.s@far.example.', 'rfc822;budi.s@far.example']) {
    assert.ok(mention.isIn(text), text)
    assert.ok(!mention.isIn(mention.replaceIn(text, 'x@erased.invalid')), text)
  }
  for (const text of ['abudi.s@far.example', 'x.budi.s@far.example', 'x+budi.s@far.example', 'budi.s@far.example.org', 'budi.s@far.example-x', 'budixs@far.example', 'budi.s@farxexample', 'ébudi.s@far.example']) {
    assert.ok(!mention.isIn(text), text)
    assert.equal(mention.replaceIn(text, 'x'), text)
  }
  assert.equal(mention.replaceIn('a budi.s@far.example, Budi.S@far.example', 'x'), 'a x, x')
})

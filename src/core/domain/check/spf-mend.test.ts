import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mendSpf } from './spf-mend.ts'

const nothing: ReadonlySet<string> = new Set()

test('whoever else may send still may, and what does harm is gone', () => {
  const mend = (texts: readonly string[], add: readonly string[] = [], drop: readonly string[] = []): string => mendSpf({ texts, add, drop: new Set(drop) })
  assert.equal(mend(['v=spf1 include:a.example +all']), 'v=spf1 include:a.example ~all')
  assert.equal(mend(['v=spf1 include:a.example -all', 'v=spf1 ip4:192.0.2.1 ~all'], ['a:mx.example']), 'v=spf1 a:mx.example include:a.example ip4:192.0.2.1 ~all')
  assert.equal(mend(['v=spf1 ptr mx ip4:1.2.3 -all'], [], ['ip4:1.2.3']), 'v=spf1 mx -all')
  assert.equal(mend(['v=spf1 redirect=b.example']), 'v=spf1 redirect=b.example')
  assert.equal(mend(['v=spf1 mx redirect=b.example ?all']), 'v=spf1 mx ~all')
  assert.equal(mend([], ['a:mx.example']), 'v=spf1 a:mx.example ~all')
})

test('a mended record has one version, one end, and every term once', () => {
  const term = fc.constantFrom('mx', 'a', 'ptr', '+all', 'all', '-all', '~all', '?all', 'include:a.example', 'ip4:192.0.2.1', 'redirect=b.example', '', 'v=spf1', '__proto__')
  fc.assert(fc.property(fc.array(fc.array(term, { maxLength: 8 }).map((terms) => ['v=spf1', ...terms].join(' ')), { maxLength: 3 }), fc.array(fc.constantFrom('a:mx.example', 'mx'), { maxLength: 2 }), (texts, add) => {
    const words = mendSpf({ texts, add, drop: nothing }).split(' ')
    assert.equal(words.filter((word) => word === 'v=spf1').length, 1)
    assert.match(words.at(-1) ?? '', /^(?:[~-]all|redirect=b\.example)$/)
    assert.equal(new Set(words).size, words.length)
    for (const each of add) assert.ok(words.includes(each))
  }))
})

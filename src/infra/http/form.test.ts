import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readForm } from './form.ts'
import { MAX_FORM_FIELDS } from './limits.ts'

const TYPE = 'application/x-www-form-urlencoded'

test('a form is read as browsers write it', () => {
  const read = (text: string, type = TYPE): unknown => {
    const fields = readForm(type, Buffer.from(text, 'latin1'))
    return fields === null ? null : Object.fromEntries(fields)
  }
  assert.deepEqual(read('a=b+c&d=%C3%BC%26&e=&f'), { a: 'b c', d: 'ü&', e: '', f: '' })
  assert.deepEqual(read('a=1&a=2'), { a: '1' })
  assert.deepEqual(read('a=%zz&b=100%'), { a: '%zz', b: '100%' })
  assert.deepEqual(read('', `${TYPE}; charset=UTF-8`), {})
  assert.equal(read('a=%FF'), null)
  assert.equal(read('a=1', 'application/json'), null)
  assert.equal(read('a=1', `${TYPE}x`), null)
  assert.equal(read('a&'.repeat(MAX_FORM_FIELDS)), null)
})

test('what URLSearchParams writes comes back', () => {
  const field = fc.string({ unit: 'grapheme', maxLength: 20 })
  fc.assert(fc.property(fc.uniqueArray(fc.tuple(field, field), { selector: ([name]) => name, minLength: 1, maxLength: MAX_FORM_FIELDS }), (pairs) => {
    assert.deepEqual([...(readForm(TYPE, Buffer.from(new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString())) ?? [])], pairs)
  }))
})

test('whatever bytes come, they are a form or none', () => {
  const pieces = fc.constantFrom(...[..."&=+%", '%4', '%41', '%C3', 'ü', '\0', 'name'].map((text) => Buffer.from(text)))
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.array(pieces, { maxLength: 100 }).map((all) => Buffer.concat(all))), (body) => {
    const fields = readForm(TYPE, body)
    if (fields !== null) assert.ok(fields.size <= MAX_FORM_FIELDS && [...fields.values()].every((value) => value.isWellFormed()))
  }))
})

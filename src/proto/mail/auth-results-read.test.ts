import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { authenticationResults } from './auth-results.ts'
import { resultsOf } from './auth-results-read.ts'

const short = (value: string): readonly string[] => resultsOf(value).map(({ method, result }) => `${method}=${result}`)

test('methods and results are read, and nothing that hides in quotes and comments', () => {
  assert.deepEqual(short('mx.test; spf=pass smtp.mailfrom=a@b.test; DKIM / 1 = Fail reason="x; dmarc=pass"; dmarc=none (arc=pass; iprev=pass)'), ['spf=pass', 'dkim=fail', 'dmarc=none'])
  assert.deepEqual(short('mx.test (a(b)c;dmarc=pass)); spf=neutral (x)'), ['spf=neutral'])
  assert.deepEqual(short('dmarc=pass'), [])
  assert.deepEqual(short('mx.test; "dmarc"=pass; dmarc="pass"; dmarc=pass-ish; none'), [])
})

test('what we write is read as it was meant', () => {
  const word = fc.string({ unit: 'binary', maxLength: 30 })
  const result = fc.record({ method: fc.constantFrom('spf', 'dkim', 'dmarc'), result: fc.constantFrom('pass', 'fail', 'none'), reason: fc.option(word), properties: fc.array(fc.tuple(fc.constant('header.d'), word), { maxLength: 3 }) })
  fc.assert(fc.property(word, fc.array(result, { minLength: 1, maxLength: 5 }), (id, results) => {
    const field = authenticationResults(id, results)
    assert.deepEqual(short(field.slice(field.indexOf(':') + 1)), results.map((each) => `${each.method}=${each.result}`))
  }))
})

test('any text is read in linear time', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    assert.ok(resultsOf(text).length <= 100)
  }))
  for (const piece of ['(', '"', ';a=', 'a = ', '\\', ';dmarc=pass ']) resultsOf(piece.repeat(100_000))
})

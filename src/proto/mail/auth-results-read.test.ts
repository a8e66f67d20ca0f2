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

test('properties are read with their values, quoted or not, and words that are none are passed over', () => {
  const properties = (value: string): readonly string[] => resultsOf(value).flatMap((each) => each.properties.map(([name, text]) => `${name} ${text}`))
  assert.deepEqual(properties('mx.test; dkim=pass reason="x header.d=evil.test" header.D = "b.test" (header.s=evil) header . b="abcd/+=="; dmarc=pass header.from=b.test junk policy.dmarc=none'), ['header.d b.test', 'header.b abcd/+==', 'header.from b.test', 'policy.dmarc none'])
  assert.deepEqual(properties('mx.test; spf=pass smtp.mailfrom="a; \\"b"@c.test; dmarc=pass'), ['smtp.mailfrom a; "b@c.test'])
  assert.deepEqual(properties('mx.test; spf=pass .x=1 header.=2 ="3" header.x'), [])
  assert.deepEqual(short('mx.test; dm"x"arc=pass; dmarc=pa"x"ss'), [])
})

test('what we write is read as it was meant', () => {
  const word = fc.string({ unit: 'binary', maxLength: 30 })
  const result = fc.record({ method: fc.constantFrom('spf', 'dkim', 'dmarc'), result: fc.constantFrom('pass', 'fail', 'none'), reason: fc.option(word), properties: fc.array(fc.tuple(fc.constant('header.d'), word), { maxLength: 3 }) })
  fc.assert(fc.property(word, fc.array(result, { minLength: 1, maxLength: 5 }), (id, results) => {
    const field = authenticationResults(id, results)
    assert.deepEqual(short(field.slice(field.indexOf(':') + 1)), results.map((each) => `${each.method}=${each.result}`))
    // RFC 2045 §5.1 has no room for what is foreign, or controls: those values are not as they were.
    for (const [at, { properties }] of resultsOf(field.slice(field.indexOf(':') + 1)).entries()) {
      const written = results[at]?.properties ?? []
      assert.equal(properties.length, written.length)
      for (const [index, [, text]] of written.entries()) if (/^[!-~]+$/.test(text)) assert.deepEqual(properties[index], ['header.d', text])
    }
  }))
})

test('any text is read in linear time', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    assert.ok(resultsOf(text).length <= 100)
  }))
  for (const piece of ['(', '"', ';a=', 'a = ', '\\', ';dmarc=pass ', 'a.', 'a . ', ' a.b=', '""']) resultsOf(piece.repeat(100_000))
})

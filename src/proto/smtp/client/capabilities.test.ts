import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseCapabilities } from './capabilities.ts'

const offered = (...lines: readonly string[]) => parseCapabilities({ code: 250, status: null, text: lines.join('\n') })

test('keywords are read in any case, and unknown ones are passed over', () => {
  const all = offered('mx.example hello', 'pipelining', 'X-FOO bar', '8bitmime', 'Chunking', 'BINARYMIME', 'SMTPUTF8', 'DSN', 'STARTTLS', 'RequireTLS', 'AUTH plain LOGIN')
  assert.deepEqual(all, {
    extended: true, name: 'mx.example', pipelining: true, chunking: true, binaryMime: true, eightBitMime: true, smtpUtf8: true, dsn: true,
    startTls: true, requireTls: true, size: { kind: 'none' }, auth: ['PLAIN', 'LOGIN'], mailMax: null, rcptMax: null,
  })
})

test('the greeting line is no keyword', () => {
  assert.equal(offered('PIPELINING').pipelining, false)
  assert.equal(offered('', 'PIPELINING').pipelining, true)
})

test('SIZE without a limit is offered', () => {
  for (const line of ['SIZE', 'SIZE 0', 'SIZE lots', 'SIZE -1', `SIZE ${'9'.repeat(30)}`]) assert.deepEqual(offered('a', line).size, { kind: 'offered', maxBytes: null }, line)
  assert.deepEqual(offered('a', 'size  1000 ').size, { kind: 'offered', maxBytes: 1000 })
})

test('LIMITS are numbers from 1 to 999999', () => {
  assert.deepEqual([offered('a', 'LIMITS MAILMAX=5 RCPTMAX=7').mailMax, offered('a', 'LIMITS MAILMAX=5 RCPTMAX=7').rcptMax], [5, 7])
  for (const value of ['0', '05', '', 'x', '1000000']) assert.equal(offered('a', `LIMITS RCPTMAX=${value}`).rcptMax, null)
})

test('any reply is read without complaint', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('A', 'U', 'T', 'H', '=', ' ', '\n', 'SIZE', '9', 'é'), maxLength: 200 }), (text) => {
      const { auth } = parseCapabilities({ code: 250, status: null, text })
      assert.ok(auth.every((name) => /^[A-Z0-9_-]+$/.test(name)))
    }),
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { authenticationResults } from '../../../proto/mail/auth-results.ts'
import { learnedFindings, provenDomain, readLearned, senderPrint } from './read-mail.ts'

const prefixOf = (result: string, from: string): Uint8Array =>
  Buffer.from(
    authenticationResults('mx.home.example', [
      { method: 'spf', result: 'pass', reason: null, properties: [['smtp.mailfrom', 'x@other.example']] },
      { method: 'dmarc', result, reason: null, properties: [['policy.dmarc', 'reject'], ['header.from', from]] },
    ]),
  )

test('what a message proved is read from the field that we wrote ourselves', () => {
  assert.equal(provenDomain(prefixOf('pass', 'Shop.example')), 'shop.example')
  assert.equal(provenDomain(prefixOf('fail', 'shop.example')), null)
  assert.equal(provenDomain(Buffer.from('Received: from x; dmarc=pass header.from=evil.example\r\n')), null)
  assert.equal(provenDomain(new Uint8Array(0)), null)
})

test('nothing that a stranger wrote into a value is taken for proven', () => {
  // MAIL FROM:<"a; dmarc=pass header.from=bank.example;"@from.example>, as SPF's reason and as a property have it.
  const local = '"a; dmarc=pass header.from=bank.example;"'
  const prefix = (spf: { readonly reason: string | null; readonly value: string }, dmarc: string): Uint8Array =>
    Buffer.from(authenticationResults('mx.home.example', [
      { method: 'spf', result: 'temperror', reason: spf.reason, properties: [['smtp.mailfrom', spf.value]] },
      { method: 'dmarc', result: dmarc, reason: 'x; header.from=bank.example', properties: [['header.from', 'from.example']] },
    ]))
  for (const spf of [{ reason: `include:${local}._spf.from.example`, value: 'from.example' }, { reason: null, value: `${local}@from.example` }]) {
    assert.equal(provenDomain(prefix(spf, 'none')), null)
    assert.equal(provenDomain(prefix(spf, 'pass')), 'from.example')
  }
})

test('whatever a prefix holds, it is read', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('dmarc=pass ; dmarc=pass header.from=')), (text) => {
      const domain = provenDomain(Buffer.from(`Authentication-Results: a; ${text}\r\n`))
      assert.ok(domain === null || domain === domain.toLowerCase())
    }),
  )
})

test('a message of several authors is from none of them', () => {
  const of = (from: string) => senderPrint(readLearned(Buffer.from(`From: ${from}\r\n\r\nx\r\n`)).content, null).address
  assert.equal(of('Budi <Budi@Home.example>'), 'budi@home.example')
  assert.equal(of('a@x.example, b@x.example'), '')
})

test('nothing is found when nothing was taught', () => {
  assert.deepEqual(learnedFindings(readLearned(Buffer.from('From: a@x.example\r\n\r\nx\r\n')), { global: null, account: null, marks: [] }, null), [])
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificateFault, covers, OPPORTUNISTIC, type TlsRule } from './tls-rule.ts'

const record = { usage: 3, selector: 1, matchingType: 1, data: Buffer.alloc(32) }
const dane = (byte: number): TlsRule => ({ need: 'dane', by: 'dane', dane: { records: [{ ...record, data: Buffer.alloc(32, byte) }], base: 'mx.test', names: ['mx.test'] } })
const NONE: TlsRule = { need: 'none', by: 'operator' }
const ENCRYPT: TlsRule = { need: 'encrypt', by: 'dane' }
const VERIFY: TlsRule = { need: 'verify', by: 'mta-sts' }

test('a connection is used again only for mail that needs no more than it gives', () => {
  const order = [NONE, OPPORTUNISTIC, ENCRYPT, VERIFY]
  for (const [had, have] of order.entries()) for (const [wanted, want] of order.entries()) assert.equal(covers(have, want), had >= wanted, `${have.need} for ${want.need}`)
})

test('what DANE proved is good for the same records, and for less', () => {
  for (const want of [NONE, OPPORTUNISTIC, ENCRYPT, dane(1)]) assert.ok(covers(dane(1), want), want.need)
  for (const want of [VERIFY, dane(2)]) assert.ok(!covers(dane(1), want), want.need)
  for (const have of [NONE, OPPORTUNISTIC, ENCRYPT, VERIFY]) assert.ok(!covers(have, dane(1)), have.need)
})

test('a certificate that nobody vouches for does where none is asked for, and nowhere else', () => {
  const shown = { trusted: false, fault: 'SELF', chain: [Buffer.from('x')] }
  for (const rule of [NONE, OPPORTUNISTIC, ENCRYPT]) assert.equal(certificateFault(rule, shown, 0), null, rule.need)
  assert.match(certificateFault(VERIFY, shown, 0)?.text ?? '', /not trusted \(SELF\)/)
  assert.match(certificateFault(dane(1), { ...shown, trusted: true }, 0)?.text ?? '', /no certificate/)
  for (const rule of [VERIFY, dane(1)]) assert.match(certificateFault(rule, null, 0)?.text ?? '', /no certificate/)
  assert.equal(certificateFault(VERIFY, { ...shown, trusted: true }, 0), null)
})

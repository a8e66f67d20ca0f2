import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finding } from '../finding.ts'
import { judgeOutgoing } from './content.ts'
import { HOLD_SCORE } from './limits.ts'

const NOTHING = new Map<string, number>()

test('a message is held from a score of 8 on, with the gravest rules as the reason', () => {
  const { held, score } = judgeOutgoing([finding('URL_IP', '192.0.2.1'), finding('DBL_PHISH', 'palsu.example')], NOTHING)
  assert.equal(score, HOLD_SCORE)
  assert.deepEqual(held, { by: 'score', why: 'score 8.0: DBL_PHISH, URL_IP' })
  assert.equal(judgeOutgoing([finding('DBL_PHISH', 'palsu.example'), finding('URL_SHORTENER', 'pendek.example')], NOTHING).held, null)
})

test('the name of a company is held whatever the score, unless the operator gives that rule none', () => {
  const brand = [finding('BRAND_NAME', 'Bank Contoh <ani@rumah.test>')]
  assert.deepEqual(judgeOutgoing(brand, NOTHING).held, { by: 'brand', why: 'brand: BRAND_NAME' })
  assert.equal(judgeOutgoing(brand, new Map([['BRAND_NAME', 0]])).held, null)
})

test('what speaks of a client, or of a header that is not complete yet, does not count', () => {
  const { score, reasons } = judgeOutgoing(['MSGID_MISSING', 'DATE_MISSING', 'DNSBL_PBL', 'RDNS_NONE', 'SPF_FAIL'].map((rule) => finding(rule, 'x')), NOTHING)
  assert.deepEqual([score, reasons], [0, []])
})

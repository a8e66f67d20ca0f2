import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BRANDS } from '../table/brands.ts'
import { knownDomains, knownPrefix, listedDomains, lookalikeIn, lookalikeOf } from './lookalike.ts'
import { mixesScripts } from '../../../base/scripts.ts'
import { nameKey, nameWords, skeletonOf } from './skeleton.ts'

const NAMES = ['merpatipos.example', 'bca.co.id', 'gudang-baru.example', 'tokopedia.com']
const KNOWN = knownDomains(NAMES)

test('What looks like a known domain is told, and how', () => {
  const found: readonly (readonly [domain: string, how: string | null])[] = [
    ['merpatipos.example', null], ['bca.co.id', null], ['kantor.example', null],
    ['rnerpatipos.example', 'skeleton'], ['merpat1pos.example', 'skeleton'], ['gudangbaru.example', 'skeleton'], ['merpati-pos.com', 'skeleton'],
    ['xn--mrpatipos-g0h.example', 'skeleton'], // The е is Cyrillic.
    ['merpatpos.example', 'letter'], ['merpatiposs.example', 'letter'], ['merpatiqos.example', 'letter'], ['mepratipos.example', 'letter'],
    ['merpatipos.com', 'ending'], ['tokopedia.co', 'ending'],
    // Short names have honest neighbours, and the same letters elsewhere.
    ['bca.com', null], ['bcb.co.id', null], ['bc4.com', null], ['bc4.co.id', 'skeleton'],
  ]
  const list = listedDomains(NAMES)
  for (const [domain, how] of found) {
    assert.equal(lookalikeOf(domain, KNOWN)?.how ?? null, how, domain)
    assert.equal(lookalikeIn(domain, list)?.how ?? null, how, domain)
  }
})

test('A known domain written in front of another is found', () => {
  assert.equal(knownPrefix('bca.co.id.evil.example', 'evil.example', KNOWN), 'bca.co.id')
  assert.equal(knownPrefix('login.tokopedia.com.x.evil.example', 'evil.example', KNOWN), 'tokopedia.com')
  assert.equal(knownPrefix('www.bca.co.id', 'bca.co.id', KNOWN), null)
  assert.equal(knownPrefix('abca.co.id.evil.example', 'evil.example', KNOWN), null)
})

test('Names are compared by their words, in any order and any letters that look alike', () => {
  assert.equal(nameKey('Wulandari, SARI'), nameKey('sari wulandari'))
  assert.equal(nameKey('S\u0430ri Wul\u00e1ndari'), nameKey('Sari Wulandari'))
  assert.equal(nameWords(' "J&T"  Express! '), 'j&t express')
  assert.equal(nameKey('\u200b'), '')
  assert.ok(mixesScripts('P\u0430ypal') && !mixesScripts('\u041f\u0440\u0438\u0432\u0435\u0442 dunia') && !mixesScripts('Paypal'))
})

test('No brand’s domain looks like another brand’s', () => {
  const known = knownDomains(BRANDS.flatMap(({ domains }) => domains))
  for (const domain of known.domains) assert.equal(lookalikeOf(domain, known), null)
})

const label = fc.stringMatching(/^[a-z]{6,12}$/)

test('A long label with one letter changed, added, left out or swapped is always found', () => {
  fc.assert(
    fc.property(label, fc.nat(), fc.constantFrom('change', 'add', 'leave', 'swap'), fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), (name, place, how, letter) => {
      const at = place % (name.length - 1)
      const [front, back] = [name.slice(0, at), name.slice(at)]
      const changed = { change: front + letter + back.slice(1), add: front + letter + back, leave: front + back.slice(1), swap: front + back.charAt(1) + back.charAt(0) + back.slice(2) }[how]
      const found = lookalikeOf(`${changed}.example`, knownDomains([`${name}.example`]))
      if (changed === name) assert.equal(found, null)
      else assert.notEqual(found, null)
    }),
  )
})

test('Whatever the text, its skeleton, words and look-alikes are told without a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.constantFrom('__proto__', 'xn--', 'xn--a.xn--b', '.', '..')), (text) => {
      assert.ok(!skeletonOf(text).includes('-'))
      assert.equal(nameWords(text).trim(), nameWords(text))
      lookalikeOf(text, KNOWN)
      knownPrefix(text, text, KNOWN)
      mixesScripts(text)
    }),
    { numRuns: 1000 },
  )
})

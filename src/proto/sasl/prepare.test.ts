import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { prepare } from './prepare.ts'

test('The examples of RFC 4013 section 3 come out as printed there, save the one on direction', () => {
  assert.equal(prepare('I\u00adX'), 'IX')
  assert.equal(prepare('user'), 'user')
  assert.equal(prepare('USER'), 'USER')
  assert.equal(prepare('\u00aa'), 'a')
  assert.equal(prepare('\u2168'), 'IX')
  assert.equal(prepare('\u0007'), null)
})

test('An Arabic password that ends in a digit is taken', () => {
  assert.equal(prepare('\u0627\u0031'), '\u06271')
})

test('Other spaces become the ASCII space, and what is mapped to nothing leaves nothing', () => {
  assert.equal(prepare('a\u00a0b\u3000c'), 'a b c')
  assert.equal(prepare('\u00ad\u200d'), null)
  assert.equal(prepare(''), null)
})

test('Composed and decomposed forms of a password are the same password', () => {
  assert.equal(prepare('re\u0301sume\u0301'), prepare('r\u00e9sum\u00e9'))
})

test('Controls, private use, lone surrogates, direction marks and tags are forbidden', () => {
  for (const bad of ['a\tb', 'a\u0085', '\ue000', '\ud800', 'a\u202eb', '\u{e0041}', '\ufffd', '\uffff']) assert.equal(prepare(bad), null)
})

test('Preparing twice is preparing once, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const once = prepare(text)
      if (once !== null) assert.equal(prepare(once), once)
    }),
    { numRuns: 2000 },
  )
})

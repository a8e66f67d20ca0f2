import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseClient } from './client.ts'
import { MAX_RECORD_CHARS } from './limits.ts'
import { expandName, expandText, type MacroLetter, parseMacros } from './macro.ts'
import { isSpf, parseRecord } from './record.ts'

test('only text that begins with the version, alone or before a space, is a policy', () => {
  for (const text of ['v=spf1', 'V=SPF1 -all', 'v=spf1 ']) assert.equal(isSpf(text), true, text)
  for (const text of ['', 'v=spf1-all', 'v=spf10', ' v=spf1', 'v=spf2 -all', 'v=DKIM1', 'v=spf1\t-all']) assert.equal(isSpf(text), false, text)
})

test('terms are read with their qualifiers, in any case, and spaces at the end are nothing', () => {
  const read = parseRecord('v=spf1  IP4:192.0.2.0/24 -a/24//64 ~mx:mx.example ?ptr exists:%{ir}.x.example redirect=_spf.example.org Exp=why.example x-new=%{c} ')
  assert.ok(read.ok)
  assert.deepEqual(read.value.directives.map(({ qualifier, mechanism, text }) => [qualifier, mechanism.kind, text]), [
    ['pass', 'ip', 'IP4:192.0.2.0/24'], ['fail', 'a', '-a/24//64'], ['softfail', 'mx', '~mx:mx.example'], ['neutral', 'ptr', '?ptr'], ['pass', 'exists', 'exists:%{ir}.x.example'],
  ])
  assert.partialDeepStrictEqual(read.value.directives[1]?.mechanism, { bits4: 24, bits6: 64, target: null })
  assert.equal(read.value.redirect?.text, 'redirect=_spf.example.org')
  assert.equal(read.value.explanation?.text, 'Exp=why.example')
})

test('an error anywhere is told with its term', () => {
  const wrong: Readonly<Record<string, string>> = {
    'all:x': 'all:x', 'all/8': 'all/8', 'all.': 'all.', include: 'include', 'include:': 'include:', 'ip4:192.0.2.256': 'ip4:192.0.2.256', 'ip4:192.0.2': 'ip4:192.0.2', 'ip4:01.2.3.4': 'ip4:01.2.3.4',
    'ip4:192.0.2.1/33': 'ip4:192.0.2.1/33', 'ip4:192.0.2.1/024': 'ip4:192.0.2.1/024', 'ip6:2001:db8::/129': 'ip6:2001:db8::/129', 'ip6:::1%eth0': 'ip6:::1%eth0', 'ip6:192.0.2.1': 'ip6:192.0.2.1',
    'a:192.0.2.1': 'a:192.0.2.1', 'a:localhost': 'a:localhost', 'a/33': 'a/33', 'a//129': 'a//129', 'a/24/64': 'a/24/64', 'a:x.-y': 'a:x.-y', 'a:%{c}.x.example': 'a:%{c}.x.example', 'a:%{q}.x.example': 'a:%{q}.x.example',
    'exists:%{d0}': 'exists:%{d0}', 'a:x%y.example': 'a:x%y.example', '-redirect=x.example': '-redirect=x.example', 'redirect=': 'redirect=', '=x': '=x', '1a=x': '1a=x', 'x=%': 'x=%', 'ipv4:192.0.2.1': 'ipv4:192.0.2.1',
    'a:\u00e4.example': 'a:\u00e4.example', 'mx:x.example\0': 'mx:x.example\0', 'constructor:x': 'constructor:x', '__proto__=%x': '__proto__=%x',
  }
  for (const [term, told] of Object.entries(wrong)) {
    const read = parseRecord(`v=spf1 ip4:192.0.2.1 ${term} -all`)
    assert.equal(read.ok, false, term)
    assert.equal(read.error.term, told)
    assert.notEqual(read.error.problem, '')
  }
  for (const twice of ['redirect=a.example redirect=a.example', 'exp=a.example exp=b.example']) assert.equal(parseRecord(`v=spf1 ${twice}`).ok, false, twice)
  assert.equal(parseRecord(`v=spf1 ${'a '.repeat(MAX_RECORD_CHARS)}`).ok, false)
})

const VALUES: Readonly<Record<MacroLetter, string>> = {
  s: 'strong-bad@email.example.com', l: 'strong-bad', o: 'email.example.com', d: 'email.example.com', i: '192.0.2.3', p: 'mx.example.org', v: 'in-addr', h: 'mail.example.com', c: '192.0.2.3', r: 'mx.test', t: '1700000000',
}

async function expanded(text: string): Promise<string> {
  const parts = parseMacros(text, { in: 'text' })
  assert.ok(parts.ok, text)
  return await expandText(parts.value, async (letter) => VALUES[letter], 1000)
}

test('macros expand as the examples of RFC 7208 §7.4 say', async () => {
  const examples: Readonly<Record<string, string>> = {
    '%{s}': 'strong-bad@email.example.com', '%{o}': 'email.example.com', '%{d}': 'email.example.com', '%{d4}': 'email.example.com', '%{d3}': 'email.example.com', '%{d2}': 'example.com', '%{d1}': 'com',
    '%{dr}': 'com.example.email', '%{d2r}': 'example.email', '%{l}': 'strong-bad', '%{l-}': 'strong.bad', '%{lr}': 'strong-bad', '%{lr-}': 'bad.strong', '%{l1r-}': 'strong',
    '%{ir}.%{v}._spf.%{d2}': '3.2.0.192.in-addr._spf.example.com', '%{lr-}.lp._spf.%{d2}': 'bad.strong.lp._spf.example.com', '%{lr-}.lp.%{ir}.%{v}._spf.%{d2}': 'bad.strong.lp.3.2.0.192.in-addr._spf.example.com',
    '%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}': '3.2.0.192.in-addr.strong.lp._spf.example.com', '%{d2}.trusted-domains.example.net': 'example.com.trusted-domains.example.net',
    '%{S}': 'strong-bad%40email.example.com', '%%%_%-%{t}': '% %201700000000', '%{d999999999999999999999}': 'email.example.com',
  }
  for (const [text, wanted] of Object.entries(examples)) assert.equal(await expanded(text), wanted, text)
})

test('a name that macros make too long loses labels on its left', async () => {
  const parts = parseMacros('a.%{h}.%{h}.example', { in: 'name' })
  assert.ok(parts.ok)
  const helo = `${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}`
  const name = await expandName(parts.value, async () => helo)
  assert.equal(name, `${'d'.repeat(60)}.${helo}.example`)
})

test('an address is an IPv4 address when it is one inside of IPv6', () => {
  assert.deepEqual(parseClient('::ffff:192.0.2.1'), parseClient('192.0.2.1'))
  assert.equal(parseClient('2001:DB8:0::1')?.text, '2001:db8::1')
  for (const text of ['', 'x', '192.0.2', 'fe80::1%eth0', '[::1]']) assert.equal(parseClient(text), null, text)
})

const PIECES = ['v=spf1', ' ', 'a', 'mx', 'ptr', 'all', '-', '~', '?', 'include:', 'exists:', 'redirect=', 'exp=', 'ip4:', 'ip6:', '192.0.2.1', '::', '/', '//', '24', '%{', '}', 'd', 'i', 'r', '2', '%%', '%', '.', 'x.example', '__proto__', '\0', '\ud800', 'ä']

test('whatever is published, a record is read or refused, and what is read names terms that stand there', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(''))), (rest) => {
    const text = `v=spf1 ${rest}`
    const read = parseRecord(text)
    const terms = read.ok ? read.value.directives.map((directive) => directive.text) : [read.error.term]
    for (const term of terms) assert.ok(text.includes(term))
  }))
})

test('whatever macros are given, what they make is bounded', async () => {
  const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.array(fc.constantFrom(...PIECES, '%{s}', '%{H}', '%{lr-}'), { maxLength: 200 }).map((pieces) => pieces.join('')))
  await fc.assert(fc.asyncProperty(any, fc.string({ unit: 'binary', maxLength: 512 }), async (text, value) => {
    for (const where of ['name', 'text', 'unknown'] as const) {
      const parts = parseMacros(text, { in: where })
      if (!parts.ok) continue
      assert.ok((await expandName(parts.value, async () => value)).length <= 253)
      assert.ok((await expandText(parts.value, async () => value, 400)).length <= 400)
    }
  }))
})

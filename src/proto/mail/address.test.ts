import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { foldLocal, formatAddress, makeAddress, needsUtf8, parseAddress, parsePath } from './address.ts'
import { displayDomain, parseDomain } from './domain.ts'

function textOf(path: string): string {
  const read = parsePath(path)
  if (!read.ok) return read.error
  return read.value.path.kind === 'address' ? read.value.path.address.text : read.value.path.kind
}

describe('domains', () => {
  const accepted = [
    ['example.org', 'example.org'], ['EXAMPLE.org', 'example.org'], ['localhost', 'localhost'], ['a-b.c1', 'a-b.c1'],
    ['bücher.example', 'xn--bcher-kva.example'], ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'], ['faß.de', 'xn--fa-hia.de'],
    ['r3---sn-x.example', 'r3---sn-x.example'], ['r3---sn-x.ü-ü.example', 'r3---sn-x.xn----dhab.example'], ['中国。中国', 'xn--fiqs8s.xn--fiqs8s'], [`${'a'.repeat(63)}.org`, `${'a'.repeat(63)}.org`],
  ] as const
  for (const [text, domain] of accepted) {
    test(`${text.slice(0, 30)} is the domain ${domain.slice(0, 30)}`, () => assert.equal(parseDomain(text), domain))
  }

  const refused = [
    '', '.', 'a.', '.a', 'a..b', '-a.org', 'a-.org', 'a_b.org', 'a b.org', '192.0.2.1', 'example.123', '0x7f.1', 'xn--a.org', 'xn--',
    'é.org.',
    'é/.org', 'é%41.org', 'é:80', 'é@b', '\u00ad', 'a\u0000.org', 'é.0x1', `${'a'.repeat(64)}.org`, `${'a.'.repeat(127)}org`, '[1.2.3.4]',
    'é?x', 'é#x',
    // RFC 5891 §4.2.3.1, also of a U-label behind its A-label.
    'ü-.example', '-ü.example', 'üb--c.example', 'ü---.example', 'xn----eha.example', 'example.ü-',
  ]
  for (const text of refused) test(`${JSON.stringify(text.slice(0, 30))} is no domain`, () => assert.equal(parseDomain(text), null))

  test('a domain of 253 characters passes and one of 254 does not', () => {
    const tail = `.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`
    assert.notEqual(parseDomain(`${'a'.repeat(61)}${tail}`), null)
    assert.equal(parseDomain(`${'a'.repeat(62)}${tail}`), null)
  })

  test('a domain is its own parse, and what is shown of it parses back to it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'grapheme', maxLength: 30 }), fc.string({ maxLength: 30 })), (text) => {
        const domain = parseDomain(text)
        if (domain === null) return
        assert.match(domain, /^[a-z0-9.-]{1,253}$/)
        assert.equal(parseDomain(domain), domain)
        assert.equal(parseDomain(displayDomain(domain)), domain)
      }),
    )
  })
})

describe('paths', () => {
  const read = [
    ['<a@b.example>', 'a@b.example'], ['<A.b+C@B.EXAMPLE>', 'A.b+C@b.example'], ['<>', 'null'], ['<postmaster>', 'postmaster'],
    ['<PostMaster>', 'postmaster'],
    ['<"a b"@c.example>', '"a b"@c.example'], ['<"ab"@c.example>', 'ab@c.example'], ['<"a\\b"@c.example>', 'ab@c.example'],
    ['<"a\\"b"@c.example>', '"a\\"b"@c.example'],
    ['<"a>b"@c.example>', '"a>b"@c.example'], ['<"a@b"@c.example>', '"a@b"@c.example'], ['<""@c.example>', '""@c.example'],
    ['<@x.example,@y.example:a@b.example>', 'a@b.example'], ['<@x.example:a@b.example>', 'a@b.example'],
    ['<a@[192.0.2.1]>', 'a@[192.0.2.1]'], ['<a@[IPv6:2001:DB8:0:0::1]>', 'a@[IPv6:2001:db8::1]'], ['<a@[ipv6:::1]>', 'a@[IPv6:::1]'],
    ['<ü@bücher.example>', 'ü@xn--bcher-kva.example'], ['<u\u0308@b.example>', 'ü@b.example'], ['<"ü x"@b.example>', '"ü x"@b.example'],
    ['<!#$%&\'*+-/=?^_`{|}~@b.example>', '!#$%&\'*+-/=?^_`{|}~@b.example'],
  ] as const
  for (const [path, text] of read) test(`${path} leads to ${text}`, () => assert.equal(textOf(path), text))

  const refused = [
    ['', 'syntax'], ['a@b.example', 'syntax'], ['<a@b.example', 'syntax'], ['<a>', 'syntax'], ['<@b.example>', 'syntax'],
    ['<a@>', 'bad-domain'], ['< a@b.example>', 'syntax'],
    ['<.a@b.example>', 'syntax'], ['<a.@b.example>', 'syntax'], ['<a..b@c.example>', 'syntax'], ['<a b@c.example>', 'syntax'],
    ['<a@b@c.example>', 'bad-domain'],
    ['<"a@b.example>', 'syntax'], ['<"a"b@c.example>', 'syntax'], ['<a@b_c.example>', 'bad-domain'], ['<a@192.0.2.1>', 'bad-domain'],
    ['<a@[192.0.2.256]>', 'bad-literal'],
    ['<a@[192.0.2.1>', 'bad-literal'], ['<a@[IPv6:fe80::1%eth0]>', 'bad-literal'], ['<a@[x:y]>', 'bad-literal'],
    ['<@x.example,y.example:a@b.example>', 'syntax'],
    ['<@x.example:postmaster>', 'syntax'], ['<a\u0000@b.example>', 'syntax'], ['<a\r\nb@c.example>', 'syntax'],
    ['<"a\r\nb"@c.example>', 'syntax'], ['<a\ufffd@b.example>', 'syntax'],
    ['<a\ud800@b.example>', 'syntax'], ['<a\u0085@b.example>', 'syntax'],
  ] as const
  for (const [path, fault] of refused) test(`${JSON.stringify(path)} is refused: ${fault}`, () => assert.equal(textOf(path), fault))

  test('what follows the path in the line is handed back untouched', () => {
    const both = parsePath('<"a> b"@c.example> SIZE=3 <x>')
    assert.ok(both.ok)
    assert.equal(both.value.rest, ' SIZE=3 <x>')
  })

  test('a path knows whether it was written beyond ASCII, although its domain becomes ASCII', () => {
    const unicode = parsePath('<a@bücher.example>')
    assert.ok(unicode.ok && unicode.value.utf8 && unicode.value.path.kind === 'address')
    assert.equal(needsUtf8(unicode.value.path.address), false)
    const plain = parsePath('<a@xn--bcher-kva.example>')
    assert.ok(plain.ok && !plain.value.utf8)
  })

  test('a local part of 64 octets passes and one of 65 does not, in UTF-8 as well', () => {
    assert.equal(parseAddress(`${'a'.repeat(64)}@b.example`).ok, true)
    assert.deepEqual(parseAddress(`${'a'.repeat(65)}@b.example`), { ok: false, error: 'local-too-long' })
    assert.deepEqual(parseAddress(`${'ü'.repeat(33)}@b.example`), { ok: false, error: 'local-too-long' })
  })

  test('a path of 256 octets passes and one of 257 does not', () => {
    const path = (first: number): string => `<${'x'.repeat(64)}@${'a'.repeat(first)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(50)}>`
    assert.equal(path(10).length, 256)
    assert.equal(parsePath(path(10)).ok, true)
    assert.equal(textOf(path(11)), 'too-long')
  })
})

describe('addresses', () => {
  test('hosted mailboxes are compared without case and form', () => {
    assert.equal(foldLocal('Ani.WIJAYA'), 'ani.wijaya')
    assert.equal(foldLocal('JO\u0308RG'), foldLocal('jörg'))
  })

  test('an address is made from a local part that needs quoting', () => {
    const domain = parseDomain('b.example')
    assert.ok(domain !== null)
    assert.equal(makeAddress('a b', domain)?.text, '"a b"@b.example')
    assert.equal(makeAddress('a\r\nb', domain), null)
    assert.equal(makeAddress('a'.repeat(65), domain), null)
  })

  test('any local part that an address can have survives writing and reading', () => {
    const domain = parseDomain('b.example')
    assert.ok(domain !== null)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (local) => {
        const made = makeAddress(local, domain)
        if (made === null) return
        const read = parseAddress(made.text)
        // Quotes count for the limit, so what was made may be too long to be read.
        if (!read.ok) assert.equal(read.error, 'local-too-long')
        else assert.deepEqual(read.value, made)
      }),
    )
  })

  test('reading never throws, and what was read reads the same again', () => {
    const piece = fc.constantFrom(
      '<', '>', '@', '"', '\\', '[', ']', ':', ',', '.', ' ', 'a', 'é', 'b.example', '192.0.2.1', 'IPv6:', '::1', '\r\n', '\0',
      'postmaster',
    )
    fc.assert(
      fc.property(fc.oneof(fc.array(piece, { maxLength: 14 }).map((all) => all.join('')), fc.string({ unit: 'binary' })), (text) => {
        const read = parsePath(text)
        if (!read.ok || read.value.path.kind !== 'address') return
        const { address } = read.value.path
        assert.doesNotMatch(address.text, /[\0-\x1f\x7f]/)
        assert.equal(formatAddress(address), address.text)
        assert.deepEqual(parseAddress(address.text), { ok: true, value: address })
      }),
      { numRuns: 2000 },
    )
  })
})

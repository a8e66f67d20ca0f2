import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mailboxesOf, parseAddressList } from './display-address.ts'

/** `name|mailbox|host`, a dash for null. */
function list(text: string): readonly string[] {
  return parseAddressList(text).map((each) => [each.name, each.mailbox, each.host].map((part) => part ?? '-').join('|'))
}

describe('address lists of display headers', () => {
  const vectors = [
    ['ani@b.example', ['-|ani|b.example']],
    ['<ani@b.example>', ['-|ani|b.example']],
    ['Ani Wijaya <ani@b.example>', ['Ani Wijaya|ani|b.example']],
    ['"Wijaya, Ani" <ani@b.example>, Budi <budi@b.example>', ['Wijaya, Ani|ani|b.example', 'Budi|budi|b.example']],
    ['"Ani \\"the\\" W" <ani@b.example>', ['Ani "the" W|ani|b.example']],
    ['ani@b.example (Ani Wijaya)', ['Ani Wijaya|ani|b.example']],
    ['(before) Ani (within) W <ani@b.example> (after)', ['Ani W|ani|b.example']],
    ['=?utf-8?Q?J=C3=B6rg?= <j@b.example>', ['=?utf-8?Q?J=C3=B6rg?=|j|b.example']],
    ['John Q. Public <j@b.example>', ['John Q. Public|j|b.example']],
    ['"a b"@c.example', ['-|a b|c.example']],
    ['<"a b"@c.example>', ['-|a b|c.example']],
    ['a . b @ c . example', ['-|a.b|c.example']],
    ['<@r.example,@s.example:a@b.example>', ['-|a|b.example']],
    ['a@[192.0.2.1], b@[IPv6:::1]', ['-|a|[192.0.2.1]', '-|b|[IPv6:::1]']],
    ['Team: a@b.example, C <c@d.example>;, e@f.example', ['-|Team|-', '-|a|b.example', 'C|c|d.example', '-|-|-', '-|e|f.example']],
    ['undisclosed-recipients:;', ['-|undisclosed-recipients|-', '-|-|-']],
    ['"My group": a@b.example', ['-|My group|-', '-|a|b.example', '-|-|-']],
    ['a@b.example; c@d.example', ['-|a|b.example', '-|c|d.example']],
    ['root', ['-|root|']],
    ['Root <root>', ['Root|root|']],
    ['a@b.example <a@b.example>', ['a@b.example|a|b.example']],
    ['Ani ani@b.example', ['Ani|ani|b.example']],
    ['Ani <ani@b.example, Budi <budi@b.example>', ['Ani|ani|b.example', 'Budi|budi|b.example']],
    [',, a@b.example ,,', ['-|a|b.example']],
    ['', []],
    ['"unclosed <a@b.example>', ['-|unclosed <a@b.example>|']],
    ['(unclosed a@b.example', []],
    ['ü@bücher.example', ['-|ü|bücher.example']],
    ['<a@b@c.example>', ['-|a@b|c.example']],
    ['<>', ['-||']],
    ['Ani\t<ani@b.example>', ['Ani|ani|b.example']],
  ] as const
  for (const [text, expected] of vectors) {
    test(`${JSON.stringify(text)} reads as ${expected.join(' and ') || 'nothing'}`, () => assert.deepEqual(list(text), expected))
  }

  test('mailboxes are taken out of groups, and those without a domain are left out', () => {
    assert.deepEqual(mailboxesOf(parseAddressList('G: a@b.example, root;, c@d.example')), ['a@b.example', 'c@d.example'])
  })

  test('no more than the limit is read', () => {
    assert.equal(parseAddressList('a@b.example,'.repeat(50), 10).length, 10)
  })

  test('any text is read without throwing, in entries that are whole', () => {
    const piece = fc.constantFrom(
      '<', '>', '@', '"', '\\', '(', ')', '[', ']', ':', ';', ',', '.', ' ', 'a', 'é', '=?utf-8?Q?x?=', 'b.example',
    )
    fc.assert(
      fc.property(fc.oneof(fc.array(piece, { maxLength: 30 }).map((all) => all.join('')), fc.string({ unit: 'binary' })), (text) => {
        for (const entry of parseAddressList(text)) {
          if (entry.mailbox === null) assert.deepEqual(entry, { name: null, mailbox: null, host: null })
          assert.notEqual(entry.name, '')
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a million characters without meaning are read to their end', () => {
    for (const unit of ['>', '.', '"', '(', '"a" ', '<', '@', '[', ':']) assert.ok(parseAddressList(unit.repeat(1_000_000)).length <= 3)
  })

  test('each group that opens is closed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('g:', 'a@b', ',', ';', ' '), { maxLength: 20 }), (pieces) => {
        let depth = 0
        for (const entry of parseAddressList(pieces.join(''))) {
          if (entry.host === null) depth += entry.mailbox === null ? -1 : 1
          assert.ok(depth === 0 || depth === 1)
        }
        assert.equal(depth, 0)
      }),
    )
  })
})

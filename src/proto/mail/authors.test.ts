import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAuthors } from './authors.ts'
import { mailboxesOf, parseAddressList } from './display-address.ts'

test('a list that every reader understands alike gives its addresses', () => {
  const same: Readonly<Record<string, readonly string[]>> = {
    'ani@home.example': ['ani@home.example'],
    '<ani@home.example>': ['ani@home.example'],
    'Ani <ani@home.example>': ['ani@home.example'],
    '"Ani, of home" <ani@home.example> (at work)': ['ani@home.example'],
    'Dr. Ani B. Citra <ani@home.example>': ['ani@home.example'],
    '=?utf-8?q?An=C3=AF?= <ani@home.example>': ['ani@home.example'],
    'ani@home.example <ani@home.example>': ['ani@home.example'],
    'Ani@Home.example <ani@home.example>': ['ani@home.example'],
    'ani@home.example (Ani (the first))': ['ani@home.example'],
    'Ani <ani@home.example>, budi@home.example,': ['ani@home.example', 'budi@home.example'],
    'People: ani@home.example, Budi <budi@home.example>;': ['ani@home.example', 'budi@home.example'],
    '"a b"@home.example': ['"a b"@home.example'],
    'ani@[192.0.2.1]': ['ani@[192.0.2.1]'],
    'Maju, Tbk <ani@home.example>': ['ani@home.example'],
    'Ani < ani@home.example >': ['ani@home.example'],
    'Änï <änï@home.example>': ['änï@home.example'],
  }
  for (const [text, addresses] of Object.entries(same)) assert.deepEqual(readAuthors(text), addresses, text)
})

test('what one reader takes for another author than the next is not read at all', () => {
  const doubtful = [
    'boss@bank.example <ani@home.example>', // A phrase that is another address.
    '<ani@home.example> <boss@bank.example>',
    '<ani@home.example> boss@bank.example',
    'boss@bank.example <ani@home.example',
    '<boss@bank.example',
    'ani@home.example boss@bank.example',
    'Boss boss@bank.example',
    'ani@home.example@bank.example',
    '<@bank.example:ani@home.example>',
    '<ani@home.example,boss@bank.example>',
    '"boss@bank.example',
    '=?utf-8?q?boss=40bank.example?=@home.example',
    'ani@=?utf-8?q?bank.example?=',
    '(boss@bank.example',
    'ani@home.example)',
    '"boss@bank.example"',
    '=?utf-8?q?boss=40bank.example?=',
    'ani@home.example, "boss@bank.example"',
    'a: b: boss@bank.example;;',
    'boss@bank.example:ani@home.example;',
    'group: ani@home.example',
    'ani@home.example;',
    'ani@',
    '@home.example',
    'ani..b@home.example',
    'ani@home.example\\,boss@bank.example',
    '<>',
    `${'('.repeat(50)}${')'.repeat(50)} ani@home.example`,
  ]
  for (const text of doubtful) assert.equal(readAuthors(text), null, text)
})

test('a field without anybody gives nobody', () => {
  for (const text of ['', '  ', ',', '(nobody)', 'undisclosed:;', 'a:, ,;', 'boss', 'Boss, "of bank"']) assert.deepEqual(readAuthors(text), [], text)
})

test('whatever is read, the forgiving reader finds the same addresses', () => {
  const piece = fc.constantFrom('ani', 'boss', '@[', '@', 'home.example', '.', '<', '>', ',', ';', ':', '"', '\\', '(', ')', ' ', '[', ']', '=?q?', '[192.0.2.1]')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
      const text = pieces.join('')
      const read = readAuthors(text)
      if (read === null) return
      const unquoted = read.map((address) => address.replace(/^"(.*)"@/s, (_, local: string) => `${local.replace(/\\(.)/gs, '$1')}@`))
      assert.deepEqual(unquoted, mailboxesOf(parseAddressList(text)), JSON.stringify(text))
    }),
    { numRuns: 20_000 },
  )
})

test('long fields are read in linear time, whatever is in them', () => {
  for (const piece of ['(', '"', '<', 'a ', 'a@b, ', 'a.', 'a@b <', '\\', '(a)', 'g:;', 'é ']) assert.doesNotThrow(() => readAuthors(piece.repeat(60_000 / piece.length)))
})

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { headerDefects, headerLineFault, scanHeader } from './header-scan.ts'
import { fieldText, findFields, firstText, readHeader } from './headers.ts'
import { MAX_FIELDS, MAX_HEADER_BYTES } from './limits.ts'
import { parseMessageIds } from './message-id.ts'

const RULES = { leaveOut: new Set(['bcc', 'return-path']), authservId: 'mx.home.example', orphans: 'leave-out', unusable: 'keep' } as const

function fieldsOf(text: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(text, 'latin1')
  return readHeader(bytes).fields.map((field) => [field.name, fieldText(bytes, field)] as const)
}

describe('header blocks', () => {
  test('fields are cut at lines that do not begin with a blank', () => {
    assert.deepEqual(fieldsOf('A: 1\r\nB : 2\r\n\t3\r\n  4\r\nc:\r\n\r\nD: 5'), [['a', '1'], ['b', '2\t3  4'], ['c', '']])
  })

  test('bare LF ends lines too, and a line that is no field is passed over with its folds', () => {
    assert.deepEqual(fieldsOf('From x\n y\nA: 1\n\nB: 2\n'), [['a', '1']])
    assert.deepEqual(fieldsOf(' orphan: 1\r\nA: 1\r\n: 2\r\nB c: 3\r\n\r\n'), [['a', '1']])
  })

  test('the block ends just past the empty line, and its lines are counted', () => {
    const block = readHeader(Buffer.from('A: 1\r\n 2\r\n\r\nbody\r\n\r\n'))
    assert.deepEqual([block.end, block.lines, block.terminated], [12, 3, true])
  })

  test('a block without an empty line ends with the bytes', () => {
    const block = readHeader(Buffer.from('A: 1\r\nB: 2'))
    assert.deepEqual([block.end, block.lines, block.terminated, block.fields.length], [10, 1, false, 2])
  })

  test('values come without CR, LF and NUL, whatever is in them', () => {
    assert.deepEqual(fieldsOf('A: x\0y\rz\r\n\r\n'), [['a', 'xy z']])
  })

  test('a value that is no UTF-8 is read as windows-1252', () => {
    assert.deepEqual(fieldsOf('A: caf\xe9 \x80\r\nB: caf\xc3\xa9\r\n\r\n'), [['a', 'café €'], ['b', 'café']])
  })

  test('fields are found by name', () => {
    const bytes = Buffer.from('To: a\r\nX: b\r\nTO: c\r\n\r\n')
    const block = readHeader(bytes)
    assert.equal(findFields(block, ['to']).length, 2)
    assert.equal(firstText(bytes, block, 'to'), 'a')
    assert.equal(firstText(bytes, block, 'cc'), null)
  })

  test('beyond the limits no more fields are listed, but the end is found', () => {
    const many = readHeader(Buffer.from(`${'A: 1\r\n'.repeat(MAX_FIELDS + 5)}\r\nbody`))
    assert.deepEqual([many.fields.length, many.terminated, many.defects], [MAX_FIELDS, true, ['too-many-fields']])
    const huge = readHeader(Buffer.from(`A: ${'x'.repeat(MAX_HEADER_BYTES)}\r\nB: 1\r\n\r\n`))
    assert.deepEqual([huge.fields.length, huge.terminated, huge.defects], [0, true, ['header-too-long', 'field-too-long']])
  })

  test('any bytes are cut into fields that lie in order and inside the block', () => {
    const piece = fc.constantFrom('A', ':', ' ', '\r', '\n', '\r\n', '\t', '-', 'é', '\0', 'Subject: x\r\n')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''), 'latin1')
        const block = readHeader(bytes)
        let last = 0
        for (const field of block.fields) {
          assert.ok(last <= field.start && field.start < field.valueStart && field.valueStart <= field.end && field.end <= block.end)
          last = field.end
          assert.doesNotMatch(fieldText(bytes, field), /[\r\n\0]/)
        }
        assert.ok(block.end <= bytes.length)
        assert.equal(block.lines, bytes.subarray(0, block.end).filter((byte) => byte === 10).length)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the scan at the end of DATA', () => {
  const bytes = Buffer.from(
    'Return-Path: <x@evil.example>\r\nReceived: a\r\n\tb\r\nreceived: c\r\nAuthentication-Results: mx.home.example;\r\n spf=pass\r\n' +
      'Authentication-Results: other.example; none\r\nFrom: Ani <ani@b.example>, c@d.example\r\n' +
      'Bcc: secret@b.example,\r\n more@b.example\r\n' +
      'Message-ID: <1@b.example>\r\nSubject: a\r\nSubject: b\r\n\r\nBcc: body\r\n',
  )
  const scan = scanHeader(bytes, RULES)

  test('knows which fields there are and how often a message was received', () => {
    assert.equal(scan.receivedCount, 2)
    assert.equal(scan.names.has('subject') && !scan.names.has('date'), true)
    assert.deepEqual(scan.duplicates, ['subject'])
    assert.deepEqual(headerDefects(scan), ['duplicate-field'])
    assert.equal(scan.messageId, '1@b.example')
  })

  test('gathers the addresses of From', () => {
    assert.deepEqual(scan.from.map((each) => `${each.mailbox}@${each.host}`), ['ani@b.example', 'c@d.example'])
  })

  test('leaves out whole fields: Return-Path, Bcc, and results that speak in our name', () => {
    const left = scan.skips.map((skip) => bytes.toString('latin1', skip.start, skip.end))
    assert.deepEqual(left, [
      'Return-Path: <x@evil.example>\r\n',
      'Authentication-Results: mx.home.example;\r\n spf=pass\r\n',
      'Bcc: secret@b.example,\r\n more@b.example\r\n',
    ])
  })

  test('leaves out folded lines before the first field, which would go on with a field of ours', () => {
    const left = (text: string): readonly string[] => scanHeader(Buffer.from(text), RULES).skips.map(({ start, end }) => text.slice(start, end))
    assert.deepEqual(left(' dkim=pass\r\n\tspf=pass\r\nFrom: a@b.example\r\n\r\nx'), [' dkim=pass\r\n\tspf=pass\r\n'])
    assert.deepEqual(left('  \r\n\r\n body'), ['  \r\n'])
    assert.deepEqual(left(' all'), [' all'])
    assert.deepEqual(left('From: a@b.example\r\n x\r\n\r\n y'), [])
    assert.deepEqual(left('\r\n y'), [])
  })

  test('a header that is too long says so, however its lines are folded', () => {
    const fold = ` ${'x'.repeat(990)}\r\n`.repeat(300)
    for (const text of [fold, `X: y\r\n${fold}`, `no field\r\n${fold}`, `X: ${'x'.repeat(300_000)}`]) {
      assert.ok(scanHeader(Buffer.from(text), RULES).defects.includes('header-too-long'), text.slice(0, 10))
    }
  })

  test('a fault of the header lines is named', () => {
    const fault = (text: string, end = text.length): string | null => headerLineFault(Buffer.from(text), end, 'binary')
    assert.equal(fault('A: b\r\nC: d\r\n\r\n'), null)
    assert.equal(fault('A: b\r\n\r\n\n\r', 8), null)
    for (const text of ['A: b\rFrom: c\r\n', 'A: b\nC: d\r\n', '\n', '\r', 'A\r']) assert.equal(fault(text), 'bare-line-end', JSON.stringify(text))
    assert.equal(fault('A: \0\r\n'), 'nul')
    assert.equal(headerLineFault(Buffer.from('A\0'), 2, 'lines'), 'nul')
  })

  test('our name is recognised in every way of writing it', () => {
    const values = [
      'MX.Home.Example; none', '(c (d) \\)) mx.home.example 1; none', '"mx.home.example"; none', 'mx.home.example',
      '\r\n\tmx.home.example(x); none', 'mx.home.example.; none', '"mx.home.example."; none', 'mx.home.example/1; none',
    ]
    for (const value of values) {
      assert.equal(scanHeader(Buffer.from(`Authentication-Results: ${value}\r\n\r\n`), RULES).skips.length, 1, value)
    }
    for (const value of ['mx.home.example.org; none', 'x.mx.home.example; none', '; mx.home.example', '']) {
      assert.equal(scanHeader(Buffer.from(`Authentication-Results: ${value}\r\n\r\n`), RULES).skips.length, 0, value)
    }
  })

  test('our name is recognised as people read it', () => {
    const leftOut = (id: string): number => scanHeader(Buffer.from(`Authentication-Results: ${id}; dmarc=pass\r\n\r\n`), { ...RULES, authservId: 'mx.xn--bcher-kva.example' }).skips.length
    const ours = ['mx.xn--bcher-kva.example', 'MX.XN--BCHER-KVA.example.', 'mx.bücher.example', 'mx.BÜCHER.example.', 'mx.bu\u0308cher.example', '"mx.bücher.example"', '(c) mx.bücher.example 1', 'mx。bücher.example']
    for (const id of ours) assert.equal(leftOut(id), 1, id)
    for (const id of ['mx.bucher.example', 'bücher.example', 'mx.bücher.example.evil.test', '\ud800']) assert.equal(leftOut(id), 0, id)
  })
})

describe('message ids', () => {
  const vectors = [
    ['<a@b>', ['a@b']], ['<a@b> <c@d>', ['a@b', 'c@d']], ['<a@b><c@d>', ['a@b', 'c@d']], ['text <a@b> (x) <c\t@d>', ['a@b', 'c@d']],
    ['a@b', ['a@b']],
    ['Your message of Monday', []], ['<', []], ['>', []], ['<>', []], ['<<a@b>>', ['a@b']], ['', []], ['<a@b', []],
  ] as const
  for (const [text, ids] of vectors) {
    test(`${JSON.stringify(text)} holds ${ids.join(' and ') || 'none'}`, () => assert.deepEqual(parseMessageIds(text), ids))
  }

  test('of too many, the first and the last ones are kept', () => {
    const text = Array.from({ length: 30 }, (_, at) => `<${at}@x>`).join(' ')
    assert.deepEqual(parseMessageIds(text, 4), ['0@x', '1@x', '28@x', '29@x'])
  })
})

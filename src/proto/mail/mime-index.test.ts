import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { scanHeader } from './header-scan.ts'
import { decodeIndex, encodeIndex, prefixIndex, shiftIndex } from './index-code.ts'
import { MAX_DEPTH, MAX_PARTS } from './limits.ts'
import { indexMessage, MimeIndexer } from './mime-index.ts'
import type { MessageIndex, Part } from './part.ts'

/** The tree as lines: type, then the body as text. */
function shape(bytes: Buffer, part: Part, indent = ''): readonly string[] {
  const own = part.children.length > 0 ? '' : ` ${JSON.stringify(bytes.toString('latin1', part.bodyStart, part.bodyEnd))}`
  return [
    `${indent}${part.type}/${part.subtype} ${part.lines}${own}`, ...part.children.flatMap((child) => shape(bytes, child, `${indent}  `)),
  ]
}

function shapeOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'latin1')
  return shape(bytes, indexMessage(bytes).root)
}

function checkRanges(part: Part): void {
  assert.ok(part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd && part.lines >= 0)
  if (part.type === 'multipart') assert.ok(part.children.length > 0)
  let last = part.bodyStart
  for (const child of part.children) {
    assert.ok(last <= child.headerStart && child.bodyEnd <= part.bodyEnd, 'a part lies in its parent, after the one before it')
    checkRanges(child)
    last = child.bodyEnd
  }
}

function inChunks(bytes: Uint8Array, size: number): MessageIndex {
  const indexer = new MimeIndexer(undefined, null, 1)
  for (let at = 0; at < bytes.length; at += size) indexer.push(bytes.subarray(at, at + size))
  return indexer.finish().index
}

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'

describe('the parts of a message', () => {
  const vectors: readonly (readonly [name: string, text: string, tree: readonly string[]])[] = [
    ['a plain message is one part', 'A: b\r\n\r\none\r\ntwo\r\n', ['text/plain 2 "one\\r\\ntwo\\r\\n"']],
    ['an empty message is one empty part', '', ['text/plain 0 ""']],
    ['a message without a header has an empty one', '\r\nbody', ['text/plain 0 "body"']],
    ['a message without an empty line has no body', 'A: b\r\nC: d\r\n', ['text/plain 0 ""']],
    [
      'the line ending before a delimiter belongs to it', `${MIXED}--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n\r\n--b--\r\n`,
      ['multipart/mixed 8', '  text/plain 0 "one"', '  text/plain 1 "two\\r\\n"'],
    ],
    [
      'preamble and epilogue are no parts', `${MIXED}pre\r\n--b\r\n\r\none\r\n--b--\r\nepi\r\n--b\r\nmore`,
      ['multipart/mixed 7', '  text/plain 0 "one"'],
    ],
    ['blanks may follow a boundary', `${MIXED}--b \t\r\n\r\none\r\n--b-- \r\nepi`, ['multipart/mixed 4', '  text/plain 0 "one"']],
    ['a missing close delimiter ends with the message', `${MIXED}--b\r\n\r\none\r\n`, ['multipart/mixed 3', '  text/plain 1 "one\\r\\n"']],
    [
      'a longer line is not a shorter boundary', `${MIXED}--b\r\n\r\n--bb\r\n--b-\r\n--b x\r\n--b--\r\n`,
      ['multipart/mixed 6', '  text/plain 2 "--bb\\r\\n--b-\\r\\n--b x"'],
    ],
    [
      'a boundary that begins another is not taken for it',
      'Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n' +
        'Content-Type: multipart/alternative; boundary=abc\r\n\r\n--abc\r\n\r\none\r\n--abc--\r\n--ab--\r\n',
      ['multipart/mixed 8', '  multipart/alternative 3', '    text/plain 0 "one"'],
    ],
    [
      'an outer delimiter ends inner parts that were left open',
      `${MIXED}--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--`,
      ['multipart/mixed 9', '  multipart/mixed 2', '    text/plain 0 "one"', '  text/plain 0 "two"'],
    ],
    [
      'the same boundary inside and outside serves the inner multipart first',
      `${MIXED}--b\r\n${MIXED}--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n`,
      ['multipart/mixed 11', '  multipart/mixed 3', '    text/plain 0 "one"', '  text/plain 0 "two"'],
    ],
    [
      'bare LF works as CRLF does', 'Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n',
      ['multipart/mixed 4', '  text/plain 0 "one"'],
    ],
    ['NUL is a byte like others', `${MIXED}--b\r\n\r\no\0e\r\n--b--`, ['multipart/mixed 3', '  text/plain 0 "o\\u0000e"']],
    [
      'a part with a header and no body is empty', `${MIXED}--b\r\nContent-Type: text/html\r\n--b--`,
      ['multipart/mixed 2', '  text/html 0 ""'],
    ],
    [
      'two delimiters in a row make an empty part', `${MIXED}--b\r\n--b\r\n\r\none\r\n--b--`,
      ['multipart/mixed 4', '  text/plain 0 ""', '  text/plain 0 "one"'],
    ],
    ['a multipart without parts gets an empty one', `${MIXED}nothing\r\n`, ['multipart/mixed 1', '  text/plain 0 ""']],
    [
      'a multipart without a boundary is shown as text', 'Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\none\r\n',
      ['text/plain 3 "--b\\r\\n\\r\\none\\r\\n"'],
    ],
    [
      'a boundary may have 8-bit characters',
      'Content-Type: multipart/mixed; boundary="\xc3\xa9"\r\n\r\n--\xc3\xa9\r\n\r\none\r\n--\xc3\xa9--',
      ['multipart/mixed 3', '  text/plain 0 "one"'],
    ],
    ['a Content-Type that is none counts as text', 'Content-Type: nonsense\r\n\r\none', ['text/plain 0 "one"']],
    [
      'a message inside has a root of its own',
      `${MIXED}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\none\r\ntwo\r\n--b--\r\n`,
      ['multipart/mixed 8', '  message/rfc822 3', '    text/plain 1 "one\\r\\ntwo"'],
    ],
    [
      'parts of a digest are messages when they do not say otherwise',
      'Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\none\r\n--b\r\n' +
        'Content-Type: text/plain\r\n\r\ntwo\r\n--b--\r\n',
      ['multipart/digest 10', '  message/rfc822 2', '    text/plain 0 "one"', '  text/plain 0 "two"'],
    ],
    [
      'a message inside that is only a header has an empty body',
      `${MIXED}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n--b--`,
      ['multipart/mixed 4', '  message/rfc822 0', '    text/plain 0 ""'],
    ],
    [
      'an encoded message is a file',
      'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA==\r\n',
      ['application/octet-stream 1 "U3ViamVjdDogeA==\\r\\n"'],
    ],
  ]
  for (const [name, text, tree] of vectors) test(name, () => assert.deepEqual(shapeOf(text), tree))

  test('a part header says all that BODYSTRUCTURE asks', () => {
    const part = indexMessage(
      Buffer.from(
        'Content-Type: Image/PNG; NAME="a b.png"; x=y\r\nContent-Transfer-Encoding: BASE64\r\nContent-ID: <1@x>\r\n' +
        'Content-Description: A picture\r\n' +
          'Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\nContent-Disposition: Inline; filename*0="a "; filename*1="b.png"\r\n' +
            'Content-Language: id, en\r\nContent-Location: http://x/\r\n y\r\n\r\n',
      ),
    ).root
    assert.deepEqual(
      { ...part, headerStart: 0, bodyStart: 0, bodyEnd: 0 },
      {
        type: 'image', subtype: 'png', params: [['name', 'a b.png'], ['x', 'y']], encoding: 'base64', id: '<1@x>',
        description: 'A picture', md5: 'Q2hlY2sgSW50ZWdyaXR5IQ==',
        disposition: { type: 'inline', params: [['filename', 'a b.png']] }, language: ['id', 'en'], location: 'http://x/y',
        headerStart: 0, bodyStart: 0, bodyEnd: 0, lines: 0, children: [], envelope: null,
      },
    )
  })

  test('the envelope is as the header has it, with From standing in for Sender and Reply-To', () => {
    const { envelope, references } = indexMessage(
      Buffer.from(
        'Date: Mon, 16 Nov 2026 10:00:00 +0700\r\nSubject: =?utf-8?Q?Halo?=\r\n dunia\r\nFrom: Ani <ani@b.example>\r\n' +
        'To: c@d.example\r\nTo: e@f.example\r\n' +
          'Message-ID: <3@b>\r\nIn-Reply-To: <2@b>\r\nReferences: <1@b>\r\n <2@b>\r\nSender:\r\n\r\n',
      ),
    )
    const ani = [{ name: 'Ani', mailbox: 'ani', host: 'b.example' }]
    const to = [{ name: null, mailbox: 'c', host: 'd.example' }, { name: null, mailbox: 'e', host: 'f.example' }]
    assert.deepEqual(envelope, {
      date: 'Mon, 16 Nov 2026 10:00:00 +0700', subject: '=?utf-8?Q?Halo?= dunia', from: ani, sender: ani, replyTo: ani, to, cc: null,
      bcc: null, inReplyTo: '<2@b>', messageId: '<3@b>',
    })
    assert.deepEqual(references, ['1@b', '2@b'])
  })

  test('what is left out of the view is in neither the envelope nor the numbers', () => {
    const bytes = Buffer.from('Bcc: secret@b.example\r\nTo: c@d.example\r\n\r\nbody\r\n')
    const scan = scanHeader(bytes, { leaveOut: new Set(['bcc']), authservId: null, orphans: 'leave-out', unusable: 'keep' })
    const index = indexMessage(bytes, scan)
    assert.equal(index.envelope.bcc, null)
    assert.deepEqual([index.size, index.root.bodyStart, index.root.bodyEnd], [bytes.length - 23, 19, bytes.length - 23])
  })
})

describe('limits of the index', () => {
  test('parts nested too deep are one opaque part', () => {
    let text = ''
    for (let depth = 0; depth < 10_000; depth++) text += `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`
    const index = indexMessage(Buffer.from(text))
    assert.ok(index.defects.includes('too-deep'))
    let part: Part | undefined = index.root
    let depth = 0
    for (; part !== undefined && part.children.length > 0; depth++) part = part.children[0]
    assert.equal(depth, MAX_DEPTH - 1)
    assert.equal(part?.subtype, 'octet-stream')
    assert.equal(part?.bodyEnd, index.size)
  })

  test('messages nested too deep are one opaque part', () => {
    const index = indexMessage(Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(10_000)))
    assert.deepEqual(index.defects, ['too-deep'])
  })

  test('parts beyond the limit are one opaque part', () => {
    const index = indexMessage(Buffer.from(MIXED + '--b\r\n\r\nx\r\n'.repeat(5000)))
    assert.equal(index.root.children.length, MAX_PARTS - 1)
    assert.equal(index.root.children.at(-1)?.subtype, 'octet-stream')
    assert.equal(index.root.children.at(-1)?.bodyEnd, index.size)
    assert.deepEqual(index.defects, ['too-many-parts'])
  })

  test('addresses beyond the limit are left out, over nested messages too', () => {
    const to = `To: ${'a@b,'.repeat(1500)}\r\n`
    const index = indexMessage(Buffer.from(`${to}Content-Type: message/rfc822\r\n\r\n${to}\r\nx`))
    assert.deepEqual([index.envelope.to?.length, index.root.envelope?.to?.length], [1500, 500])
    assert.deepEqual(index.defects, ['too-many-addresses'])
  })

  test('a header over its limit does not hide the body, in chunks either', () => {
    const bytes = Buffer.from(`Subject: x\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(400)}\r\nbody\r\n`)
    for (const index of [indexMessage(bytes), inChunks(bytes, 50_000)]) {
      assert.equal(bytes.toString('latin1', index.root.bodyStart, index.root.bodyEnd), 'body\r\n')
      assert.deepEqual([index.envelope.subject, index.root.lines, index.defects], ['x', 1, ['bad-header']])
    }
  })
})

describe('any input', () => {
  const piece = fc.constantFrom(
    '--b', '--b--', '--c', '--', '\r\n', '\n', '\r', '\r\n\r\n', ' ', 'x', '\0', 'é', 'From: a@b', 'To: "', 'Subject: ', MIXED,
    'Content-Type: multipart/digest; boundary=c\r\n\r\n',
    '--b\r\n', '\r\n--b\r\n', '\r\n--b--\r\n', '\r\n--c\r\n', 'Content-Type: message/rfc822\r\n\r\n',
    'Content-Type: text/plain; charset=', 'Content-Disposition: attachment; filename*0*=x',
  )
  const message = fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join('')))

  test('gives ranges that lie inside each other, and numbers that add up', () => {
    fc.assert(
      fc.property(message, (bytes) => {
        const index = indexMessage(bytes)
        assert.equal(index.size, bytes.length)
        assert.equal(index.root.bodyEnd, bytes.length)
        checkRanges(index.root)
        const count = (part: Part): void => {
          assert.equal(part.lines, bytes.subarray(part.bodyStart, part.bodyEnd).filter((byte) => byte === 10).length)
          part.children.forEach(count)
        }
        count(index.root)
      }),
      { numRuns: 1500 },
    )
  })

  test('is indexed alike whole and in chunks', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 9 }), (bytes, size) => assert.deepEqual(inChunks(bytes, size), indexMessage(bytes))),
      { numRuns: 1500 },
    )
  })

  test('survives the row, and a prefix moves every number but the start', () => {
    fc.assert(
      fc.property(message, fc.nat(2000), (bytes, prefix) => {
        const index = indexMessage(bytes)
        assert.deepEqual(decodeIndex(encodeIndex(index)), index)
        assert.deepEqual(decodeIndex(prefixIndex(encodeIndex(index), prefix)), shiftIndex(index, prefix))
        assert.equal(shiftIndex(index, prefix).root.bodyStart, index.root.bodyStart + prefix)
      }),
    )
  })

  test('of random bytes never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => checkRanges(indexMessage(bytes).root)))
  })
})

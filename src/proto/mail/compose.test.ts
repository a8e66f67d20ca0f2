import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseAddress } from './address.ts'
import type { Address } from './address.ts'
import { compose, usualBody } from './compose.ts'
import type { Body, Head } from './compose.ts'
import { decodeBody } from './decode-body.ts'
import { decodeWords } from './encoded-word.ts'
import { headerDefects, scanHeader } from './header-scan.ts'
import { indexMessage } from './mime-index.ts'
import { paramText } from './parameter.ts'
import type { Part } from './part.ts'
import { findPart, findSection, walkParts } from './section.ts'
import { fileNameOf } from './text-of-part.ts'

function address(text: string): Address {
  const parsed = parseAddress(text)
  assert.ok(parsed.ok)
  return parsed.value
}

const HEAD: Head = {
  from: [{ name: 'Ani Wijaya', address: address('ani@home.example') }],
  to: [{ name: null, address: address('budi@home.example') }],
  cc: [],
  replyTo: [],
  subject: 'Halo',
  dateMs: Date.UTC(2026, 10, 16, 3),
  offsetMinutes: 420,
  messageId: '1@home.example',
  inReplyTo: [],
  references: [],
  more: [],
}
const PLAIN: Body = { kind: 'text', subtype: 'plain', text: 'Apa kabar?' }

function written(head: Head, body: Body): Buffer {
  const result = compose(head, body, 'seed')
  assert.ok(result.ok, JSON.stringify(result))
  return Buffer.from(result.value)
}

describe('a composed message', () => {
  test('is what one would write by hand', () => {
    assert.equal(
      written(HEAD, PLAIN).toString('latin1'),
      'Date: Mon, 16 Nov 2026 10:00:00 +0700\r\nFrom: Ani Wijaya <ani@home.example>\r\nTo: budi@home.example\r\n' +
      'Subject: Halo\r\nMessage-ID: <1@home.example>\r\n' +
        'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nApa kabar?\r\n',
    )
  })

  test('has an alternative, related pictures and attachments where they belong', () => {
    const file = { mediaType: 'image/png', bytes: Buffer.from('x') }
    const files = [
      { ...file, name: 'cid.png', contentId: 'c1@x' },
      { ...file, name: 'laporan akhir tahun – dengan nama yang sangat panjang sekali.png', contentId: null },
    ]
    const bytes = written(HEAD, usualBody({ text: 'a', html: '<b>a</b>', files }))
    const index = indexMessage(bytes)
    const types = [...walkParts(index, 'own-parts')].map(
      ({ path, part }) => `${path.join('.')} ${part.type}/${part.subtype} ${fileNameOf(part) ?? ''}`.trim(),
    )
    assert.deepEqual(types, [
      '1 multipart/alternative', '1.1 text/plain', '1.2 multipart/related', '1.2.1 text/html', '1.2.2 image/png cid.png',
      '2 image/png laporan akhir tahun – dengan nama yang sangat panjang sekali.png',
    ])
    assert.equal(findPart(index, [1, 2, 2])?.id, '<c1@x>')
    assert.equal(findPart(index, [1, 2, 2])?.disposition?.type, 'inline')
  })

  const faults: readonly (readonly [what: string, head: Partial<Head>, field: string])[] = [
    ['a subject', { subject: 'x\r\nBcc: y' }, 'Subject'],
    ['a name', { to: [{ name: 'x\ny', address: address('a@b.example') }] }, 'To'],
    ['a value', { more: [['X-A', 'b\r\nc: d']] }, 'X-A'],
    ['a field name', { more: [['X\r\nBcc', 'b']] }, 'X\r\nBcc'],
    ['a field that is ours', { more: [['from', 'b']] }, 'from'],
    ['an id', { messageId: 'a>\r\nX: <b' }, 'Message-ID'],
    ['a reference', { references: ['a b'] }, 'References'],
    ['no sender', { from: [] }, 'From'],
  ]
  for (const [what, head, field] of faults) {
    test(`is refused when ${what} would change its header`, () => {
      const result = compose({ ...HEAD, ...head }, PLAIN, 's')
      assert.equal(result.ok ? 'written' : result.error.field, field)
    })
  }

  const bodies: readonly (readonly [what: string, body: Body])[] = [
    [
      'a file name with a line break',
      { kind: 'file', file: { name: 'a\r\nb', mediaType: 'a/b', bytes: new Uint8Array(0), contentId: null } },
    ],
    [
      'a media type with parameters',
      { kind: 'file', file: { name: 'a', mediaType: 'a/b; c=d', bytes: new Uint8Array(0), contentId: null } },
    ],
    ['a content id with a bracket', { kind: 'file', file: { name: 'a', mediaType: 'a/b', bytes: new Uint8Array(0), contentId: 'x>' } }],
    ['8-bit bytes that go as they are', { kind: 'native', mediaType: 'a/b', bytes: Buffer.from('é') }],
    ['8bit with NUL', { kind: 'native', mediaType: 'a/b', encoding: '8bit', bytes: Buffer.from('é\0') }],
    ['a line that is too long', { kind: 'native', mediaType: 'a/b', bytes: Buffer.from('x'.repeat(999)) }],
    ['a bare LF', { kind: 'native', mediaType: 'a/b', bytes: Buffer.from('a\nb') }],
    ['a subtype that is none', { kind: 'text', subtype: 'plain\r\n', text: '' }],
    ['a multipart without parts', { kind: 'multipart', subtype: 'mixed', params: [], parts: [] }],
    ['a boundary of somebody else', { kind: 'multipart', subtype: 'mixed', params: [['boundary', 'x']], parts: [PLAIN] }],
  ]
  for (const [what, body] of bodies) test(`is refused with ${what}`, () => assert.equal(compose(HEAD, body, 's').ok, false))

  test('carries any subject and name in lines that every server takes', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 120 }),
      fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', ',', '=?', 'é', 'x'.repeat(300)), maxLength: 20 }),
    )
    fc.assert(
      fc.property(typed, typed, (subject, name) => {
        const result = compose({ ...HEAD, subject, to: [{ name, address: address('a@b.example') }] }, PLAIN, 's')
        if (!result.ok) return assert.match(subject + name, /[\r\n\0]/)
        const bytes = Buffer.from(result.value)
        for (const line of bytes.toString('latin1').split('\r\n')) assert.ok(line.length <= 998)
        const scan = scanHeader(bytes)
        assert.deepEqual(headerDefects(scan), [])
        assert.equal(scan.fields.length, 8)
        const { envelope } = indexMessage(bytes, scan)
        assert.deepEqual([envelope.to?.length, envelope.to?.[0]?.mailbox], [1, 'a'])
        if (/[^ -~]/.test(subject)) assert.equal(decodeWords(envelope.subject ?? ''), subject)
      }),
      { numRuns: 500 },
    )
  })
})

describe('random trees', () => {
  const leaf: fc.Arbitrary<Body> = fc.oneof(
    fc.record(
      {
        kind: fc.constant('text' as const), subtype: fc.constantFrom('plain', 'html'),
        text: fc.string({ unit: fc.constantFrom('a', '\n', ' ', 'é', '--', '=_', '日', '.') }),
      },
    ),
    fc
      .record(
        {
          name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }).map((name) => name.replace(/[\r\n\0]/g, '')),
          bytes: fc.uint8Array(),
        },
      )
      .map(({ name, bytes }): Body => ({ kind: 'file', file: { name, mediaType: 'application/octet-stream', bytes, contentId: null } })),
  )
  const { tree } = fc.letrec<{ tree: Body }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.record(
        {
          kind: fc.constant('multipart' as const), subtype: fc.constantFrom('mixed', 'alternative'), params: fc.constant([]),
          parts: fc.array(tie('tree'), { minLength: 1, maxLength: 4 }),
        },
      ),
    ),
  }))

  /** What a body must decode to. */
  function content(body: Body): Buffer {
    if (body.kind === 'file') return Buffer.from(body.file.bytes)
    assert.ok(body.kind === 'text')
    const text = body.text.replaceAll('\n', '\r\n')
    return Buffer.from(text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`)
  }

  function check(message: Buffer, part: Part, body: Body): void {
    if (body.kind === 'multipart') {
      assert.equal(part.children.length, body.parts.length)
      body.parts.forEach((each, at) => check(message, part.children[at] as Part, each))
      return
    }
    assert.deepEqual(Buffer.from(decodeBody(message.subarray(part.bodyStart, part.bodyEnd), part.encoding)), content(body))
    if (body.kind === 'file') assert.equal(paramText(part.disposition?.params ?? [], 'filename'), body.file.name.toWellFormed())
  }

  test('give every part back from its range', () => {
    fc.assert(
      fc.property(tree, (body) => {
        const message = written(HEAD, body)
        const index = indexMessage(message)
        assert.deepEqual(index.defects, [])
        check(message, index.root, body)
      }),
      { numRuns: 500 },
    )
  })

  test('inside a message/rfc822 keep their numbers and their header', () => {
    fc.assert(
      fc.property(tree, (body) => {
        const inner = written({ ...HEAD, subject: 'inner' }, body)
        const outer = Buffer.concat([Buffer.from('Subject: outer\r\nContent-Type: message/rfc822\r\n\r\n'), inner])
        const index = indexMessage(outer)
        assert.equal(index.envelope.subject, 'outer')
        assert.equal(index.root.envelope?.subject, 'inner')
        const whole = findSection(index, [1], 'all')
        assert.deepEqual(outer.subarray(whole?.start, whole?.end), inner)
        const header = findSection(index, [1], 'header')
        const text = findSection(index, [1], 'text')
        assert.equal(header?.end, text?.start)
        assert.ok(outer.subarray(header?.start, header?.end).toString('latin1').endsWith('\r\n\r\n'))
        for (const { path, part } of walkParts(index, 'nested-messages')) assert.equal(findPart(index, path), part)
      }),
    )
  })
})

describe('sections', () => {
  const bytes = Buffer.from(
    'Subject: top\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n' +
    'Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n' +
      'Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nX: y\r\n\r\ntwo\r\n--c--\r\n--b--\r\n',
  )
  const index = indexMessage(bytes)
  const section = (path: readonly number[], of: 'all' | 'header' | 'text' | 'mime'): string | null => {
    const range = findSection(index, path, of)
    return range === null ? null : bytes.toString('latin1', range.start, range.end)
  }

  test('name the parts as RFC 9051 counts them', () => {
    assert.equal(section([], 'all'), bytes.toString('latin1'))
    assert.equal(section([], 'header'), 'Subject: top\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n')
    assert.equal(section([1], 'all'), 'one')
    assert.equal(section([1], 'mime'), '\r\n')
    assert.equal(section([2], 'header'), 'Subject: inner\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n')
    assert.equal(section([2], 'text'), '--c\r\nX: y\r\n\r\ntwo\r\n--c--')
    assert.equal(section([2], 'mime'), 'Content-Type: message/rfc822\r\n\r\n')
    assert.equal(section([2, 1], 'all'), 'two')
    assert.equal(section([2, 1], 'mime'), 'X: y\r\n\r\n')
  })

  test('that do not exist are none', () => {
    assert.deepEqual(
      [
        section([], 'mime'), section([3], 'all'), section([1, 1], 'all'), section([1], 'header'), section([1], 'text'),
        section([2, 2], 'all'), section([0], 'all'), section([2, 1, 1], 'all'),
      ],
      Array.from({ length: 8 }, () => null),
    )
  })

  test('of a message that is one part have number 1', () => {
    const single = indexMessage(Buffer.from('A: b\r\n\r\nbody'))
    assert.deepEqual(findSection(single, [1], 'all'), { start: 8, end: 12 })
    assert.deepEqual(findSection(single, [1], 'mime'), { start: 0, end: 8 })
    assert.equal(findSection(single, [2], 'all'), null)
    assert.equal(findSection(single, [1, 1], 'all'), null)
  })
})

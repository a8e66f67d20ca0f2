import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MessageId } from '../../../base/brand.ts'
import { decodeBody } from '../../../proto/mail/decode-body.ts'
import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { isWorthInspecting } from '../../filter/archive/inspect.ts'
import { fileKind } from '../../filter/attachment-kind.ts'
import { indexMessage, MimeIndexer } from '../../../proto/mail/mime-index.ts'
import { walkParts } from '../../../proto/mail/section.ts'
import { makeView, readView } from '../../../proto/mail/view.ts'
import { FACTS } from '../../../../test/support/filter-facts.ts'
import { MAX_ARCHIVES, MAX_HEAD_BYTES } from '../../filter/limits.ts'
import { Slots } from '../../filter/scan/slots.ts'
import { contentFoundBy, contentOf, partsToLookAt } from './content.ts'
import { readParts, type WantedPart } from './read-parts.ts'

const { signal } = new AbortController()

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

interface Seen {
  readonly heads: Map<string, Buffer>
  readonly archives: Map<string, Buffer>
  readonly left: string[]
  /** As they were handed out. */
  readonly given: Uint8Array[]
}

async function read(bytes: Uint8Array, wanted: readonly WantedPart[], room: number, size = 7): Promise<Seen> {
  const seen: Seen = { heads: new Map(), archives: new Map(), left: [], given: [] }
  await readParts(inPieces(bytes, size), wanted, room, {
    head(path, head) {
      seen.heads.set(path, Buffer.from(head))
      return isWorthInspecting(fileKind(head), '')
    },
    archive(path, whole) {
      seen.given.push(whole)
      assert.ok(!seen.archives.has(path))
      seen.archives.set(path, Buffer.from(whole))
    },
    left: (path) => seen.left.push(path),
  }, signal)
  return seen
}

const part = (path: string, start: number, end: number, encoding = '7bit'): WantedPart => ({ path, start, end, encoding })
const zip = (bytes: number): string => `PK\x03\x04${'x'.repeat(bytes - 4)}`

test('memory of an archive is given back as soon as it has been seen', async () => {
  const { given, archives } = await read(Buffer.from(zip(10_000)), [part('1', 0, 5000)], 10_000)
  assert.deepEqual([given.map(({ length }) => length), archives.get('1')?.length], [[0], 5000])
})

test('archives share the room: what does not fit is left, and one that is larger than all of it is told by one byte more', async () => {
  const two = Buffer.from(zip(6000) + zip(6000) + zip(5000))
  const parts = [part('1', 0, 6000), part('2', 6000, 12_000), part('3', 12_000, 17_000)]
  const all = await read(two, parts, 17_000)
  assert.deepEqual([[...all.archives.keys()], all.left], [['1', '2', '3'], []])
  const some = await read(two, parts, 11_500)
  assert.deepEqual([[...some.archives.keys()], some.left], [['1'], ['2', '3']])
  const none = await read(two, parts, 5000)
  assert.deepEqual([none.archives.get('1')?.length, none.left], [5001, ['2', '3']])
})

test('an archive that only its encoding makes large has room', async () => {
  const content = Buffer.from(zip(9000))
  const base64 = Buffer.from((content.toString('base64').match(/.{1,4}/g) ?? []).join('\r\n\t'))
  const { archives } = await read(base64, [part('1', 0, base64.length, 'base64')], 9000)
  assert.deepEqual(archives.get('1'), content)
})

test('parts inside of one another, without bytes, and behind the end of what comes are all ended', async () => {
  const { archives, heads } = await read(Buffer.from(`${zip(20)}${zip(20)}`), [part('1', 0, 40), part('1.1', 20, 40), part('2', 40, 40), part('3', 30, 90), part('4', 70, 90)], 1000)
  assert.deepEqual([...archives].map(([path, bytes]) => [path, bytes.length]), [['1', 40], ['1.1', 20]])
  assert.deepEqual([...heads].map(([path, bytes]) => [path, bytes.length]).toSorted(), [['1', 40], ['1.1', 20], ['2', 0], ['3', 10], ['4', 0]])
})

const BODIES = ['PK\x03\x04', '\x1f\x8b\x08', 'UEsDBBQAAAA', 'UEsDBA==', 'H4sIAA', 'PK=03=04', 'MZ\0', '%PDF-', 'x', '=', '= \r\n', ' \t', 'AA=', '\r\n', '-', '--', 'AbC/', 'é', '<script', '\0'] as const
const body = fc.array(fc.oneof(fc.constantFrom(...BODIES), fc.string({ unit: 'binary-ascii', maxLength: 8 })), { maxLength: 12 }).map((pieces) => pieces.join(''))
const bulk = fc.oneof({ weight: 6, arbitrary: body }, { weight: 1, arbitrary: fc.tuple(body, fc.integer({ min: 1, max: 3000 })).map(([text, times]) => `${text}\r\n`.repeat(times).slice(0, 30_000)) })
const leafHeader = fc.record({
  type: fc.constantFrom('application/zip', 'text/plain', 'text/html', 'image/png', 'application/octet-stream', 'nonsense'),
  encoding: fc.constantFrom('base64', 'quoted-printable', '7bit', '8bit', 'binary', 'x-other'),
  disposition: fc.constantFrom('', 'Content-Disposition: attachment; filename=a.zip\r\n', 'Content-Disposition: inline; filename="surat.pdf"\r\n'),
})
/** How the mark of a ZIP archive is written. */
const MARK: Readonly<Record<string, string>> = { base64: 'UEsDBBQAAAA', 'quoted-printable': 'PK=03=04' }
const leaf = fc.tuple(leafHeader, fc.boolean(), bulk).map(([{ type, encoding, disposition }, isArchive, text]) =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n${disposition}\r\n${isArchive ? (MARK[encoding] ?? 'PK\x03\x04') : ''}${text}`)
const { entity } = fc.letrec<{ entity: string; multipart: string; message: string }>((tie) => ({
  entity: fc.oneof({ maxDepth: 4 }, leaf, tie('multipart'), tie('message')),
  multipart: fc.tuple(fc.array(tie('entity'), { maxLength: 4 }), fc.constantFrom('b', 'b1', 'c'), fc.boolean()).map(([parts, boundary, closes]) =>
    `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${parts.map((each) => `--${boundary}\r\n${each}\r\n`).join('')}${closes ? `--${boundary}--\r\n` : ''}`),
  message: tie('entity').map((inside) => `Content-Type: message/rfc822\r\n\r\nSubject: Di dalam\r\n${inside}`),
}))
const message = fc.tuple(fc.constantFrom('', ' orphan\r\n', 'Return-Path: <a@b>\r\n', 'Bcc: x\r\n y\r\nReturn-Path: <>\r\n'), entity).map(([before, rest]) => Buffer.from(`${before}From: a@b.example\r\n${rest}`, 'latin1'))
const RULES = { leaveOut: new Set(['return-path', 'bcc']), authservId: null, orphans: 'leave-out', unusable: 'keep' } as const

test('whatever the MIME structure, the bytes found for an attachment of the index are those that a decoder of the whole part gives', async () => {
  await fc.assert(fc.asyncProperty(message, fc.integer({ min: 1, max: 5000 }), fc.nat(4000), async (bytes, size, cut) => {
    const header = scanHeader(bytes, RULES)
    const indexer = new MimeIndexer(RULES)
    for (let at = 0; at < bytes.length; at += size) indexer.push(bytes.subarray(at, at + size))
    const { index } = indexer.finish()
    assert.deepEqual(index, indexMessage(bytes, header))
    const beginning = bytes.subarray(0, header.end + cut)
    const content = contentOf({ header, index }, beginning)
    const wanted = partsToLookAt(content, { header, index }, beginning)
    const { heads, archives, left } = await read(bytes, wanted, 1_000_000_000, size)
    // What a client sees, decoded whole: another way to the same bytes.
    const shown = readView(makeView(0, header.skips, bytes.length), new Uint8Array(0), bytes)
    const parts = new Map([...walkParts(index, 'nested-messages')].map(({ path, part: each }) => [path.join('.'), each]))
    const lookedAt = new Set(wanted.map(({ path }) => path))
    for (const { path, name, head } of content.attachments) {
      const { bodyStart, bodyEnd, encoding, children } = parts.get(path) ?? assert.fail(path)
      const whole = decodeBody(shown.subarray(bodyStart, bodyEnd), encoding)
      if (!lookedAt.has(path)) {
        // What is in a message that is a part is in the index.
        assert.ok(children.length > 0 || !isWorthInspecting(fileKind(whole), name), path)
        assert.deepEqual(Buffer.from(head), Buffer.from(whole.subarray(0, head.length)))
        continue
      }
      assert.deepEqual(heads.get(path), Buffer.from(whole.subarray(0, MAX_HEAD_BYTES)), path)
      if (!isWorthInspecting(fileKind(whole), '')) assert.ok(!archives.has(path), path)
      else if (!left.includes(path)) assert.deepEqual(archives.get(path), Buffer.from(whole), path)
    }
    assert.ok(archives.size <= MAX_ARCHIVES && archives.size + left.length <= wanted.length)
  }), { numRuns: 300 })
})

test('a message that is held and the same that is read again tell the same of their attachments', async () => {
  await fc.assert(fc.asyncProperty(message, fc.integer({ min: 1, max: 5000 }), fc.nat(4000), async (bytes, size, cut) => {
    const header = scanHeader(bytes, RULES)
    const read = { id: 'm1' as MessageId, header, index: indexMessage(bytes, header), head: bytes, size: bytes.length, open: () => inPieces(bytes, size), range: (start: number, end: number) => inPieces(bytes.subarray(start, end), size) }
    const turn = { slots: new Slots(1, 0), deadline: () => signal }
    const [held, again] = await Promise.all([bytes, bytes.subarray(0, Math.min(header.end + cut, bytes.length - 1))].map(async (beginning) => {
      const { findings, hard } = await contentFoundBy(contentOf(read, beginning), FACTS, read, beginning, turn)
      return { findings: findings.filter(({ rule }) => /^(?:ATTACHMENT|ARCHIVE)_/.test(rule) && rule !== 'ATTACHMENT_PASSWORD').map(({ rule, evidence }) => `${rule} ${evidence}`).toSorted(), hard }
    }))
    assert.deepEqual(again, held)
  }), { numRuns: 200 })
})

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { test } from 'node:test'
import fc from 'fast-check'
import { zipSync, type Zippable } from 'fflate'
import { DEFAULT_ATTACHMENT_POLICY } from '../attachment-policy.ts'
import { fileKind } from '../attachment-kind.ts'
import { archiveVerdict } from '../check/attachment.ts'
import { MAX_ARCHIVE_DEPTH, MAX_ARCHIVE_FILES, MAX_UNPACKED_BYTES } from '../limits.ts'
import { inspectArchive, isWorthInspecting } from './inspect.ts'
import { readTar } from './tar.ts'
import { readZip } from './zip.ts'

const text = (content: string): Uint8Array => new Uint8Array(Buffer.from(content))
const zip = (files: Zippable): Uint8Array => zipSync(files)

function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Buffer[] = []
  for (const [name, bytes] of Object.entries(files)) {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write('ustar', 257)
    blocks.push(header, Buffer.from(bytes), Buffer.alloc((512 - (bytes.length % 512)) % 512))
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** A directory of one file that says what it likes of its sizes. */
function lying(name: string, packedBytes: number, unpackedBytes: number): Uint8Array {
  const bytes = Buffer.from(zip({ [name]: text('x') }))
  const central = bytes.lastIndexOf(Buffer.from('PK\x01\x02'))
  bytes.writeUInt32LE(packedBytes, central + 20)
  bytes.writeUInt32LE(unpackedBytes, central + 24)
  return bytes
}

test('Names are read from ZIP, tar and gzip, and from archives inside them', () => {
  const inner = zip({ 'dalam/foto.jpg': text('x') })
  assert.deepEqual(inspectArchive(zip({ 'a.txt': text('a'), 'b.zip': inner, 'c.tar': tar({ 'd.txt': text('d') }) })).names, ['a.txt', 'b.zip', 'c.tar', 'dalam/foto.jpg', 'd.txt'])
  assert.deepEqual(inspectArchive(gzipSync(tar({ 'x.exe': text('MZ'), 'y.zip': inner }))).names, ['content', 'x.exe', 'y.zip', 'dalam/foto.jpg'])
  assert.deepEqual(inspectArchive(gzipSync(Buffer.concat([Buffer.from('MZ'), Buffer.alloc(80)]))).names, ['content.exe'])
  const stored = zipSync({ 'b.zip': [inner, { level: 0 }] })
  assert.deepEqual(inspectArchive(stored).names, ['b.zip', 'dalam/foto.jpg'])
})

test('A directory behind a program, or none at all, hides nothing', () => {
  const inner = zip({ 'a.js': text('x'), 'b.txt': text('y') })
  const behind = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(500), inner])
  assert.deepEqual(readZip(behind).entries.map(({ name }) => name), ['a.js', 'b.txt'])
  const cut = readZip(inner.subarray(0, inner.length - 30))
  assert.deepEqual([cut.isWhole, cut.entries.map(({ name }) => name)], [false, ['a.js', 'b.txt']])
  assert.equal(inspectArchive(inner.subarray(0, inner.length - 30)).isDamaged, true)
})

test('What a directory names otherwise, or leaves out, counts as well', () => {
  const renamed = Buffer.from(zip({ 'nota.pdf': text('x') }))
  renamed.write('buka.exe', renamed.indexOf('nota.pdf'), 'latin1')
  assert.deepEqual(inspectArchive(renamed).names, ['nota.pdf', 'buka.exe'])
  const left = Buffer.from(zip({ 'nota.pdf': text('x') }))
  const program = Buffer.from(zip({ 'buka.js': text('y') }))
  const before = Buffer.concat([program.subarray(0, program.indexOf('PK\x01\x02', 0, 'latin1')), left])
  assert.deepEqual(inspectArchive(before).names, ['nota.pdf', 'buka.js'])
})

test('What is named as an archive is looked into with whatever stands in front', () => {
  const behind = Buffer.concat([Buffer.from('%!'), Buffer.alloc(40), zip({ 'buka.exe': text('x') })])
  assert.ok(isWorthInspecting(fileKind(behind), 'nota.ZIP') && !isWorthInspecting(fileKind(behind), 'nota.txt'))
  assert.deepEqual(inspectArchive(behind).names, ['buka.exe'])
  assert.deepEqual(inspectArchive(zip({ 'nota.zip': behind })).names, ['nota.zip', 'buka.exe'])
  assert.equal(inspectArchive(text('no archive')).isDamaged, true)
})

test('Macros and locks are seen in new and in old Office documents', () => {
  assert.equal(inspectArchive(zip({ 'word/document.xml': text('<x/>'), 'word/vbaProject.bin': text('x') })).hasMacros, true)
  assert.equal(inspectArchive(zip({ 'word/document.xml': text('<x/>') })).hasMacros, false)
  const ole = (stream: string): Buffer => Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600), Buffer.from(stream, 'utf16le'), Buffer.alloc(64)])
  assert.deepEqual([inspectArchive(ole('_VBA_PROJECT')).hasMacros, inspectArchive(ole('WordDocument')).hasMacros], [true, false])
  assert.deepEqual([inspectArchive(ole('EncryptedPackage')).isEncrypted, inspectArchive(ole('Workbook')).isEncrypted], [true, false])
})

test('Bombs are known by what they say, and by what they turn out to be, without being unpacked', () => {
  assert.equal(inspectArchive(lying('a.txt', 1000, 600 * 1024 * 1024)).over, 'size')
  assert.equal(inspectArchive(lying('a.txt', 1000, 20 * 1024 * 1024)).over, 'ratio')
  assert.equal(inspectArchive(lying('a.txt', 200_000, 20 * 1024 * 1024)).over, null)
  let nested = zip({ 'a.txt': text('a') })
  for (let depth = 1; depth < MAX_ARCHIVE_DEPTH; depth++) nested = zip({ 'b.zip': nested })
  assert.equal(inspectArchive(nested).over, null)
  assert.equal(inspectArchive(zip({ 'b.zip': nested })).over, 'depth')
  const zeros = gzipSync(Buffer.alloc(MAX_UNPACKED_BYTES + 1_000_000))
  const report = inspectArchive(zeros)
  assert.equal(report.over, 'ratio')
  const liar = Buffer.from(zeros)
  liar.writeUInt32LE(5, liar.length - 4)
  assert.equal(inspectArchive(liar).over, 'ratio')
})

test('Many files, and many entries that name the same bytes, end at the limits', () => {
  const many = zip(Object.fromEntries(Array.from({ length: MAX_ARCHIVE_FILES + 1 }, (_, i) => [`${i}.txt`, new Uint8Array(0)])))
  assert.equal(inspectArchive(many).over, 'files')
  const inner = zip(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`${i}.txt`, new Uint8Array(0)])))
  const entries = zipSync(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${i}.zip`, [inner, { level: 0 }] as const])) as Zippable)
  const report = inspectArchive(entries)
  assert.equal(report.over, 'files')
  assert.ok(report.names.length <= MAX_ARCHIVE_FILES && report.steps < 20 * MAX_ARCHIVE_FILES + entries.length)
})

test('What the inside tells becomes findings and a verdict', () => {
  const of = (bytes: Uint8Array): unknown => {
    const { findings, hard } = archiveVerdict({ name: 'a.zip' }, inspectArchive(bytes), DEFAULT_ATTACHMENT_POLICY)
    return [findings.map(({ rule }) => rule), hard?.kind ?? null]
  }
  assert.deepEqual(of(zip({ 'b.zip': zip({ 'tagihan.pdf.exe': text('x') }) })), [['ATTACHMENT_BLOCKED'], 'refuse'])
  assert.deepEqual(of(zip({ 'word/vbaProject.bin': text('x') })), [['ATTACHMENT_MACRO'], 'quarantine'])
  assert.deepEqual(of(lying('a.txt', 1000, 600 * 1024 * 1024)), [['ARCHIVE_BOMB'], 'refuse'])
  assert.deepEqual(of(zip({ 'a.txt': text('x') })), [[], null])
  assert.deepEqual(of(zip({ 'a.txt': text('x') }).subarray(0, 50)), [['ARCHIVE_UNREADABLE'], null])
})

test('Whatever the bytes, inspection throws nothing, and does work in proportion to them and the limits', () => {
  const seeds = [zip({ 'a.txt': text('abc'), 'b.zip': zip({ 'c.zip': zip({ d: text('d') }) }) }), gzipSync(tar({ 'a.zip': zip({ e: text('e') }) })), tar({ 'a.tar': tar({ b: text('b') }) })]
  const broken = fc.tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat()).map(([seed, changes, cut]) => {
    const bytes = new Uint8Array(seed)
    for (const [at, value] of changes) bytes[at % bytes.length] = value
    return bytes.subarray(0, cut % 5 === 0 ? cut % (bytes.length + 1) : bytes.length)
  })
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from('PK\x03\x04'), bytes]))), (bytes) => {
      const report = inspectArchive(bytes)
      assert.ok(report.names.length <= MAX_ARCHIVE_FILES && report.steps <= 3 * MAX_UNPACKED_BYTES + 20 * MAX_ARCHIVE_FILES + bytes.length)
      assert.ok(readZip(bytes).count <= bytes.length / 4 + 1 && readTar(bytes).count <= bytes.length / 512)
    }),
    { numRuns: 500 },
  )
})

test('What stands behind the end of a gzip file says nothing of its size', () => {
  const { names, over, isDamaged } = inspectArchive(Buffer.concat([gzipSync(text('laporan')), Buffer.from('sampah')]))
  assert.deepEqual([names, over, isDamaged], [['content'], null, true])
  assert.equal(inspectArchive(gzipSync(Buffer.alloc(12_000_000))).over, 'ratio')
})

test('Files are found in a message that came as a file, and in archives and messages inside it', () => {
  const part = (name: string, bytes: Uint8Array): string => `--b\r\nContent-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(bytes).toString('base64')}\r\n`
  const mail = (...parts: readonly string[]): Uint8Array => text(`From: budi@kantor.example\r\nSubject: a\r\n b\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${parts.join('')}--b--\r\n`)
  const program = text(`MZ${'\0'.repeat(100)}`)
  assert.deepEqual(inspectArchive(mail(part('a.exe', text('x')), part('b.pdf', text('%PDF-')))).names, ['a.exe', 'b.pdf'])
  assert.deepEqual(inspectArchive(mail(part('b.pdf', program))).names, ['content.exe'])
  assert.deepEqual(inspectArchive(mail(part('b.zip', zip({ 'c.js': text('x') })), part('d.eml', mail(part('e.scr', text('x')))))).names, ['b.zip', 'c.js', 'd.eml', 'e.scr'])
  assert.deepEqual(inspectArchive(text(`From budi Thu\n${Buffer.from(mail(part('a.exe', text('x')))).toString()}`)).names, ['a.exe'])
  let nested = mail(part('a.exe', text('x')))
  for (let depth = 0; depth < MAX_ARCHIVE_DEPTH; depth++) nested = mail(part('b.eml', nested))
  assert.equal(inspectArchive(nested).over, 'depth')
  for (const kind of ['Nota: tidak ada\r\nMIME-Version\r\n', 'Halo.\r\nMIME-Version: 1.0\r\n', `${'a: b\r\n'.repeat(1_000)}`, `${'a'.repeat(4_000)}:`]) assert.equal(fileKind(text(kind)), null, kind)
})

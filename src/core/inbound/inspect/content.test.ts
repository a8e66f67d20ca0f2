import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { FACTS } from '../../../../test/support/filter-facts.ts'
import type { MessageId } from '../../../base/brand.ts'
import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { indexMessage } from '../../../proto/mail/mime-index.ts'
import { MAX_ARCHIVES, MAX_CONTENT_BYTES } from '../../filter/limits.ts'
import { Slots } from '../../filter/scan/slots.ts'
import { contentFound, contentFoundBy, contentOf, type Turn } from './content.ts'
import type { ReadMessage } from './inspected.ts'

type File = readonly [name: string, bytes: Uint8Array]

/** A message with files, as a stranger sends it. */
function withFiles(...files: readonly File[]): Buffer {
  const parts = files.map(([name, bytes]) => {
    const base64 = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
    return `--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`
  })
  return Buffer.from(`Return-Path: <x@y.example>\r\nFrom: budi@kantor.example\r\nTo: ani@merpatipos.example\r\nSubject: Berkas\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nTerlampir.\r\n${parts.join('')}--b--\r\n`)
}

const RULES = { leaveOut: new Set(['return-path']), authservId: null, orphans: 'leave-out', unusable: 'keep' } as const

interface Streamed {
  readonly message: ReadMessage
  readonly beginning: Uint8Array
  /** Bytes that were read again. */
  read: number
}

/** The message as it is when it was too large to be held. */
function streamed(bytes: Buffer): Streamed {
  const header = scanHeader(bytes, RULES)
  const state: Streamed = {
    beginning: bytes.subarray(0, MAX_CONTENT_BYTES),
    read: 0,
    message: {
      id: 'm1' as MessageId, header, index: indexMessage(bytes, header), head: bytes.subarray(0, header.end), size: bytes.length,
      open: async function* () {
        for (let at = 0; at < bytes.length; at += 100_000) {
          await Promise.resolve()
          state.read = Math.min(bytes.length, at + 100_000)
          yield bytes.subarray(at, at + 100_000)
        }
      },
      range: async function* (start, end) {
        yield bytes.subarray(start, end)
      },
    },
  }
  return state
}

const files = (findings: readonly { readonly rule: string; readonly evidence: string | null }[]): readonly string[] =>
  findings.filter(({ rule }) => /^(?:ATTACHMENT|ARCHIVE)_/.test(rule)).map(({ rule, evidence }) => `${rule} ${evidence}`)

async function found(bytes: Buffer, turn?: Turn): Promise<{ readonly rules: readonly string[]; readonly hard: string | null }> {
  const { message, beginning } = streamed(bytes)
  const content = contentOf(message, beginning)
  const { findings, hard } = turn === undefined ? await contentFound(content, FACTS, message, beginning) : await contentFoundBy(content, FACTS, message, beginning, turn)
  return { rules: files(findings), hard: hard === null ? null : `${hard.kind} ${hard.rule}` }
}

const PHOTO = randomBytes(1_000_000)
const zipOf = (...all: readonly File[]): Uint8Array => zipSync(Object.fromEntries(all.map(([name, bytes]) => [name, [bytes, { level: 0 }]])))

test('a program in an archive of five megabytes is found, also in an archive inside it', async () => {
  const foto = randomBytes(5_000_000)
  assert.deepEqual(await found(withFiles(['a.zip', zipOf(['foto.jpg', foto], ['tagihan.exe', Buffer.from('MZ')])])), { rules: ['ATTACHMENT_BLOCKED a.zip: tagihan.exe'], hard: 'refuse ATTACHMENT_BLOCKED' })
  const nested = zipOf(['foto.jpg', foto], ['b.zip', zipOf(['x.js', Buffer.from('x')])])
  assert.deepEqual(await found(withFiles(['a.zip', nested])), { rules: ['ATTACHMENT_BLOCKED a.zip: x.js'], hard: 'refuse ATTACHMENT_BLOCKED' })
  assert.deepEqual(await found(withFiles(['a.zip', zipOf(['foto.jpg', foto])])), { rules: [], hard: null })
})

test('a bomb behind the beginning of a large message is known by what it says and by what it is', async () => {
  const zeros = Buffer.alloc(12_000_000)
  assert.deepEqual(await found(withFiles(['foto.jpg', PHOTO], ['a.zip', zipSync({ 'a.txt': zeros })])), { rules: ['ARCHIVE_BOMB a.zip: ratio'], hard: 'refuse ARCHIVE_BOMB' })
  assert.deepEqual(await found(withFiles(['foto.jpg', PHOTO], ['a.gz', gzipSync(zeros)])), { rules: ['ARCHIVE_BOMB a.gz: ratio'], hard: 'refuse ARCHIVE_BOMB' })
})

test('attachments behind the beginning are known by their first bytes, whatever they are called', async () => {
  const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)])
  assert.deepEqual(await found(withFiles(['foto.jpg', PHOTO], ['surat.pdf', program])), { rules: ['ATTACHMENT_BLOCKED surat.pdf', 'ATTACHMENT_DISGUISED surat.pdf'], hard: 'refuse ATTACHMENT_BLOCKED' })
  assert.deepEqual(await found(withFiles(['foto.jpg', PHOTO], ['tanpa-nama', zipOf(['foto.jpg', PHOTO], ['x.exe', Buffer.from('MZ')])])), { rules: ['ATTACHMENT_BLOCKED tanpa-nama: x.exe'], hard: 'refuse ATTACHMENT_BLOCKED' })
  assert.deepEqual((await found(withFiles(['foto.jpg', PHOTO], ['lain.jpg', PHOTO]))).rules, [])
})

test('no more is read than tells what there is', async () => {
  const known = streamed(withFiles(['foto.jpg', PHOTO]))
  await contentFound(contentOf(known.message, known.beginning), FACTS, known.message, known.beginning)
  assert.equal(known.read, 0)
  const late = streamed(withFiles(['foto.jpg', PHOTO], ['lain.jpg', PHOTO]))
  await contentFound(contentOf(late.message, late.beginning), FACTS, late.message, late.beginning)
  assert.ok(late.read > 1_300_000 && late.read < 1_600_000, String(late.read))
})

test('one message of a thread is looked into at a time, and those that wait too long are told', async () => {
  const bytes = withFiles(['a.zip', zipOf(['foto.jpg', PHOTO])])
  let now = 0
  let most = 0
  const slots = new Slots(1, 10)
  const turn: Turn = { slots, deadline: () => new AbortController().signal }
  const results = await Promise.all(Array.from({ length: 6 }, async () => {
    const { message, beginning } = streamed(bytes)
    const open = async function* (signal: AbortSignal): AsyncGenerator<Uint8Array> {
      most = Math.max(most, ++now)
      try {
        yield* message.open(signal)
      } finally {
        now--
      }
    }
    return files((await contentFoundBy(contentOf(message, beginning), FACTS, { ...message, open }, beginning, turn)).findings)
  }))
  assert.deepEqual([most, results], [1, results.map(() => [])])

  await slots.take(new AbortController().signal)
  const late = new AbortController()
  const waiting = found(withFiles(['a.zip', zipOf(['foto.jpg', PHOTO])], ['lain.jpg', PHOTO], ['b.tgz', PHOTO]), { slots, deadline: () => late.signal })
  late.abort()
  assert.deepEqual(await waiting, { rules: ['ARCHIVE_UNREADABLE a.zip', 'ARCHIVE_UNREADABLE b.tgz'], hard: null })
})

test('a look that is cut short tells what it has not seen, and lets the next one go', async () => {
  const slots = new Slots(1, 0)
  const late = new AbortController()
  const { message, beginning } = streamed(withFiles(['a.zip', zipOf(['x.exe', Buffer.from('MZ')])], ['foto.jpg', PHOTO], ['b.zip', zipOf(['y.exe', Buffer.from('MZ')])]))
  const open = async function* (signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of message.open(signal)) {
      yield piece
      late.abort()
    }
  }
  const { findings } = await contentFoundBy(contentOf(message, beginning), FACTS, { ...message, open }, beginning, { slots, deadline: () => late.signal })
  assert.deepEqual(files(findings), ['ATTACHMENT_BLOCKED a.zip: x.exe', 'ARCHIVE_UNREADABLE b.zip'])
  assert.equal(await slots.take(new AbortController().signal), true)
})

test('what the store throws is thrown, and the turn is given back', async () => {
  const slots = new Slots(1, 0)
  const { message, beginning } = streamed(withFiles(['a.zip', zipOf(['foto.jpg', PHOTO])]))
  // oxlint-disable-next-line require-yield
  const open = async function* (): AsyncGenerator<Uint8Array> {
    throw new Error('the disk is gone')
  }
  await assert.rejects(contentFoundBy(contentOf(message, beginning), FACTS, { ...message, open }, beginning, { slots, deadline: () => new AbortController().signal }), /the disk is gone/)
  assert.equal(await slots.take(new AbortController().signal), true)
})

test('of many archives the first are looked into, and the others are told', async () => {
  const archive = zipOf(['a.txt', Buffer.from('a')])
  const { rules } = await found(withFiles(['foto.jpg', PHOTO], ...Array.from({ length: MAX_ARCHIVES + 2 }, (_, i): File => [`${i}.zip`, archive])))
  assert.deepEqual(rules, [`ARCHIVE_UNREADABLE ${MAX_ARCHIVES}.zip`, `ARCHIVE_UNREADABLE ${MAX_ARCHIVES + 1}.zip`])
})

test('a program in a message that came as a file is found, and messages that are parts are not taken for files', async () => {
  const inside = Buffer.from(withFiles(['tagihan.exe', Buffer.from('x')]).toString().slice('Return-Path: <x@y.example>\r\n'.length))
  assert.deepEqual(await found(withFiles(['surat.eml', inside])), { rules: ['ATTACHMENT_BLOCKED surat.eml: tagihan.exe'], hard: 'refuse ATTACHMENT_BLOCKED' })
  const around = (fields: string, body: string, times: number): Buffer => Buffer.from(`From: budi@kantor.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${`--c\r\nContent-Type: message/rfc822\r\n${fields}\r\n${body}\r\n`.repeat(times)}--c--\r\n`)
  assert.deepEqual(await found(around('Content-Transfer-Encoding: base64\r\n', inside.toString('base64').replace(/.{76}/g, '$&\r\n'), 1)), { rules: ['ATTACHMENT_BLOCKED tagihan.exe'], hard: 'refuse ATTACHMENT_BLOCKED' })
  assert.deepEqual((await found(around('', withFiles(['foto.jpg', Buffer.from('x')]).toString(), 2 * MAX_ARCHIVES))).rules, [])
})

/** What is said of a message for its structure, and what becomes of it. */
async function judged(body: string): Promise<readonly string[]> {
  const { message, beginning } = streamed(Buffer.from(`From: budi@kantor.example\r\nMIME-Version: 1.0\r\n${body}`))
  const { findings, hard } = await contentFound(contentOf(message, beginning), FACTS, message, beginning)
  return [...findings.flatMap(({ rule, evidence }) => (rule.startsWith('MESSAGE_') ? [evidence ?? rule] : [])), hard?.kind ?? 'taken']
}

test('what says two things of itself goes to Junk, and what says one thing twice is taken', async () => {
  const parts = (fields: string): string => `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${fields}\r\n\r\neA==\r\n--b--\r\n`
  for (const fields of ['Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64', 'Content-Disposition: inline\r\nContent-Disposition: attachment; filename=a.txt', 'Content-Type: text/plain\r\nContent-type: text/html']) assert.deepEqual(await judged(parts(fields)), ['MESSAGE_AMBIGUOUS', 'quarantine'], fields)
  assert.deepEqual(await judged(`Content-Type: text/plain\r\n${parts('')}`), ['MESSAGE_AMBIGUOUS', 'quarantine'])
  assert.deepEqual(await judged(parts('Content-Type: text/plain\r\nContent-Type:  text/plain')), ['taken'])
  assert.deepEqual(await judged(parts('Content-Type: text/plain\r\nContent-Transfer-Encoding: base64')), ['taken'])
})

test('what lies behind the last part that is looked at, or deeper than that, is not let in unseen', async () => {
  const nested = (depth: number): string => (depth === 0 ? 'Content-Type: text/plain\r\n\r\nHalo\r\n' : `Content-Type: multipart/mixed; boundary=b${depth}x\r\n\r\n--b${depth}x\r\n${nested(depth - 1)}--b${depth}x--\r\n`)
  const many = (count: number): string => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(count)}--b--\r\n`
  assert.deepEqual(await judged(nested(40)), ['taken'])
  assert.deepEqual(await judged(nested(60)), ['too deep', 'refuse'])
  assert.deepEqual(await judged(many(900)), ['taken'])
  assert.deepEqual(await judged(many(1_100)), ['too many parts', 'refuse'])
})

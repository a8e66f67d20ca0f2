import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DataScanner } from './data-scanner.ts'

/** Bytes that make every trouble, in every mixture. */
const trouble = fc
  .array(fc.constantFrom('\r', '\n', '.', 'a', '\r\n', '\r\n.', '\r\n.\r', 'text'), { maxLength: 40 })
  .map((words) => words.join(''))
const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 })

/** What the whole stream means, said as plainly as possible. RFC 5321 §4.1.1.4, §4.5.2. */
function meaning(stream: string): { content: string; rest: string } | null {
  const end = `\r\n${stream}`.indexOf('\r\n.\r\n')
  if (end === -1) return null
  const lines = stream.slice(0, end).split('\r\n')
  return { content: lines.map((line) => (line.startsWith('.') ? line.slice(1) : line)).join('\r\n'), rest: stream.slice(end + 3) }
}

function scan(stream: string, sizes: readonly number[]): { content: string; rest: string } | null {
  const bytes = Buffer.from(stream, 'latin1')
  const scanner = new DataScanner()
  const content: Buffer[] = []
  let at = 0
  for (let turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1))
    const found = scanner.push(piece)
    content.push(Buffer.from(found.content))
    at += found.used
    if (found.ended) return { content: Buffer.concat(content).toString('latin1'), rest: bytes.subarray(at).toString('latin1') }
    assert.equal(found.used, piece.length, 'all of a piece is used until the end')
  }
  return null
}

/** As a sender must do it. */
function stuffed(body: string): string {
  return `${`\r\n${body}`.replaceAll('\r\n.', '\r\n..').slice(2)}\r\n.\r\n`
}

test('any stream has one meaning, however it is cut', () => {
  fc.assert(
    fc.property(trouble, cuts, fc.boolean(), (stream, sizes, ends) => {
      const whole = ends ? `${stream}\r\n.\r\nNEXT` : stream
      assert.deepEqual(scan(whole, sizes), meaning(whole))
      assert.deepEqual(scan(whole, [whole.length + 1]), meaning(whole))
    }),
    { numRuns: 3000 },
  )
})

test('any body survives the dots', () => {
  fc.assert(
    fc.property(trouble, cuts, (body, sizes) => {
      assert.deepEqual(scan(stuffed(body), sizes), { content: `${body}\r\n`, rest: '' })
    }),
    { numRuns: 2000 },
  )
})

test('an empty message ends with the first dot', () => {
  assert.deepEqual(scan('.\r\nQUIT\r\n', [100]), { content: '', rest: 'QUIT\r\n' })
})

test('content without dots is a view of the input', () => {
  const input = Buffer.from('Subject: x\r\n\r\nHello\r\n')
  const { content } = new DataScanner().push(input)
  assert.equal(content.buffer, input.buffer)
  assert.equal(content.length, input.length)
})

test('a million stuffed dots take one pass', () => {
  const body = '.\r\n'.repeat(1_000_000)
  const found = new DataScanner().push(Buffer.from(stuffed(body)))
  assert.equal(found.ended, true)
  assert.equal(found.content.length, body.length + 2)
})

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { LineNormalizer } from './line-normalizer.ts'
import { MAX_TEXT_LINE_BYTES } from './limits.ts'
import { TextCheck, type TextFault } from './text-check.ts'

const text = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '\0', '\t', '\x0e', 'abc', 'é', 'long text without any controls'), { maxLength: 30 })
  .map((words) => words.join(''))
const cuts = fc.array(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 8 })

/** The pieces of a text, each at another offset of its memory. */
function* pieces(whole: string, sizes: readonly number[]): Generator<Buffer> {
  const bytes = Buffer.from(whole, 'latin1')
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1))
    at += piece.length
    const moved = Buffer.alloc(piece.length + 7)
    const offset = turn % 7
    moved.set(piece, offset)
    yield moved.subarray(offset, offset + piece.length)
  }
}

function fault(whole: string, sizes: readonly number[], nul: 'reject' | 'pass'): TextFault | null {
  const check = new TextCheck(nul)
  for (const piece of pieces(whole, sizes)) check.push(piece)
  check.end()
  return check.fault
}

const BARE = /\r(?!\n)|(?<!\r)\n/

test('a CR or LF that is not part of CRLF is found, wherever the text is cut', () => {
  fc.assert(
    fc.property(text, cuts, (whole, sizes) => {
      assert.equal(fault(whole, sizes, 'pass'), BARE.test(whole) ? 'bare-line-end' : null)
    }),
    { numRuns: 3000 },
  )
})

test('NUL is found where it is looked for', () => {
  fc.assert(
    fc.property(text, cuts, (whole, sizes) => {
      const clean = whole.replaceAll(/[\r\n]/g, '')
      assert.equal(fault(clean, sizes, 'reject'), clean.includes('\0') ? 'nul' : null)
    }),
  )
})

test('a line may be 64 KiB long and no longer, its end included', () => {
  const line = 'x'.repeat(MAX_TEXT_LINE_BYTES - 2)
  for (const sizes of [[1 << 20], [1000], [4097]]) {
    assert.equal(fault(`a\r\n${line}\r\n${line}\r\n`, sizes, 'pass'), null)
    assert.equal(fault(`a\r\n${line}x\r\n`, sizes, 'pass'), 'long-line')
    assert.equal(fault(`a\r\n${line}xxx`, sizes, 'pass'), 'long-line')
  }
})

test('the normalizer makes CRLF of every line end, wherever the text is cut, and the check then finds none', () => {
  fc.assert(
    fc.property(text, cuts, (whole, sizes) => {
      const normalizer = new LineNormalizer()
      const out = [...pieces(whole, sizes)].map((piece) => Buffer.from(normalizer.push(piece)))
      const repaired = Buffer.concat([...out, normalizer.end()]).toString('latin1')
      assert.equal(repaired, whole.replaceAll(/\r\n|\r|\n/g, '\r\n'))
      assert.equal(fault(repaired, sizes, 'pass'), null)
    }),
    { numRuns: 2000 },
  )
})

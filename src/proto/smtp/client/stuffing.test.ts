import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { DataScanner } from '../server/data-scanner.ts'
import { type Framing, Stuffing } from './stuffing.ts'

const bytes = fc.array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a', 'ä', '\r\n.', '\n.\n', 'MAIL FROM:<a@b>'), { maxLength: 40 }).map((parts) => Buffer.from(parts.join('')))
const cuts = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 })

function stuffed(framing: Framing, content: Buffer, at: readonly number[]): Buffer {
  const stuffing = new Stuffing(framing)
  const edges = [0, ...at.filter((cut) => cut < content.length).sort((a, b) => a - b), content.length]
  const pieces = edges.slice(1).map((edge, i) => Buffer.from(stuffing.push(content.subarray(edges[i], edge))))
  return Buffer.concat([...pieces, Buffer.from(stuffing.end())])
}

/** Said plainly: any line end is CRLF, and the last line has one. */
function lines(content: Buffer): Buffer {
  const text = content.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n')
  return Buffer.from(text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

test('what is sent by DATA is what the server reads, with its line ends mended', () => {
  fc.assert(
    fc.property(bytes, cuts, (content, at) => {
      const wire = Buffer.concat([stuffed('dots', content, at), Buffer.from('.\r\nQUIT\r\n')])
      const scan = new DataScanner().push(wire)
      assert.ok(scan.ended)
      assert.equal(Buffer.from(wire.subarray(scan.used)).toString(), 'QUIT\r\n')
      assert.deepEqual(Buffer.from(scan.content), lines(content))
      assert.doesNotMatch(wire.toString('latin1'), /[^\r]\n|\r[^\n]/)
    }),
  )
})

test('chunks hold lines without dots added, or bytes as they are', () => {
  fc.assert(
    fc.property(bytes, cuts, (content, at) => {
      assert.deepEqual(stuffed('lines', content, at), lines(content))
      assert.deepEqual(stuffed('bytes', content, at), content)
    }),
  )
})

test('clean content passes uncopied', () => {
  const clean = Buffer.from('Subject: a\r\n\r\nHalo. Halo.\r\n'.repeat(50))
  const stuffing = new Stuffing('dots')
  assert.equal(stuffing.push(clean).buffer, clean.buffer)
  assert.equal(stuffing.end(), '')
})

test('any bytes come out as lines', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), cuts, (content, at) => {
      assert.deepEqual(stuffed('lines', Buffer.from(content), at), lines(Buffer.from(content)))
    }),
  )
})

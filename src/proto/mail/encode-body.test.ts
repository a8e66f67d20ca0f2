import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeText } from './encode-body.ts'

test('whatever is written, quoted-printable has short lines that nothing on the way changes, and gives it back', () => {
  const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(' ', '.', 'From ', '=', '\r\n', '\n', '\r', 'x'.repeat(74), 'x'.repeat(75), 'x'.repeat(76), ' \n', '\t\n', 'é', '\ud800', '\0'))
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('')
      const { encoding, bytes } = encodeText(text)
      if (encoding !== 'quoted-printable') return
      const written = Buffer.from(bytes).toString('latin1')
      for (const line of written.split('\r\n')) assert.ok(line.length <= 76 && !/^\.|^From |[ \t]$|[^\t -~]/.test(line), JSON.stringify(line))
      const read = written.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      const lines = text.toWellFormed().replace(/\r\n|\n|\r/g, '\r\n')
      assert.equal(Buffer.from(read, 'latin1').toString('utf8'), lines.endsWith('\r\n') ? lines : `${lines}\r\n`)
    }),
  )
})

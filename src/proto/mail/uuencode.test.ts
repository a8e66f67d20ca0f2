import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_UU_FILES } from './limits.ts'
import { uuFilesIn } from './uuencode.ts'

/** As uuencode of sharutils writes it. */
function uuencoded(name: string, bytes: Uint8Array): string {
  const char = (value: number): string => (value === 0 ? '`' : String.fromCharCode(value + 32))
  let out = `begin 644 ${name}\r\n`
  for (let at = 0; at < bytes.length; at += 45) {
    const line = bytes.subarray(at, at + 45)
    out += char(line.length)
    for (let i = 0; i < line.length; i += 3) {
      const bits = ((line[i] ?? 0) << 16) | ((line[i + 1] ?? 0) << 8) | (line[i + 2] ?? 0)
      out += char(bits >> 18) + char((bits >> 12) & 63) + char((bits >> 6) & 63) + char(bits & 63)
    }
    out += '\r\n'
  }
  return `${out}\`\r\nend\r\n`
}

const read = (text: string): readonly (readonly [string, string])[] => uuFilesIn(text, 4096).map(({ name, head }) => [name, Buffer.from(head).toString('latin1')])

test('files in uuencode are found with their names and first bytes', () => {
  assert.deepEqual(read(`Terlampir.\r\n${uuencoded('a.exe', Buffer.from('MZ\0x'))}Salam\r\n${uuencoded('foto saya.jpg', Buffer.from('x'))}`), [['a.exe', 'MZ\0x'], ['foto saya.jpg', 'x']])
  // Written by `uuencode cat.txt` of others, a blank for a zero; the blanks at the end of the line are lost.
  assert.deepEqual(read('begin 644 cat.txt\n#0V%T\n`\nend\n'), [['cat.txt', 'Cat']])
  assert.deepEqual(read('begin 644 nol\n#\n`\nend\n'), [['nol', '\0\0\0']])
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => assert.deepEqual(read(uuencoded('x', bytes)), [['x', Buffer.from(bytes).toString('latin1')]])))
})

test('prose that begins alike is no file, and there is an end to them', () => {
  for (const text of ['begin 644 a.exe\r\n', 'begin 644 a.exe', 'begin 644 a.exe\r\nis what I wrote to him yesterday\r\n', 'begin 12 x\r\n#0V%T\r\n', ' begin 644 a\r\n#0V%T\r\n', 'begin 644\r\n#0V%T\r\n', 'begin 644 x\r\n#Katakan apa\r\n']) assert.deepEqual(read(text), [], text)
  assert.equal(read(uuencoded('a', Buffer.from('x')).repeat(MAX_UU_FILES + 5)).length, MAX_UU_FILES)
  assert.equal(uuFilesIn(uuencoded('a', Buffer.alloc(100_000)), 4096)[0]?.head.length, 4096)
})

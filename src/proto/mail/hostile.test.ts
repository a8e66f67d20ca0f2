import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import { parseAddress, parsePath } from './address.ts'
import { authservIdOf } from './auth-results.ts'
import { parseDate } from './date.ts'
import { decodeBody } from './decode-body.ts'
import { parseAddressList } from './display-address.ts'
import { decodeWords, encodeWords } from './encoded-word.ts'
import { foldText } from './fold-text.ts'
import { scanHeader } from './header-scan.ts'
import { parseMessageIds } from './message-id.ts'
import { indexMessage } from './mime-index.ts'
import { parseParameters } from './parameter.ts'
import { baseSubject } from './subject.ts'

// Each unit, repeated, makes some careless parser look at the same characters again and again: with a square of the
// length these tests would not end within minutes.
const UNITS = [
  '<', '>', '(', ')', '"', '\\', '@', '[', ':', ';', ',', '.', ' ', '=', '=?', '=?a?q?', '=?a?b?', 'a@b,', '"a', ';a=b', ';a*0=b', '%',
  '=\n', '= ', '\r\n', '\n--', '--b\n', '\r', '\n ',
  '[fwd:', 're:', '(fwd)', '\0', 'é', 'a:b;', '=3', '> ', '; a = (',
]
const LENGTH = 200_000

const PARSERS: Readonly<Record<string, (text: string, bytes: Buffer) => unknown>> = {
  'a path': (text) => [parsePath(`<${text}`), parseAddress(text)],
  'an address list': (text) => parseAddressList(text),
  parameters: (text) => parseParameters(`a/b;${text}`),
  'encoded words': (text) => decodeWords(text),
  'text to be encoded': (text) => encodeWords(text),
  'a subject': (text) => baseSubject(text),
  'message ids': (text) => parseMessageIds(text),
  'a date': (text) => parseDate(text),
  'authentication results': (text) => authservIdOf(text),
  'text to be folded': (text) => foldText(text),
  'a header': (_, bytes) => scanHeader(Buffer.concat([Buffer.from('From: '), bytes])),
  'a message': (_, bytes) => indexMessage(bytes),
  'a multipart': (_, bytes) => indexMessage(Buffer.concat([Buffer.from('Content-Type: multipart/mixed; boundary=b\n\n--b\n'), bytes])),
  'quoted-printable': (_, bytes) => decodeBody(bytes, 'quoted-printable'),
  base64: (_, bytes) => decodeBody(bytes, 'base64'),
}

describe('hostile input of 200,000 characters', () => {
  for (const [name, parse] of Object.entries(PARSERS)) {
    test(`is read to its end as ${name}`, () => {
      for (const unit of UNITS) {
        const text = unit.repeat(LENGTH / unit.length)
        assert.doesNotThrow(() => parse(text, Buffer.from(text)), unit)
      }
    })
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '../../proto/mail/address.ts'
import { decodeBody } from '../../proto/mail/decode-body.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import { partsOf } from '../../proto/report/parts.ts'
import { type Notice, writeNotice } from './notice.ts'

const to = parseAddress('josé@home.example')
if (!to.ok) throw new Error(to.error)
const NOTICE: Omit<Notice, 'returned'> = {
  hostname: 'mx.home.example', to: to.value, language: 'en', envid: null, arrivedMs: 0, subject: 'x', messageId: null, id: 'n@mx', nowMs: 0,
  recipients: [{ recipient: 'budi@far.example', original: null, action: 'failed', status: '5.6.7', category: null, host: null, answer: 'no', atMs: 0, retryUntilMs: null }],
}

/** The type of what a report gives back, and its octets. */
function returned(what: 'message' | 'header', bytes: Uint8Array): readonly [type: string, bytes: Uint8Array] {
  const report = writeNotice({ ...NOTICE, returned: { what, bytes } })
  const part = indexMessage(report).root.children[2]
  assert.ok(part !== undefined)
  return [`${part.type}/${part.subtype}`, decodeBody(report.subarray(part.bodyStart, part.bodyEnd), part.encoding)]
}

const HEADER = 'From: ani@home.example\r\nSubject: Kafe\r\n'
const UTF8_HEADER = HEADER.replace('Kafe', 'Kafé')

test('a header comes back as what it is: lines of ASCII, UTF-8, or octets', () => {
  const latin1 = Buffer.from(UTF8_HEADER, 'latin1')
  for (const [bytes, type] of [[Buffer.from(HEADER), 'text/rfc822-headers'], [Buffer.from(UTF8_HEADER), 'message/global-headers'], [latin1, 'text/rfc822-headers']] as const) {
    assert.deepEqual(returned('header', bytes), [type, bytes])
  }
})

test('a message comes back whole when it is lines of ASCII, or its header is UTF-8 and all of it lines', () => {
  const whole = (header: string, body: string): Buffer => Buffer.concat([Buffer.from(`${header}\r\n`), Buffer.from(body, 'latin1')])
  for (const body of ['x\r\n', 'Kaf\xc3\xa9\r\n', 'Kaf\xe9\r\n']) assert.deepEqual(returned('message', whole(UTF8_HEADER, body)), ['message/global', whole(UTF8_HEADER, body)])
  assert.deepEqual(returned('message', whole(HEADER, 'x\r\n')), ['message/rfc822', whole(HEADER, 'x\r\n')])
  assert.deepEqual(returned('message', whole(HEADER, 'Kaf\xc3\xa9\r\n')), ['text/rfc822-headers', Buffer.from(HEADER)])
  assert.deepEqual(returned('message', whole(UTF8_HEADER, 'x\n')), ['message/global-headers', Buffer.from(UTF8_HEADER)])
  // Whoever reads it finds what is in it: nothing around it is coded either.
  const report = writeNotice({ ...NOTICE, returned: { what: 'message', bytes: whole(UTF8_HEADER, 'x\r\n') } })
  const { root, defects } = indexMessage(report)
  assert.deepEqual([root.encoding, root.children[2]?.encoding, root.children[2]?.children.length, defects], ['8bit', '8bit', 1, []])
  assert.deepEqual(partsOf(report).returned, whole(UTF8_HEADER, 'x\r\n'))
})

import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Domain, MessageId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { makeAddress } from '../../proto/mail/address.ts'
import { compose, decodeBody, indexMessage, type Part, usualBody } from '../../proto/mail/index.ts'
import { NOW_MS } from '../../../test/support/people.ts'
import { withoutStops } from './hide-stops.ts'
import type { TokenKind } from './token.ts'
import { urlOf } from './url.ts'

const SECRET = new Uint8Array(32).fill(7)
const linkOf = (kind: TokenKind, recipient: number, secret = SECRET): string => urlOf({ kind, message: makeId('m', NOW_MS) as MessageId, recipient, link: 0 }, { origin: 'https://mail.home.example', secret })

function messageOf(text: string, html: string): Uint8Array {
  const address = makeAddress('ani', 'home.example' as Domain)
  assert.ok(address !== null)
  const from = [{ name: 'Ani', address }]
  const head = { from, to: from, cc: [], replyTo: [], subject: 'x', dateMs: NOW_MS, offsetMinutes: 0, messageId: 'x@home.example', inReplyTo: [], references: [], more: [] }
  const made = compose(head, usualBody({ text, html, files: [] }), 'x')
  assert.ok(made.ok, JSON.stringify(made))
  return made.value
}

/** What its readers see, part by part. */
function textsOf(message: Uint8Array): readonly string[] {
  const texts = ({ type, encoding, bodyStart, bodyEnd, children }: Part): readonly string[] =>
    type === 'text' ? [Buffer.from(decodeBody(message.subarray(bodyStart, bodyEnd), encoding)).toString('utf8')] : children.flatMap(texts)
  return texts(indexMessage(message).root)
}

test('the address that stops mail is gone however the text is encoded, and nothing else is', () => {
  const before = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: fc.constantFrom('公', '告', ' '), minLength: 200, maxLength: 300 }), fc.constant('Halo '.repeat(30)))
  fc.assert(
    fc.property(before, before, fc.integer({ min: 0, max: 0xffff }), (text, more, recipient) => {
      const stop = linkOf('unsubscribe', recipient)
      const message = messageOf(`${text}\n${stop}\n${more}`, `<p>${more}</p><a href="${stop}">x</a>`)
      const shown = withoutStops(message, SECRET)
      const hidden = stop.replace(/[^/]{44}$/, 'x'.repeat(44))
      assert.deepEqual(textsOf(shown), textsOf(message).map((each) => each.replace(stop, hidden)))
      assert.equal(shown.length, message.length)
    }),
  )
})

test('links of other kinds, those of another house and those that nobody signed stay as they are, to the octet', () => {
  const links = [linkOf('click', 0), linkOf('open', 0), linkOf('unsubscribe', 0, new Uint8Array(32)), `https://mail.home.example/t/u/${'A'.repeat(44)}`]
  const message = messageOf(links.join('\n'), `<p>${'公'.repeat(300)}</p>${links.join(' ')}`)
  assert.deepEqual(Buffer.from(withoutStops(message, SECRET)), Buffer.from(message))
})

test('whatever a message is, showing it costs no more than its length', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => withoutStops(bytes, SECRET).length === bytes.length))
  for (const piece of ['/t/u/', 'a=\r\n', '=46', '/=\r\nt']) assert.equal(withoutStops(Buffer.from(`\r\n${piece.repeat(50_000)}`), SECRET).length, 2 + piece.length * 50_000)
})

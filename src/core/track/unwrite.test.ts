import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MessageId } from '../../base/brand.ts'
import { rewriteHtml } from './rewrite.ts'
import { ANYBODY, HONEYPOT, type TokenKind } from './token.ts'
import { unwriteHtml } from './unwrite.ts'
import { urlOf } from './url.ts'

const SECRET = new Uint8Array(32)
const MESSAGE = `m${'a'.repeat(20)}` as MessageId
const OTHER = `m${'b'.repeat(20)}` as MessageId

function written(html: string, recipient = 0, message = MESSAGE) {
  const url = (kind: TokenKind, link: number): string => urlOf({ kind, message, recipient, link }, { origin: 'https://mail.home.example', secret: SECRET })
  return rewriteHtml(html, { click: (link) => url('click', link), open: url('open', 0), honeypot: url('click', HONEYPOT) })
}

const back = (html: string, links: readonly string[]) => unwriteHtml(html, { message: MESSAGE, links, secret: SECRET })

test('what was put into HTML is taken out again, and links lead where they led', () => {
  const html = '<p>Halo <a href="https://toko.example/a?b=1&amp;c=2">satu</a> <a href=https://toko.example/>dua</a> <a data-no-track href="https://lain.example/">tiga</a></p>'
  const { html: sent, targets } = written(html)
  assert.notEqual(sent, html)
  assert.deepEqual(back(sent, targets), { html: html.replace('&amp;', '&#38;'), of: 'one' })
  assert.equal(back(written(html, ANYBODY).html, targets).of, 'anybody')
})

test('addresses of other messages, and those that nobody signed, stay as they are', () => {
  const { html, targets } = written('<a href="https://toko.example/">x</a>', 0, OTHER)
  assert.equal(back(html, targets).html, html)
  const forged = `<a href="https://mail.home.example/t/c/${'A'.repeat(44)}">x</a>`
  assert.equal(back(forged, ['https://toko.example/']).html, forged)
})

test('written again, HTML has the same links, whatever it was', () => {
  const piece = fc.constantFrom('<a href="https://a.example/?x=1&y=2">', '<a href=http://b.example/>', "<a href='https://c.example/'>", '</a>', '</body>', '<!--', '-->', 'https://d.example/t/c/', '\0', 'x'.repeat(44), '"')
  fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 12 }), (pieces) => {
    const first = written(pieces.join(''))
    const again = written(back(first.html, first.targets).html)
    assert.deepEqual(again.targets, first.targets)
    assert.equal(again.hasPicture, first.hasPicture)
  }), { numRuns: 60 })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mentionOf } from './mention.ts'

test('an address is found whole, in any case and in URLs, and no longer one for it', () => {
  const mention = mentionOf('budi.s@far.example')
  for (const text of ['budi.s@far.example', '<BUDI.S@Far.Example>', '{"a":"budi.s@far.example"}', 'u=budi.s%40far.example&x', 'q=%22budi.s%40FAR.example', 'to budi.s@far.example.', 'rfc822;budi.s@far.example']) {
    assert.ok(mention.isIn(text), text)
    assert.ok(!mention.isIn(mention.replaceIn(text, 'x@erased.invalid')), text)
  }
  for (const text of ['abudi.s@far.example', 'x.budi.s@far.example', 'x+budi.s@far.example', 'budi.s@far.example.org', 'budi.s@far.example-x', 'budixs@far.example', 'budi.s@farxexample', 'ébudi.s@far.example']) {
    assert.ok(!mention.isIn(text), text)
    assert.equal(mention.replaceIn(text, 'x'), text)
  }
  for (const text of ['u=budi.s%2540far.example', 'To: =3Cbudi.s=40far.example=3E', 'budi.s@far.ex=\r\nample', '<a>Budi.S&#64;far.example</a>', 'budi%2Es%40far.example', 'https://x.example/y?e=YnVkaS5zQGZhci5leGFtcGxl&f', 'https://x.example/u/QnVkaS5TQGZhci5leGFtcGxl', `dGhpcyBpcyB0byBidWRp\r\nLnNAZmFyLmV4YW1wbGUu`, 'U=?utf-8?B?PGJ1ZGkuc0BmYXIuZXhhbXBsZT4=?=']) {
    assert.ok(mention.isIn(text), text)
    assert.ok(!mention.isIn(mention.replaceIn(text, 'x@erased.invalid')), mention.replaceIn(text, 'x@erased.invalid'))
  }
  for (const text of ['YWJ1ZGkuc0BmYXIuZXhhbXBsZQ', 'q-P7GAWW7YrykFne2Cn6SabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']) assert.equal(mention.replaceIn(text, 'x'), text)
  assert.equal(mention.replaceIn('a budi.s@far.example, Budi.S@far.example', 'x'), 'a x, x')
})

test('letters beyond ASCII are found in any case, as text, as bytes and escaped, and a domain in both of its spellings', () => {
  for (const address of ['büro.ö@bücher.example', 'büro.ö@xn--bcher-kva.example']) {
    const mention = mentionOf(address)
    const upper = 'BÜRO.Ö@Bücher.example'
    for (const text of [upper, 'büro.ö@XN--BCHER-KVA.example', Buffer.from(upper).toString('latin1'), encodeURIComponent(upper), 'b=C3=BCro.=C3=96=40xn--bcher-kva.example', Buffer.from(upper).toString('base64')]) assert.ok(mention.isIn(text), text)
    assert.ok(!mention.isIn('xbüro.ö@bücher.example'))
  }
})

test('any text is looked through in linear time', () => {
  const mention = mentionOf(`${'a'.repeat(64)}@${'b.'.repeat(90)}example`)
  for (const part of ['a=', 'a%25', `${'a'.repeat(64)}@`, 'QUFB\r\n', '/a+-_', 'a=\r\n']) assert.ok(!mention.isIn(part.repeat(Math.ceil(400_000 / part.length))))
})

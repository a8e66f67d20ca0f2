import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_URL_CHARS } from './limits.ts'
import { findUrls, readUrl } from './read-url.ts'

test('A link has the host that a browser would go to', () => {
  const hosts: readonly (readonly [url: string, host: string | null, scheme?: string])[] = [
    ['https://www.bank.example/login', 'www.bank.example'],
    [' HTTPS://WWW.Bank.Example:8443?x', 'www.bank.example'],
    ['https://bank.example@evil.example/x', 'evil.example'],
    ['https://bank.example\\@evil.example', 'bank.example'],
    ['https:/\\evil.example/x', 'evil.example'],
    ['https://ev\nil.example', 'evil.example'],
    ['\0\x01 \x1fhttps://evil.example\x02 ', 'evil.example'],
    ['\x01//evil.example', 'evil.example', 'http'],
    [`${' '.repeat(MAX_URL_CHARS)}https://evil.example`, 'evil.example'],
    [`https://${'\n'.repeat(MAX_URL_CHARS)}evil.example`, 'evil.example'],
    ['https://bank.example:pw@evil.example:80/', 'evil.example'],
    ['http://3221225985/x', '192.0.2.1'],
    ['http://0xc0.0.2.1', '192.0.2.1'],
    ['http://192.0.2.1', '192.0.2.1'],
    ['http://[2001:DB8::1]:80/', '2001:db8::1'],
    ['http://münchen.example', 'xn--mnchen-3ya.example'],
    ['http://xn--mnchen-3ya.example/', 'xn--mnchen-3ya.example'],
    ['http://b%61nk.example/', 'bank.example'],
    ['https://bank.example./', 'bank.example'],
    ['//evil.example/x', 'evil.example', 'http'],
    ['www.evil.example/x', 'www.evil.example', 'http'],
    ['evil.example:80/x', 'evil.example', 'http'],
    ['data:text/html,x', '', 'data'],
    ['JavaScript:alert(1)', '', 'javascript'],
    ['ftp://files.example/a', 'files.example', 'ftp'],
    ['http://', ''],
    ['index.html', null],
    ['#top', null],
    ['', null],
    ['mailto:ani@home.example', null],
    ['tel:+62215550123', null],
    ['cid:logo@x', null],
    ['just words', null],
  ]
  for (const [url, host, scheme] of hosts) {
    const link = readUrl(url, '')
    assert.equal(link === null ? null : link.host, host, url)
    if (scheme !== undefined) assert.equal(link?.scheme, scheme, url)
  }
})

test('Links in text end where the sentence goes on', () => {
  const found = (text: string): readonly string[] => [...findUrls(text)]
  assert.deepEqual(found('Lihat https://a.example/x, atau (https://b.example/y). www.c.example!'), ['https://a.example/x', 'https://b.example/y', 'www.c.example'])
  assert.deepEqual(found('<https://a.example/x> "https://b.example"'), ['https://a.example/x', 'https://b.example'])
  assert.deepEqual(found('https://wiki.example/Merpati_(burung) ya'), ['https://wiki.example/Merpati_(burung)'])
  assert.deepEqual(found('HTTP://A.EXAMPLE\u00a0x'), ['HTTP://A.EXAMPLE'])
  assert.deepEqual(found('https:// www. awww.example http'), [])
})

test('Whatever is written, a link is read without a throw, and its host has no blank and no capital', () => {
  const pieces = fc.array(fc.constantFrom('http', 's', ':', '/', '\\', '@', '.', 'a', '%', '[', ']', '1', '0x', 'é', '\n', ' ', '-', '#', '?', '(', ')', '\ud800', 'www.'), { maxLength: 60 })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), pieces.map((list) => list.join(''))), (text) => {
      const link = readUrl(text, '')
      assert.ok(link === null || (!/[\sA-Z]/.test(link.host) && link.url.length <= text.length))
      for (const url of findUrls(text)) assert.ok(text.includes(url))
    }),
    { numRuns: 1000 },
  )
})

// With a square of the length these would not end within minutes.
test('Each piece, repeated to 400,000 characters, is read to its end', () => {
  for (const piece of ['http://', 'http', 'www.', 'https://a)', 'https://a(', '(', 'https://a.', 'www.a ', ':', 'http://a@']) {
    const text = piece.repeat(Math.ceil(400_000 / piece.length))
    for (const url of findUrls(text)) assert.ok(url.length <= MAX_URL_CHARS)
    assert.doesNotThrow(() => readUrl(text, ''))
  }
})

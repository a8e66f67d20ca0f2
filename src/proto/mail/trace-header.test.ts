import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { authenticationResults, authservIdOf } from './auth-results.ts'
import { fieldText, readHeader } from './headers.ts'
import { deliveredTo, received, returnPath, withKeyword } from './trace-header.ts'
import type { Received } from './trace-header.ts'

const STAMP: Received = {
  client: { helo: 'mail.example.org', address: '192.0.2.7', name: 'out.example.org' },
  account: null,
  by: 'mx.home.example',
  transport: { protocol: 'esmtp', tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' }, authenticated: false, utf8: false },
  id: 'm0QLpOqY',
  recipient: 'budi@home.example',
  atMs: Date.UTC(2026, 10, 16, 3),
  offsetMinutes: 420,
}

/** The fields of written header lines, each of which must hold to the line length. */
function read(text: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(`${text}\r\n`)
  for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998)
  const block = readHeader(bytes)
  assert.equal(block.end, bytes.length)
  assert.deepEqual(block.defects, [])
  return block.fields.map((field) => [field.name, fieldText(bytes, field)] as const)
}

describe('Received', () => {
  test('tells who came, how, what for and when', () => {
    assert.equal(
      received(STAMP),
      'Received: from mail.example.org (out.example.org [192.0.2.7])\r\n' +
      '\tby mx.home.example with ESMTPS (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n' +
        '\tid m0QLpOqY for <budi@home.example>; Mon, 16 Nov 2026 10:00:00 +0700\r\n',
    )
  })

  test('hides the client of a submission and names the account', () => {
    const text = received({ ...STAMP, client: null, account: 'a0QLpOqY', recipient: null })
    assert.match(text, /^Received: by mx\.home\.example \(account a0QLpOqY\) with ESMTPS/)
    assert.doesNotMatch(text, /192\.0\.2\.7|mail\.example\.org| for /)
  })

  test('writes IPv6 and unknown peers as literals', () => {
    assert.match(received({ ...STAMP, client: { helo: 'x', address: '2001:db8::1', name: null } }), /from x \(\[IPv6:2001:db8::1\]\)/)
    assert.match(received({ ...STAMP, client: { helo: '', address: '', name: null } }), /from unknown \(\[local\]\)/)
  })

  const keywords = [
    ['smtp', false, false, false, 'SMTP'], ['esmtp', false, false, false, 'ESMTP'], ['esmtp', true, false, false, 'ESMTPS'],
    ['esmtp', false, true, false, 'ESMTPA'],
    ['esmtp', true, true, false, 'ESMTPSA'], ['lmtp', false, false, false, 'LMTP'], ['lmtp', true, true, false, 'LMTPSA'],
    ['esmtp', false, false, true, 'UTF8SMTP'],
    ['esmtp', true, true, true, 'UTF8SMTPSA'], ['lmtp', true, false, true, 'UTF8LMTPS'], ['smtp', true, false, false, 'SMTP'],
  ] as const
  for (const [protocol, tls, authenticated, utf8, keyword] of keywords) {
    test(`${protocol}${tls ? ' under TLS' : ''}${authenticated ? ' after AUTH' : ''}${utf8 ? ' with SMTPUTF8' : ''} is ${keyword}`, () => {
      assert.equal(withKeyword({ protocol, tls: tls ? STAMP.transport.tls : null, authenticated, utf8 }), keyword)
    })
  }

  test('is one field whatever the client said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.string(), (helo, name, recipient) => {
        const fields = read(received({ ...STAMP, client: { helo: `${helo}\r\nX: y`, address: '192.0.2.7', name }, recipient }))
        assert.deepEqual(fields.map(([field]) => field), ['received'])
      }),
    )
  })
})

describe('headers of final delivery', () => {
  test('name the return path and the recipient', () => {
    assert.equal(returnPath('a@b.example'), 'Return-Path: <a@b.example>\r\n')
    assert.equal(returnPath(null), 'Return-Path: <>\r\n')
    assert.equal(deliveredTo('budi@home.example'), 'Delivered-To: budi@home.example\r\n')
  })
})

describe('Authentication-Results', () => {
  test('gives one result a line', () => {
    assert.equal(
      authenticationResults('mx.home.example', [
        { method: 'spf', result: 'pass', reason: null, properties: [['smtp.mailfrom', 'a@b.example']] },
        { method: 'dkim', result: 'fail', reason: 'bad "hash"', properties: [['header.d', 'b.example'], ['header.b', 'abcd+/=']] },
      ]),
      'Authentication-Results: mx.home.example;\r\n\tspf=pass smtp.mailfrom=a@b.example;\r\n' +
        '\tdkim=fail reason="bad \\"hash\\"" header.d=b.example header.b="abcd+/="\r\n',
    )
  })

  test('leaves tokens and addresses as they are and quotes all else', () => {
    const written = (value: string): string => /x\.y=(.*)\r\n/.exec(authenticationResults('mx', [{ method: 'x', result: 'pass', reason: null, properties: [['x.y', value]] }]))?.[1] ?? ''
    for (const plain of ['192.0.2.1', 'b.example', 'rsa-sha256', 'abcd+', 'a@b.example', '@b.example', 'a/b=c+d@b.example']) assert.equal(written(plain), plain)
    for (const special of ['2001:db8::1', 'abcd/', 'abcd==', 'a@b', 'a..b@c.example', 'a@b.example:25', 'a@[192.0.2.1]', 'a:b@c.example', '[x]', 'a?', '']) assert.equal(written(special), `"${special}"`)
  })

  test('says none when nothing was checked', () => {
    assert.equal(authenticationResults('mx.home.example', []), 'Authentication-Results: mx.home.example; none\r\n')
  })

  test('is one field in our name whatever the peer said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (reason, value) => {
        const fields = read(
          authenticationResults(
            'mx.home.example', [{ method: 'spf', result: 'fail', reason: `${reason}\r\n`, properties: [['smtp.helo', `\r\n${value}`]] }],
          ),
        )
        assert.equal(fields.length, 1)
        assert.equal(authservIdOf(fields[0]?.[1] ?? ''), 'mx.home.example')
      }),
    )
  })

  test('a result that is no keyword is a bug of ours', () => {
    assert.throws(
      () => authenticationResults('mx.home.example', [{ method: 'spf\r\n', result: 'pass', reason: null, properties: [] }]), /no keyword/,
    )
  })

  test('any value is looked at without throwing', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('(', ')', '"', '\\', ';', ' ', 'a', '.', '/')), (pieces) => void authservIdOf(pieces.join(''))),
    )
    assert.equal(authservIdOf(''), null)
  })
})

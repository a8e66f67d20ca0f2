import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { formatReply } from '../reply.ts'
import { parseCommand } from './command.ts'
import { MAX_AUTH_BYTES, MAX_COMMAND_BYTES } from './limits.ts'

function parse(line: string): ReturnType<typeof parseCommand> {
  return parseCommand(Buffer.from(line))
}

const words = fc.constantFrom(
  ...['MAIL', 'RCPT', 'FROM:', 'TO:', '<', '>', '@', 'a.example', 'SIZE=', '1', 'BDAT', 'LAST', 'AUTH', ' ', '  ', '=', 'ORCPT=rfc822;'],
  ...['+', '+41', 'NOTIFY=', 'NEVER', ',', 'EHLO', '"', '\\', '\0', 'é', '\\x{41}', 'HOLDUNTIL=', '2026-01-01T00:00:00Z'],
)

test('any line is a command or a 5yz reply of one line', () => {
  const likely = fc.array(words, { maxLength: 20 }).map((parts) => Buffer.from(parts.join('')))
  const line = fc.oneof(fc.uint8Array({ maxLength: 300 }), likely)
  fc.assert(
    fc.property(line, (bytes) => {
      const parsed = parseCommand(bytes)
      if (parsed.ok) return
      assert.equal(Math.trunc(parsed.error.reply.code / 100), 5)
      assert.match(formatReply(parsed.error.reply), /^5\d\d 5\.\d\.\d [ -~]+\r\n$/)
    }),
    { numRuns: 5000 },
  )
})

test('parameters may come in any order and any case', () => {
  const all = ['SIZE=5', 'BODY=8BITMIME', 'SMTPUTF8', 'RET=FULL', 'ENVID=x+20y', 'REQUIRETLS', 'AUTH=a+40b', 'HOLDFOR=9']
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: 8 }), fc.mixedCase(fc.constant('mail from:')), (params, start) => {
      const parsed = parse(`${start}<> ${params.join(' ')}`)
      assert.ok(parsed.ok && parsed.value.verb === 'MAIL')
      assert.deepEqual(parsed.value.sender, {
        from: null,
        size: 5,
        body: '8BITMIME',
        smtpUtf8: true,
        requireTls: true,
        ret: 'FULL',
        envid: 'x y',
        auth: 'a@b',
        hold: { kind: 'for', seconds: 9 },
      })
    }),
  )
})

test('AUTH may be 12,288 octets long and other commands 2,048, their CRLF included', () => {
  assert.equal(parse(`AUTH PLAIN ${'A'.repeat(MAX_AUTH_BYTES - 13)}`).ok, true)
  assert.equal(parse(`AUTH PLAIN ${'A'.repeat(MAX_AUTH_BYTES - 12)}`).ok, false)
  assert.equal(parse(`NOOP ${'x'.repeat(MAX_COMMAND_BYTES - 7)}`).ok, true)
  assert.equal(parse(`NOOP ${'x'.repeat(MAX_COMMAND_BYTES - 6)}`).ok, false)
})

test('an initial response of = is kept apart from none', () => {
  assert.deepEqual(parse('AUTH PLAIN ='), { ok: true, value: { verb: 'AUTH', mechanism: 'PLAIN', initial: '=' } })
  assert.deepEqual(parse('AUTH plain'), { ok: true, value: { verb: 'AUTH', mechanism: 'PLAIN', initial: null } })
})

test('a host name that would be syntax in Received is refused', () => {
  for (const name of ['a b', 'a(b', 'a)b', 'a;b', 'a<b', 'a"b', 'a\\b', 'a\tb', '', 'x'.repeat(256)]) {
    assert.equal(parse(`EHLO ${name}`).ok, false, name)
  }
  for (const name of ['localhost', 'a_b.example', '[192.0.2.1]', '[IPv6:::1]', "ani's-mac.local", 'xn--4ca.example', 'é.example']) {
    assert.deepEqual(parse(`EHLO ${name}`), { ok: true, value: { verb: 'EHLO', client: name } })
  }
})

test('an ORCPT of type utf-8 is read in each of its forms, and cannot carry control characters', () => {
  const orcpt = (value: string): unknown => {
    const parsed = parse(`RCPT TO:<a@b.example> ORCPT=${value}`)
    return parsed.ok && parsed.value.verb === 'RCPT' ? parsed.value.recipient.orcpt?.address : null
  }
  assert.equal(orcpt('utf-8;a\\x{2B}b@c.example'), 'a+b@c.example')
  assert.equal(orcpt('UTF-8;jos\\x{E9}@c.example'), 'josé@c.example')
  assert.equal(orcpt('utf-8;josé@c.example'), 'josé@c.example')
  assert.equal(orcpt('utf-8;a\\x{0A}b'), null)
  assert.equal(orcpt('rfc822;a+0Ab'), null)
  assert.equal(orcpt('rfc822;a+2bb'), null)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Verifier } from '../../src/proto/dkim/verify.ts'
import { decodeBody } from '../../src/proto/mail/decode-body.ts'
import { indexMessage } from '../../src/proto/mail/mime-index.ts'
import { type MailNetwork, startNetwork } from '../support/mail-network.ts'
import { SmtpClient } from '../support/smtp-client.ts'
import { type Told, triedOf } from '../support/story.ts'

let network: MailNetwork
before(async () => {
  network = await startNetwork({
    names: {
      old: { MX: ['10 mx2'] },
      both: { MX: ['10 mx2', '20 mx3'] },
      mx2: { A: ['127.0.0.2'] },
      mx3: { A: ['127.0.0.3'] },
    },
    peers: { 2: { offers: ['PIPELINING', 'SIZE 50000000', 'ENHANCEDSTATUSCODES'] }, 3: {} },
  })
})
after(() => network[Symbol.asyncDispose]())

const tried = async (id: string): Promise<Told> => await triedOf(network.demo, id)
/** As it goes over the wire: one character an octet. */
const MIXED = Buffer.from([
  'From: ani@merpati.test',
  'Subject: Laporan',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  'Content-Transfer-Encoding: 8bit',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  '.Kafé di Yogya, € 5',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'Subject: Di dalam',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  'Öl',
  '--b--',
  '',
].join('\r\n')).toString('latin1')
const SIGNED = MIXED.replace('multipart/mixed', 'multipart/signed; protocol="application/pgp-signature"')

test('what has 8-bit content goes as 7-bit to a server without 8BITMIME, and is signed as it goes', async () => {
  const { type } = await tried(await network.submit('budi@old.far.test', MIXED, { mail: 'BODY=8BITMIME' }))
  assert.equal(type, 'delivery.delivered')
  const text = network.peer(2).messages.at(-1)?.text ?? ''
  assert.match(text, /^[\x01-\x7f]*$/)
  assert.doesNotMatch(text, /8bit/)
  const bytes = Buffer.from(text, 'latin1')
  const { root } = indexMessage(bytes)
  const [plain, inside] = [root.children[0], root.children[1]?.children[0]]
  const bodies = [plain, inside].map((part) => (part === undefined ? '' : Buffer.from(decodeBody(bytes.subarray(part.bodyStart, part.bodyEnd), part.encoding)).toString()))
  assert.deepEqual(bodies, ['.Kafé di Yogya, € 5', 'Öl'])
  assert.deepEqual(await signatureResults(bytes), ['pass', 'pass'])
})

test('the same message goes as it is to a server with 8BITMIME', async () => {
  network.peer(2).script = (stage) => (stage === 'banner' ? '421 4.3.2 Busy' : null)
  const { type, data } = await tried(await network.submit('budi@both.far.test', MIXED, { mail: 'BODY=8BITMIME' }))
  network.peer(2).script = () => null
  assert.deepEqual([type, data['host']], ['delivery.delivered', 'mx3.far.test'])
  assert.match(network.peer(3).messages.at(-1)?.text ?? '', /Content-Transfer-Encoding: 8bit\r\n\r\n\.Kaf\xc3\xa9/)
})

test('what is signed inside is never changed: it goes to a server that takes it as it is, or back with 5.6.2', async () => {
  const taken = await tried(await network.submit('budi@both.far.test', SIGNED, { mail: 'BODY=8BITMIME' }))
  assert.deepEqual([taken.type, taken.data['host']], ['delivery.delivered', 'mx3.far.test'])
  const refused = await tried(await network.submit('budi@old.far.test', SIGNED, { mail: 'BODY=8BITMIME' }))
  assert.deepEqual([refused.type, refused.data['status']], ['delivery.failed', '5.6.2'])
})

test('a forwarded message is converted too, though the signature it came with no longer holds: refused mail would not arrive at all', async () => {
  assert.equal((await network.demo.cli(['alias', 'add', 'info@merpati.test', 'budi@old.far.test'])).code, 0)
  const before = network.peer(2).messages.length
  using client = await SmtpClient.open({ port: network.demo.ports.smtp })
  await client.command('EHLO old.far.test')
  const sent = await client.send({ from: 'teman@old.far.test', to: ['info@merpati.test'], data: `DKIM-Signature: v=1; d=old.far.test\r\n${MIXED.replaceAll('merpati.test', 'old.far.test')}` })
  assert.equal(sent.code, 250, sent.text)
  await network.peer(2).given(before + 1)
  assert.match(network.peer(2).messages.at(-1)?.text ?? '', /^(?!DKIM)[\s\S]*DKIM-Signature: v=1; d=old\.far\.test\r\n[\s\S]*Kaf=C3=A9/)
})

test('binary content goes as base64 to a server without BINARYMIME, octet for octet', async () => {
  const before = network.peer(3).messages.length
  const body = '\0\r\n.\n\rbinary\xff'
  const binary = `From: ani@merpati.test\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n${body}`
  using client = await SmtpClient.open({ port: network.demo.ports.submissions, tls: true })
  await client.command('EHLO laptop.test')
  await client.login('ani@merpati.test', 'merpati')
  await client.command('MAIL FROM:<ani@merpati.test> BODY=BINARYMIME')
  await client.command('RCPT TO:<budi@both.far.test>')
  await client.wire.write(`BDAT ${binary.length} LAST\r\n${binary}`)
  assert.equal((await client.reply()).code, 250)
  network.peer(2).script = (stage) => (stage === 'banner' ? '421 4.3.2 Busy' : null)
  await network.peer(3).given(before + 1)
  network.peer(2).script = () => null
  const text = network.peer(3).messages.at(-1)?.text ?? ''
  assert.match(text, /Content-Transfer-Encoding: base64\r\n/)
  assert.equal(Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'base64').toString('latin1'), body)
})

/** What the signatures of a message of ours are worth, with the keys that are to be in DNS. */
async function signatureResults(message: Uint8Array): Promise<readonly string[]> {
  const { stdout } = await network.demo.cli(['domain', 'keys', 'merpati.test', '--json'])
  const keys = new Map((JSON.parse(stdout) as readonly { readonly name: string; readonly txt: string }[]).map(({ name, txt }) => [name, txt.split('" "').join('').replaceAll('"', '')]))
  const verifier = new Verifier()
  verifier.push(message)
  const found = await verifier.finish(async (name) => (keys.has(name) ? { kind: 'texts', texts: [keys.get(name) ?? ''] } : { kind: 'none' }), Date.now(), new AbortController().signal)
  return found.map(({ result }) => result)
}

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { MessageVerifier, type MessageFindings } from '../../src/proto/arc/message-verifier.ts'
import type { ChainState } from '../../src/proto/arc/arc-set.ts'
import { Sealer } from '../../src/proto/arc/seal.ts'
import { formatKeyRecord } from '../../src/proto/dkim/key-record.ts'
import { Signer, type SigningKey } from '../../src/proto/dkim/sign.ts'
import { authenticationResults } from '../../src/proto/mail/auth-results.ts'
import { type Forwarder, openForwarder } from '../support/forwarding.ts'
import { type SmtpPeer, startPeer } from '../support/smtp-peer.ts'

const PAIR = generateKeyPairSync('ed25519')
const STRANGER: SigningKey = { domain: 'jauh.example', selector: 's', key: PAIR.privateKey }
const AT = { atSeconds: 1_767_225_600, lifeSeconds: null, header: 'relaxed', body: 'relaxed' } as const
const MESSAGE = 'From: Orang <orang@jauh.example>\r\nTo: team@home.example\r\nSubject: Halo\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@jauh.example>\r\n\r\nHalo semua.\r\n'
const TEAM = { alias: 'team@home.example', targets: ['budi@far.test'] }

/** What the checks say of a message, as a field. */
function results(chain: ChainState | null, host = 'mx.home.example'): string {
  const arc = chain === null ? [] : [{ method: 'arc', result: chain, reason: null, properties: [] }]
  return authenticationResults(host, [{ method: 'dkim', result: 'pass', reason: null, properties: [['header.d', 'jauh.example']] }, { method: 'dmarc', result: 'pass', reason: null, properties: [] }, ...arc])
}

async function signed(message: string): Promise<string> {
  const signer = new Signer([STRANGER], AT)
  signer.push(Buffer.from(message, 'latin1'))
  return ((await signer.finish()) ?? '') + message
}

/** As a list before us seals it. */
async function chained(message: string, chain: ChainState): Promise<string> {
  const sealer = new Sealer({ key: STRANGER, atSeconds: AT.atSeconds, results: 'mx.jauh.example; dmarc=pass', chain })
  sealer.push(Buffer.from(message, 'latin1'))
  const sealed = await sealer.finish()
  assert.ok(sealed.ok)
  return sealed.value + message
}

async function found({ ask }: Forwarder, text: string): Promise<MessageFindings> {
  const verifier = new MessageVerifier()
  verifier.push(Buffer.from(text, 'latin1'))
  return await verifier.finish(ask, Date.now(), new AbortController().signal)
}

async function open(): Promise<Forwarder> {
  const forwarder = await openForwarder()
  forwarder.records.set('s._domainkey.jauh.example', formatKeyRecord(PAIR.publicKey))
  return forwarder
}

const arrived = (peer: SmtpPeer): string => peer.messages.at(-1)?.text ?? ''

test('what an alias leads elsewhere arrives with a seal of its domain, which tells what we found, and with its own signature', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1' })
  await forwarder.take(await signed(MESSAGE), { fields: results(null), to: [TEAM] })
  const lines = await forwarder.send('far.test', peer)
  const text = arrived(peer)
  assert.match(peer.messages[0]?.from ?? '', /^SRS0=.*@home\.example$/)
  assert.match(text, /^ARC-Seal: i=1; a=rsa-sha256; cv=none; d=home\.example; /)
  assert.match(text, /\r\nARC-Authentication-Results: i=1; mx\.home\.example;\r\n\tdkim=pass header\.d=jauh\.example;\r\n\tdmarc=pass\r\nAuthentication-Results: mx\.home\.example;/)
  const { arc, dkim } = await found(forwarder, text)
  assert.deepEqual([arc.result, arc.hops.map(({ domain }) => domain)], ['pass', ['home.example']])
  assert.deepEqual(dkim.map(({ result, domain }) => [result, domain]), [['pass', 'jauh.example']])
  assert.deepEqual(lines.filter((line) => /sealed/i.test(line)), [])
})

test('a chain that was good when it came goes on', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1' })
  await forwarder.take(await chained(await signed(MESSAGE), 'none'), { fields: results('pass'), to: [TEAM] })
  await forwarder.send('far.test', peer)
  assert.match(arrived(peer), /^ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=home\.example; /)
  const { arc } = await found(forwarder, arrived(peer))
  assert.deepEqual([arc.result, arc.hops.map(({ instance, domain }) => `${instance} ${domain}`)], ['pass', ['2 home.example', '1 jauh.example']])
})

test('a chain that was broken, closed, or not there when it was checked is not extended, and the trace tells why', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1' })
  const once = await chained(MESSAGE, 'none')
  const cases: readonly (readonly [message: string, chain: ChainState | null, why: string])[] = [
    [once.replace('Halo semua', 'Halo kamu'), 'fail', 'its ARC chain was broken when it came'],
    [await chained(once.replace('Halo semua', 'Halo kamu'), 'fail'), 'pass', 'a server before us has closed its ARC chain'],
    [once, 'none', 'its ARC chain is not the one that was checked when it came'],
    [once, null, 'its ARC chain is not the one that was checked when it came'],
    [MESSAGE, 'pass', 'its ARC chain is not the one that was checked when it came'],
  ]
  for (const [message, chain, why] of cases) {
    await forwarder.take(message, { fields: results(chain), to: [TEAM] })
    assert.ok((await forwarder.send('far.test', peer)).includes(`Not sealed: ${why}`), why)
    assert.match(arrived(peer), /^Authentication-Results: /)
    assert.doesNotMatch(arrived(peer), /ARC-Seal: i=\d; a=rsa/)
  }
})

test('nobody seals without results of our own, nor for a domain without keys', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1' })
  const organization = await forwarder.addDomain('baru.example', 'no-keys')
  // What a stranger says it found elsewhere is no finding of ours.
  await forwarder.take(results(null, 'mx.jauh.example') + MESSAGE, { to: [TEAM] })
  await forwarder.take(MESSAGE, { fields: results(null), to: [{ alias: 'a@baru.example', organization, targets: ['budi@far.test'] }] })
  await forwarder.take(MESSAGE, { fields: results(null), to: [{ alias: 'budi@cadangan.example', targets: ['budi@far.test'], spoolMs: 1000 }] })
  const lines = await forwarder.send('far.test', peer)
  assert.equal(peer.messages.length, 3)
  for (const { text } of peer.messages) assert.doesNotMatch(text, /^(?:ARC-|DKIM-)/m)
  assert.ok(!lines.some((line) => /sealed/.test(line)))
})

test('each organization seals what its own aliases lead on, and a bounce that only passes through is sealed and never signed', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1' })
  const organization = await forwarder.addDomain('toko.example', 'with-keys')
  const forged = MESSAGE.replace('orang@jauh.example', 'ani@home.example')
  await forwarder.take(forged, { fields: results(null), from: null, to: [TEAM, { alias: 'a@Toko.Example', organization, targets: ['cici@far.test'] }] })
  await forwarder.send('far.test', peer)
  const sealers = peer.messages.map(({ from, to, text }) => [from, to, /^ARC-Seal: .* d=(\S+);/.exec(text)?.[1], /^DKIM-Signature/m.test(text)])
  assert.deepEqual(sealers.toSorted(), [['', ['budi@far.test'], 'home.example', false], ['', ['cici@far.test'], 'toko.example', false]])
  for (const { text } of peer.messages) assert.equal((await found(forwarder, text)).arc.result, 'pass')
})

test('mail of our accounts and reports of ours are signed and not sealed, also where an alias leads them on', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1' })
  const { account, organization } = forwarder.house.ani
  const ours = MESSAGE.replace('orang@jauh.example', 'ani@home.example')
  await forwarder.take(ours, { fields: results(null), from: 'ani@home.example', to: [TEAM], login: { account, organization, login: 'ani@home.example' } })
  await forwarder.take(ours, { from: null, to: [TEAM], isOwn: true })
  await forwarder.send('far.test', peer)
  assert.equal(peer.messages.length, 2)
  for (const { text } of peer.messages) {
    assert.match(text, /^DKIM-Signature: [^]*\r\nDKIM-Signature: /)
    assert.doesNotMatch(text, /^ARC-/m)
  }
})

test('a message that is made 7-bit on its way is sealed as it leaves', async () => {
  await using forwarder = await open()
  await using peer = await startPeer({ address: '127.0.0.1', offers: ['PIPELINING'] })
  const latin = MESSAGE.replace('Halo semua', 'Kaf\xe9').replace('\r\n\r\n', '\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=latin1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n')
  await forwarder.take(latin, { fields: results(null), to: [TEAM], body: '8BITMIME' })
  await forwarder.send('far.test', peer)
  assert.match(arrived(peer), /^ARC-Seal: i=1; [^]*\r\n\r\nKaf=E9/)
  assert.equal((await found(forwarder, arrived(peer))).arc.result, 'pass')
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { authenticate } from 'mailauth'
import { authenticationResults } from '../../src/proto/mail/auth-results.ts'
import { openForwarder } from '../support/forwarding.ts'
import { runWell } from '../support/program.ts'
import { startPeer } from '../support/smtp-peer.ts'

const MESSAGE = 'From: Orang <orang@jauh.example>\r\nTo:  team@home.example\r\nSubject: Halo\r\n  semua\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@jauh.example>\r\n\r\nHalo  semua. \r\n\r\n'

test('dkimpy and mailauth verify the chain of a message that two houses have forwarded', async () => {
  await using forwarder = await openForwarder()
  await using peer = await startPeer({ address: '127.0.0.1' })
  const results = (chain: 'none' | 'pass'): string => authenticationResults('mx.home.example', [{ method: 'arc', result: chain, reason: null, properties: [] }, { method: 'dmarc', result: 'pass', reason: null, properties: [] }])
  await forwarder.take(MESSAGE, { fields: results('none'), to: [{ alias: 'team@home.example', targets: ['budi@far.test'] }] })
  await forwarder.send('far.test', peer)
  const organization = await forwarder.addDomain('toko.example', 'with-keys')
  // The second house leaves out what the first says in our name, as a border does.
  await forwarder.take(peer.messages[0]?.text ?? '', { fields: results('pass'), to: [{ alias: 'a@toko.example', organization, targets: ['budi@far.test'] }] })
  await forwarder.send('far.test', peer)
  const whole = peer.messages.map(({ text }) => text)
  assert.deepEqual(whole.map((text) => /^ARC-Seal: i=(\d).* cv=(\w+);/.exec(text)?.slice(1)), [['1', 'none'], ['2', 'pass']])
  const changed = whole.map((text) => text.replace('Subject: Halo', 'Subject: Halo!'))
  const messages = [...whole, ...changed].map((text) => Buffer.from(text, 'latin1'))
  const input = JSON.stringify({ keys: Object.fromEntries(forwarder.records), rsa: '', at: 0, verify: messages.map((each) => each.toString('base64')), seal: [] })
  const { stdout } = await runWell('/usr/bin/python3', [join(import.meta.dirname, 'arc-peer.py')], { input })
  assert.deepEqual((JSON.parse(stdout) as { verified: string[] }).verified, ['pass', 'pass', 'fail', 'fail'])
  const resolver = async (name: string): Promise<string[][]> => {
    const text = forwarder.records.get(name)
    if (text === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    return [[text]]
  }
  const found: string[] = []
  for (const message of messages) {
    const { arc } = await authenticate(message, { resolver, disableBimi: true, disableDmarc: true, trustReceived: false })
    found.push(typeof arc === 'object' ? arc.status.result : 'none')
  }
  assert.deepEqual(found, ['pass', 'pass', 'fail', 'fail'])
})

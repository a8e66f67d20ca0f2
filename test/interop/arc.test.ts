import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { authenticate, sealMessage } from 'mailauth'
import { MessageVerifier } from '../../src/proto/arc/message-verifier.ts'
import { Sealer } from '../../src/proto/arc/seal.ts'
import type { ChainState } from '../../src/proto/arc/arc-set.ts'
import { formatKeyRecord } from '../../src/proto/dkim/key-record.ts'
import { runWell } from '../support/program.ts'

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ED25519 = generateKeyPairSync('ed25519')
const RSA_PEM = RSA.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const KEYS: Readonly<Record<string, string>> = {
  'r._domainkey.me.example': formatKeyRecord(RSA.publicKey),
  'e._domainkey.me.example': formatKeyRecord(ED25519.publicKey),
}
const AT = 1_767_225_600
const RESULTS = 'spf=pass smtp.mailfrom=a@from.example; dmarc=pass header.from=from.example'
const { signal } = new AbortController()

/** Messages with much white space in them; the same at each run. */
const messages = fc.sample(
  fc.record({
    subject: fc.array(fc.constantFrom('a', ' ', '\t', '  ', '\r\n ', '\r\n\t', 'Halo'), { minLength: 1, maxLength: 12 }).map((parts) => `x${parts.join('')}x`),
    body: fc.array(fc.constantFrom('a', ' ', '\t', '\r\n', '\r\n\r\n', ' \r\n', 'Halo', 'é', '.'), { maxLength: 30 }).map((parts) => (parts.length === 0 ? '' : `${parts.join('')}\r\n`)),
  }),
  { seed: 8617, numRuns: 15 },
).map(({ subject, body }) => Buffer.from(`From: Ani <ani@from.example>\r\nTo:\t b@there.example\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@from.example>\r\nSUBJECT:${subject}\r\n\r\n${body}`))

async function sealedByUs(message: Buffer, chain: ChainState, kind: 'r' | 'e'): Promise<Buffer> {
  const sealer = new Sealer({ key: { domain: 'me.example', selector: kind, key: kind === 'r' ? RSA.privateKey : ED25519.privateKey }, atSeconds: AT, results: `mx.me.example; ${RESULTS}`, chain })
  sealer.push(message)
  const fields = await sealer.finish()
  assert.ok(fields.ok)
  return Buffer.concat([Buffer.from(fields.value), message])
}

async function foundByUs(message: Buffer): Promise<string> {
  const verifier = new MessageVerifier()
  verifier.push(message)
  const { arc } = await verifier.finish(
    async (name) => {
      const text = KEYS[name]
      return text === undefined ? { kind: 'none' } : { kind: 'texts', texts: [text] }
    },
    AT * 1000,
    signal,
  )
  return arc.reason === null ? arc.result : `${arc.result} ${arc.reason}`
}

async function foundByMailauth(message: Buffer): Promise<string> {
  const resolver = async (name: string): Promise<string[][]> => {
    const text = KEYS[name]
    if (text === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    return [[text]]
  }
  const { arc } = await authenticate(message, { resolver, disableBimi: true, disableDmarc: true, trustReceived: false })
  return typeof arc === 'object' ? arc.status.result : 'none'
}

async function dkimpy(task: { readonly verify: readonly Buffer[]; readonly seal: readonly Buffer[] }): Promise<{ readonly verified: readonly string[]; readonly sealed: readonly Buffer[] }> {
  const base64 = (all: readonly Buffer[]): readonly string[] => all.map((each) => each.toString('base64'))
  const input = JSON.stringify({ keys: KEYS, rsa: RSA_PEM, at: AT, verify: base64(task.verify), seal: base64(task.seal) })
  const { stdout } = await runWell('/usr/bin/python3', [join(import.meta.dirname, 'arc-peer.py')], { input })
  const answer = JSON.parse(stdout) as { verified: string[]; sealed: string[] }
  return { verified: answer.verified, sealed: answer.sealed.map((each) => Buffer.from(each, 'base64')) }
}

test('dkimpy and mailauth verify chains that we seal, and see what was changed', async () => {
  const chains: Buffer[] = []
  const changed: Buffer[] = []
  for (const message of messages) {
    const first = await sealedByUs(message, 'none', 'r')
    const second = await sealedByUs(Buffer.concat([Buffer.from('X-List: yes\r\n'), first]), 'pass', 'r')
    chains.push(first, second)
    changed.push(Buffer.from(second.toString('latin1').replace('From: Ani', 'From: Oni'), 'latin1'))
  }
  const { verified } = await dkimpy({ verify: [...chains, ...changed], seal: [] })
  assert.deepEqual(verified, [...chains.map(() => 'pass'), ...changed.map(() => 'fail')])
  for (const chain of chains) assert.equal(await foundByMailauth(chain), 'pass', JSON.stringify(chain.toString('latin1')))
  for (const chain of changed) assert.equal(await foundByMailauth(chain), 'fail')
})

test('mailauth verifies chains that we seal with Ed25519', async () => {
  for (const message of messages) assert.equal(await foundByMailauth(await sealedByUs(await sealedByUs(message, 'none', 'e'), 'pass', 'r')), 'pass')
})

test('we verify chains that dkimpy seals, and go on with them', async () => {
  const reported = messages.map((message) => Buffer.concat([Buffer.from(`Authentication-Results: mx.me.example; ${RESULTS}\r\n`), message]))
  const { sealed } = await dkimpy({ verify: [], seal: reported })
  assert.equal(sealed.length, messages.length)
  for (const [index, fields] of sealed.entries()) {
    const whole = Buffer.concat([fields, reported[index] ?? Buffer.alloc(0)])
    assert.equal(await foundByUs(whole), 'pass', JSON.stringify(whole.toString('latin1')))
    const more = await sealedByUs(whole, 'pass', 'e')
    assert.equal(await foundByUs(more), 'pass')
    assert.equal(await foundByMailauth(more), 'pass')
  }
})

test('we verify chains that mailauth seals upon ours', async () => {
  for (const message of messages) {
    const first = await sealedByUs(message, 'none', 'e')
    const seal = { signingDomain: 'me.example', selector: 'r', privateKey: RSA_PEM, signTime: new Date(AT * 1000), authResults: `mx.two.example; arc=pass; ${RESULTS}`, cv: 'pass', i: 2 }
    const fields = await sealMessage(first, seal)
    assert.ok(fields.length > 0)
    assert.equal(await foundByUs(Buffer.concat([fields, first])), 'pass')
  }
})

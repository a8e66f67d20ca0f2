import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import 'reflect-metadata'
import { AuthorityKeyIdentifierExtension, X509CertificateGenerator } from '@peculiar/x509'
import fc from 'fast-check'
import { makeCertificate } from '../../../test/support/certificate.ts'
import { renewalId } from '../../proto/acme/renewal-id.ts'
import type { IssuedCertificate } from './certificate.ts'
import type { AskAcme } from './client.ts'
import { ASK_RENEWAL_EVERY_MS } from './limits.ts'
import { RenewalInfo } from './renewal-info.ts'

const DIRECTORY = { newNonce: 'https://ca.test/n', newAccount: 'https://ca.test/a', newOrder: 'https://ca.test/o', renewalInfo: 'https://ca.test/renewal' }
const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
const made = await X509CertificateGenerator.createSelfSigned({
  name: 'CN=mx.test', keys, serialNumber: '87654321', signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
  extensions: [new AuthorityKeyIdentifierExtension('69885b6b87464041e1b37b847ba0ae2cde01c8d4')],
})
const chain = made.toString('pem')
const issued = (name: string, issuedMs = 0): IssuedCertificate => ({ name, names: [name], chain, key: '', notBeforeMs: 0, notAfterMs: 1, issuedMs, directory: 'https://ca.test/dir' })

test('a certificate is called what RFC 9773 calls it in its example', () => {
  const { raw, serialNumber } = new X509Certificate(chain)
  assert.equal(renewalId(raw, serialNumber), 'aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE')
})

test('one that does not name the key of its authority has no such name, and garbage is none', async () => {
  const { raw, serialNumber } = new X509Certificate((await makeCertificate(['mx.test'])).cert)
  assert.equal(renewalId(raw, serialNumber), null)
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 30 }), (head, tail) => void renewalId(Uint8Array.from([...head, 6, 3, 0x55, 0x1d, 0x23, ...tail]), '01')))
})

/** An authority whose windows begin on these days. */
function authority(days: Readonly<Record<string, number | null>>) {
  const asked: string[] = []
  const ask: AskAcme = async ({ url }) => {
    asked.push(url)
    const day = days['now'] ?? null
    if (!url.startsWith(DIRECTORY.renewalInfo)) return { kind: 'answered', status: 200, headers: {}, bytes: Buffer.from(JSON.stringify(DIRECTORY)) }
    if (day === null) return { kind: 'failed', why: 'nobody is there' }
    const at = (ms: number): string => new Date(ms).toISOString()
    return { kind: 'answered', status: 200, headers: {}, bytes: Buffer.from(JSON.stringify({ suggestedWindow: { start: at(day * 1000), end: at(day * 1000 + 100) } })) }
  }
  return { ask, asked }
}

test('a moment in the window is chosen once, kept while the window stays, and forgotten with the certificate', async () => {
  const signal = new AbortController().signal
  const days: Record<string, number | null> = { now: 5 }
  const { ask, asked } = authority(days)
  let [nowMs, chance] = [0, 0.5]
  const renewal = new RenewalInfo({ ask, nowMs: () => nowMs, chance: () => chance })
  const [one, two] = [issued('one.test'), issued('two.test')]
  assert.equal(renewal.suggestedMs(one), null)
  await renewal.askForOne([one, two], signal)
  assert.deepEqual([renewal.suggestedMs(one), renewal.suggestedMs(two)], [5050, null])
  await renewal.askForOne([one, two], signal)
  assert.equal(renewal.suggestedMs(two), 5050)
  await renewal.askForOne([one, two], signal)
  assert.equal(asked.filter((url) => url.startsWith('https://ca.test/renewal/aYhb')).length, 2)
  ;[nowMs, chance] = [ASK_RENEWAL_EVERY_MS, 0.1]
  await renewal.askForOne([one], signal)
  assert.equal(renewal.suggestedMs(one), 5050, 'the same window')
  ;[nowMs, days['now']] = [nowMs * 2, null]
  await renewal.askForOne([one], signal)
  assert.equal(renewal.suggestedMs(one), 5050, 'no answer changes nothing')
  ;[nowMs, days['now']] = [nowMs * 2, 9]
  await renewal.askForOne([one], signal)
  assert.equal(renewal.suggestedMs(one), 9010, 'another window')
  assert.equal(renewal.suggestedMs(issued('one.test', 1)), null, 'another certificate')
})

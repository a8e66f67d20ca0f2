/** A thread that lives for one certificate. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { workerData } from 'node:worker_threads'
import 'reflect-metadata'
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import type { CertificatePlan } from './certificate.ts'

/** What the demo calls itself. */
const NAMES = ['mx.merpati.test', 'merpati.test', '*.merpati.test', 'localhost']

const VALID_MS = 825 * 24 * 3_600_000

const { certificate: path, key: keyPath, nowMs } = workerData as CertificatePlan
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const certificate = await X509CertificateGenerator.createSelfSigned({
  name: 'CN=Merpati demo',
  notBefore: new Date(nowMs - 3_600_000), // Clocks differ.
  notAfter: new Date(nowMs + VALID_MS),
  signingAlgorithm: algorithm,
  keys,
  extensions: [
    new SubjectAlternativeNameExtension([
      ...NAMES.map((value) => ({ type: 'dns' as const, value })),
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
  ],
})
const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
// The key is on the disk before the certificate that says it is there.
mkdirSync(dirname(keyPath), { recursive: true, mode: 0o750 })
writeFileSync(keyPath, `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`, { mode: 0o600, flush: true })
writeFileSync(path, `${certificate.toString('pem')}\n`, { mode: 0o644, flush: true })

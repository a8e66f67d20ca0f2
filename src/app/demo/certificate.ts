import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What the demo calls itself. */
const NAMES = ['mx.merpati.test', 'merpati.test', '*.merpati.test', 'localhost']

const VALID_MS = 825 * 24 * 3_600_000
/** Made anew when it ends within this time. */
const SPARE_MS = 7 * 24 * 3_600_000

/** Makes a self-signed certificate for the demo's names, unless there is a good one. The key is readable by its owner only. */
export async function ensureCertificate(files: { readonly certificate: string; readonly key: string }, nowMs: number): Promise<void> {
  if (existsSync(files.key) && isGood(files.certificate, nowMs)) return
  // Loaded only when needed: it costs a noticeable part of a start.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Merpati demo',
    notBefore: new Date(nowMs - 3_600_000),
    notAfter: new Date(nowMs + VALID_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...NAMES.map((value) => ({ type: 'dns' as const, value })),
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ]),
    ],
  })
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  mkdirSync(dirname(files.key), { recursive: true, mode: 0o750 })
  writeFileSync(files.key, `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`, { mode: 0o600 })
  writeFileSync(files.certificate, `${certificate.toString('pem')}\n`, { mode: 0o644 })
}

function isGood(path: string, nowMs: number): boolean {
  if (!existsSync(path)) return false
  return Date.parse(new X509Certificate(readFileSync(path, 'utf8')).validTo) > nowMs + SPARE_MS
}

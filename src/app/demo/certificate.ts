import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeSelfSigned } from '../certificate/x509.ts'

/** Made anew when it ends within this time. */
const SPARE_MS = 7 * 24 * 3_600_000

const VALID_MS = 825 * 24 * 3_600_000

/** What the demo calls itself. */
const NAMES = ['mx.merpati.test', 'merpati.test', '*.merpati.test', 'localhost']

/** Makes a self-signed certificate for the demo's names, unless there is a good one. The key is readable by its owner only. */
export async function ensureCertificate({ certificate, key }: { readonly certificate: string; readonly key: string }, nowMs: number): Promise<void> {
  if (existsSync(key) && isGood(certificate, nowMs)) return
  const made = await makeSelfSigned({
    commonName: 'Merpati demo',
    names: NAMES,
    addresses: ['127.0.0.1', '::1'],
    notBeforeMs: nowMs - 3_600_000, // Clocks differ.
    notAfterMs: nowMs + VALID_MS,
    extension: null,
  })
  // The key is on the disk before the certificate that says it is there.
  mkdirSync(dirname(key), { recursive: true, mode: 0o750 })
  writeFileSync(key, made.key, { mode: 0o600, flush: true })
  writeFileSync(certificate, made.cert, { mode: 0o644, flush: true })
}

/** A file that a power cut left empty is not good either. */
function isGood(path: string, nowMs: number): boolean {
  try {
    return Date.parse(new X509Certificate(readFileSync(path)).validTo) > nowMs + SPARE_MS
  } catch {
    return false
  }
}

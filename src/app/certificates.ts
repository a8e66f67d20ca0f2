import { readFileSync } from 'node:fs'
import { fail, ok, type Result } from '../base/result.ts'
import { TlsContexts } from '../infra/net/tls.ts'
import type { Config } from './config/config.ts'

/**
 * Reads the certificate of the configuration: null when there is none. Main asks first, so that a bad file is refused in
 * one line before anything runs; then every protocol thread does, with the same 48 bytes of ticket keys.
 */
export function readCertificates({ tls }: Config, ticketKeys: Uint8Array): Result<TlsContexts | null, string> {
  if (tls === null) return ok(null)
  const cert = readText(tls.certificate)
  if (!cert.ok) return fail(`tls.certificate: ${cert.error}`)
  const key = readText(tls.key)
  if (!key.ok) return fail(`tls.key: ${key.error}`)
  const contexts = new TlsContexts(ticketKeys)
  const set = contexts.setCertificates([{ cert: cert.value, key: key.value }])
  if (set.ok) return ok(contexts)
  return fail(`tls.certificate: want a PEM certificate chain that belongs to the key ${tls.key}, got ${tls.certificate} (${set.error.reason})`)
}

function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return fail(`want a file that this user may read, got ${path} (${(error as NodeJS.ErrnoException).code})`)
  }
}

import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fail, ok, type Result } from '../../base/result.ts'
import type { ChallengeKind } from '../../core/certificate/certificate.ts'
import type { AcmeConfig } from './config.ts'
import type { Settings } from './settings.ts'

/** Understands `[acme]`: null when certificates come from files alone. */
export function acmeOf({ acme, hostname, listen }: Settings, folder: string): Result<AcmeConfig | null, string> {
  if (!acme.enabled) return ok(null)
  if (!acme.agree_tos) return fail(`acme.agree_tos: want true, because ${acme.directory} makes certificates only for who agrees to its terms of service`)
  const challenges = acme.challenges.filter((kind) => listen.some(({ protocol, security }) => protocol === 'http' && security === SECURITY[kind]))
  if (challenges.length === 0) return fail('acme.challenges: want one that a listener can answer: "http-01" needs an http listener with security "none", "tls-alpn-01" one with "implicit"')
  const external = externalOf(acme, folder)
  if (!external.ok) return external
  const roots = acme.roots === undefined ? ok(null) : readText(resolve(folder, acme.roots), 'acme.roots: want a file with certificates, PEM')
  if (!roots.ok) return roots
  return ok({
    directory: acme.directory,
    contact: acme.contact,
    names: acme.names.length === 0 ? [hostname] : [...new Set(acme.names)],
    hosted: acme.hosted_names,
    keyType: acme.key_type,
    challenges,
    external: external.value,
    roots: roots.value === null ? null : [roots.value],
  })
}

/** What a listener must have so that a validator is answered there: RFC 8555 §8.3, RFC 8737 §3. */
const SECURITY: Readonly<Record<ChallengeKind, 'none' | 'implicit'>> = { 'http-01': 'none', 'tls-alpn-01': 'implicit' }

function externalOf({ eab_key_id: keyId, eab_key_file: file }: Settings['acme'], folder: string): Result<AcmeConfig['external'], string> {
  if (keyId === undefined && file === undefined) return ok(null)
  if (keyId === undefined) return fail('acme.eab_key_id: it is missing, and eab_key_file belongs to it')
  if (file === undefined) return fail('acme.eab_key_file: want a file that holds the MAC key of eab_key_id')
  const macKey = readText(resolve(folder, file), 'acme.eab_key_file: want a file that holds the MAC key of eab_key_id')
  return macKey.ok ? ok({ keyId, macKey: macKey.value.trim() }) : macKey
}

function readText(path: string, wanted: string): Result<string, string> {
  return existsSync(path) ? ok(readFileSync(path, 'utf8')) : fail(`${wanted}, got ${path}, which is not there`)
}

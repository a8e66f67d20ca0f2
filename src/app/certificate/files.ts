import { readFileSync, statSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { fail, ok, type Result } from '../../base/result.ts'
import { type Certificate, faultOf, namesIn } from '../../infra/net/tls.ts'
import type { CertificateFiles, Config } from '../config/config.ts'

/** A certificate that serves, and what it is called in metrics, logs and lists. */
export interface NamedCertificate extends Certificate {
  readonly name: string
  readonly expiresMs: number
}

/** What a look at the files found. */
export type Look = { readonly kind: 'same' } | { readonly kind: 'changed' } | { readonly kind: 'broken'; readonly why: string }

/** A certificate chain and its key in two files, which others replace when they like. What was good last serves on until there is something better. */
export class WatchedFiles {
  readonly #files: CertificateFiles
  #current: NamedCertificate
  /** How the files looked when they were read last, whatever was in them. */
  #seen: string
  #content: string
  #isBroken = false

  private constructor(files: CertificateFiles, current: NamedCertificate, seen: string) {
    this.#files = files
    this.#current = current
    this.#seen = seen
    this.#content = current.cert + current.key
  }

  /** Reads the files for the first time. The fault names the setting. */
  static open(files: CertificateFiles): Result<WatchedFiles, string> {
    const seen = stampOf(files)
    const read = readPair(files)
    return read.ok ? ok(new WatchedFiles(files, read.value, seen)) : read
  }

  get current(): NamedCertificate {
    return this.#current
  }

  /** True while what lies in the files cannot be used. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Looks whether the files are others by now. Broken ones are said once: the two are not replaced at the same moment, and the next look may like them. */
  look(): Look {
    const seen = stampOf(this.#files)
    if (seen === this.#seen) return { kind: 'same' }
    this.#seen = seen
    const read = readPair(this.#files)
    this.#isBroken = !read.ok
    if (!read.ok) return { kind: 'broken', why: read.error }
    const content = read.value.cert + read.value.key
    if (content === this.#content) return { kind: 'same' }
    this.#content = content
    this.#current = read.value
    return { kind: 'changed' }
  }
}

/** Opens the certificates of the configuration, the one of `[tls]` first. */
export function openFiles({ tls, certificates }: Config): Result<readonly WatchedFiles[], string> {
  const opened: WatchedFiles[] = []
  for (const files of tls === null ? certificates : [{ ...tls, names: null, setting: 'tls' }, ...certificates]) {
    const watched = WatchedFiles.open(files)
    if (!watched.ok) return watched
    opened.push(watched.value)
  }
  return ok(opened)
}

function readPair({ certificate: path, key: keyPath, names, setting }: CertificateFiles): Result<NamedCertificate, string> {
  const cert = readText(path)
  if (!cert.ok) return fail(`${setting}.certificate: ${cert.error}`)
  const key = readText(keyPath)
  if (!key.ok) return fail(`${setting}.key: ${key.error}`)
  const pair = { cert: cert.value, key: key.value }
  const fault = faultOf(pair)
  if (fault !== null) return fail(`${setting}.certificate: want a PEM certificate chain that belongs to the key ${keyPath}, got ${path} (${fault})`)
  return ok({ ...pair, ...(names === null ? {} : { names }), name: names?.[0] ?? namesIn(pair.cert)[0] ?? path, expiresMs: expiryOf(pair.cert) })
}

/** When a certificate ends. */
export function expiryOf(pem: string): number {
  return Date.parse(new X509Certificate(pem).validTo)
}

function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return fail(`want a file that this user may read, got ${path} (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Changes when either file is replaced or written to. Links are followed: that is how some programs replace files. */
function stampOf({ certificate, key }: CertificateFiles): string {
  return [certificate, key].map(stampOfOne).join(' ')
}

function stampOfOne(path: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true })
    return `${ino}/${size}/${mtimeNs}`
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

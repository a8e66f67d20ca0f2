import { DAY_MS } from '../../base/duration.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Log } from '../../base/log.ts'
import type { IssuedCertificate } from '../../core/certificate/certificate.ts'
import { certificateStamp, openCertificate, storedCertificates } from '../../core/certificate/sql.ts'
import type { Database } from '../../infra/db/database.ts'
import { faultOf } from '../../infra/net/tls.ts'
import type { Gauge, Metrics } from '../../infra/observe/metrics.ts'
import { expiryOf, type NamedCertificate, type WatchedFiles } from './files.ts'
import { makeSelfSigned } from './x509.ts'

/** The certificate that serves until an authority has made one. Made at each start that needs it: nobody trusts it, so nobody remembers it. */
const STAND_IN_MS = 90 * DAY_MS

/** What the keeper of certificates works with. */
export interface KeeperOptions {
  readonly files: readonly WatchedFiles[]
  readonly db: Database
  readonly secret: Uint8Array
  readonly hostname: string
  /** Whether certificates are to come from an authority: then there is one from the start. */
  readonly acme: boolean
  readonly metrics: Metrics
  readonly log: Log
  readonly nowMs: () => number
  /** Hands all certificates to every protocol thread, the one for clients without a name first. */
  readonly tell: (certificates: readonly NamedCertificate[]) => void
}

/** Knows the certificates that serve: those in files, then those of authorities, then the one of our own. Main has it; threads are told. */
export class CertificateKeeper {
  readonly #options: KeeperOptions
  readonly #expiry: Gauge<'name'>
  readonly #broken: Gauge<'name'>
  #issued: readonly NamedCertificate[] = []
  #stamp: string | null = null
  #standIn: NamedCertificate | null = null
  /** Looks are one after the other: an older one must not have the last word. */
  #looking: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#expiry = options.metrics.gauge('merpati_certificate_expiry_seconds', 'When a certificate that serves ends, in seconds since 1970.', ['name'], 'max')
    this.#broken = options.metrics.gauge('merpati_certificate_broken', 'Whether new files of a certificate could not be used, so that the one before serves on.', ['name'], 'max')
  }

  /** Tells the threads what there is at the start. */
  async start(): Promise<void> {
    for (const { current } of this.#options.files) this.#broken.set({ name: current.name }, 0)
    try {
      await this.#lookAtIssued()
    } catch (error) {
      this.#options.log.warn('certificate.look_failed', { error }) // A start does not wait for a database that is silent: the next look finds them.
    }
    await this.#spread()
  }

  /** Looks whether there are other certificates than before, and hands them out. A database that is silent changes nothing; files are looked at all the same. */
  async look(): Promise<void> {
    const looked = this.#looking.then(() => this.#look())
    this.#looking = looked.catch(() => {}) // Whoever asked for it hears of it.
    await looked
  }

  async #look(): Promise<void> {
    const hasChanged = this.#options.files.map((files) => this.#lookAt(files)).includes(true)
    try {
      if ((await this.#lookAtIssued()) || hasChanged) await this.#spread()
    } catch (error) {
      if (hasChanged) await this.#spread()
      throw error
    }
  }

  #lookAt(files: WatchedFiles): boolean {
    const { log } = this.#options
    const { name, expiresMs } = files.current
    const look = files.look()
    this.#broken.set({ name }, Number(files.isBroken))
    if (look.kind === 'same') return false
    if (look.kind === 'broken') {
      log.error('certificate.refused', { name, why: look.why, kept: isoTime(expiresMs) })
      return false
    }
    log.info('certificate.replaced', { name: files.current.name, expires: isoTime(files.current.expiresMs) })
    return true
  }

  async #lookAtIssued(): Promise<boolean> {
    const { db, secret, log, hostname, acme } = this.#options
    if (!acme) return false
    const stamp = await certificateStamp(db)
    if (stamp === this.#stamp) return false
    const isFirst = this.#stamp === null
    const opened: IssuedCertificate[] = []
    for (const stored of await storedCertificates(db)) {
      const certificate = openCertificate(secret, stored)
      const fault = certificate === null ? 'its key was closed with another secret' : faultOf({ cert: certificate.chain, key: certificate.key })
      if (certificate === null || fault !== null) log.error('certificate.unusable', { name: stored.name, why: fault })
      else opened.push(certificate)
    }
    const known = new Map(this.#issued.map((certificate) => [certificate.name, certificate.cert]))
    this.#issued = opened.toSorted(byUse(hostname)).map(({ name, chain, key, notAfterMs }) => ({ name, cert: chain, key, expiresMs: notAfterMs }))
    this.#stamp = stamp
    for (const { name, cert, expiresMs } of this.#issued) {
      if (!isFirst && known.get(name) !== cert) log.info('certificate.replaced', { name, expires: isoTime(expiresMs) })
    }
    return true
  }

  async #spread(): Promise<void> {
    const served = [...this.#options.files.map(({ current }) => current), ...this.#issued]
    if (served.length === 0 && this.#options.acme) served.push((this.#standIn ??= await this.#makeStandIn()))
    // Of two with one name the first serves, so it has the last word here.
    for (const { name, expiresMs } of served.toReversed()) this.#expiry.set({ name }, Math.round(expiresMs / 1000))
    if (served.length > 0) this.#options.tell(served)
  }

  async #makeStandIn(): Promise<NamedCertificate> {
    const { hostname, nowMs, log } = this.#options
    log.info('certificate.stood_in', { name: hostname })
    const made = await makeSelfSigned({ commonName: hostname, names: [hostname], addresses: [], notBeforeMs: nowMs() - DAY_MS, notAfterMs: nowMs() + STAND_IN_MS, extension: null })
    return { ...made, name: hostname, expiresMs: expiryOf(made.cert) }
  }
}

/** The one for our host name first: clients that say no name get it. Then the newest: of two for one name the first serves. */
function byUse(hostname: string): (a: IssuedCertificate, b: IssuedCertificate) => number {
  const isOurs = ({ names }: IssuedCertificate): number => Number(names.includes(hostname))
  return (a, b) => isOurs(b) - isOurs(a) || b.issuedMs - a.issuedMs
}

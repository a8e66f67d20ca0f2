import type { Clock } from '../../base/clock.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Log } from '../../base/log.ts'
import { type IssuedCertificate, type Tries, UNTRIED, type WantedCertificate } from '../../core/certificate/certificate.ts'
import type { AskAcme } from '../../core/certificate/client.ts'
import { afterFailure, type Standing, whyDue } from '../../core/certificate/due.ts'
import { ANSWERS_MS, MAX_ANSWER_BYTES, ORDER_WITHIN_MS, REQUEST_WITHIN_MS } from '../../core/certificate/limits.ts'
import { orderCertificate, type OrderOptions } from '../../core/certificate/order.ts'
import { RenewalInfo } from '../../core/certificate/renewal-info.ts'
import { accountAt, certificateStamp, forgetCertificates, keepAccount, keepCertificate, noteTries, openCertificate, storedCertificates, triesByName } from '../../core/certificate/sql.ts'
import { putAnswer, removeAnswer } from '../../core/certificate/sql-challenge.ts'
import type { Database } from '../../infra/db/database.ts'
import { callHttps } from '../../infra/net/call-https.ts'
import type { Counter, Metrics } from '../../infra/observe/metrics.ts'
import type { AcmeConfig } from '../config/config.ts'
import { hostedCertificates, type LeadsHere } from './wanted.ts'
import { makeRequest, makeSelfSigned } from './x509.ts'

/** How often it is looked whether hosts of domains lead to us: whoever sets up DNS waits for an hour at most. */
const HOSTED_EVERY_MS = 3_600_000

/** A certificate that ended so long ago is of no use to anybody. */
const FORGET_MS = 30 * 24 * 3_600_000

/** The answer to TLS-ALPN-01 is looked at once, minutes after it was made. */
const ALPN_LIFE_MS = 24 * 3_600_000

/** What orders are made with. */
export interface OrdersOptions {
  readonly db: Database
  readonly acme: AcmeConfig
  readonly secret: Uint8Array
  readonly leadsHere: LeadsHere
  readonly clock: Clock
  /** From 0 to 1. */
  readonly chance: () => number
  readonly metrics: Metrics
  readonly log: Log
  /** Called when there is a new certificate. */
  readonly issued: () => Promise<void>
}

/** Sees to it that there are the certificates that there should be: orders them, and renews them in time. One node at a time does, under a lease. */
export class CertificateOrders {
  readonly #options: OrdersOptions
  readonly #renewal: RenewalInfo
  readonly #outcomes: Counter<'outcome'>
  #hosted: { readonly atMs: number; readonly wanted: readonly WantedCertificate[] } | null = null
  #known: { readonly stamp: string; readonly certificates: ReadonlyMap<string, IssuedCertificate> } | null = null

  constructor(options: OrdersOptions) {
    this.#options = options
    this.#renewal = new RenewalInfo({ ask: askBy(options.acme), nowMs: () => options.clock.nowMs(), chance: options.chance })
    this.#outcomes = options.metrics.counter('merpati_certificate_orders_total', 'Certificates that were ordered, and what became of it.', ['outcome'])
  }

  /** Orders the first certificate that is due, if any. One at a time: authorities count. */
  async look(signal: AbortSignal): Promise<void> {
    const { db, clock, acme } = this.#options
    const current = await this.#current()
    const tries = await triesByName(db)
    for (const wanted of await this.#wanted(current, tries, signal)) {
      const certificate = current.get(wanted.name) ?? null
      const suggestedMs = certificate === null ? null : this.#renewal.suggestedMs(certificate)
      const standing: Standing = { wanted, current: certificate, tries: tries.get(wanted.name) ?? UNTRIED, suggestedMs }
      const why = whyDue(standing, acme.directory, clock.nowMs())
      if (why !== null) return await this.#order(wanted, standing.tries, why, signal)
    }
    await this.#renewal.askForOne([...current.values()], signal)
  }

  async #current(): Promise<ReadonlyMap<string, IssuedCertificate>> {
    const { db, secret } = this.#options
    const stamp = await certificateStamp(db)
    if (this.#known?.stamp === stamp) return this.#known.certificates
    // Whose key cannot be opened counts as missing.
    const opened = (await storedCertificates(db)).map((stored) => openCertificate(secret, stored)).filter((certificate) => certificate !== null)
    const certificates = new Map(opened.map((certificate) => [certificate.name, certificate]))
    this.#known = { stamp, certificates }
    return certificates
  }

  async #wanted(current: ReadonlyMap<string, IssuedCertificate>, tries: ReadonlyMap<string, Tries>, signal: AbortSignal): Promise<readonly WantedCertificate[]> {
    const { db, acme, clock, leadsHere } = this.#options
    const { names, hosted } = acme
    const [name] = names
    const own = name === undefined ? [] : [{ name, names }]
    if (!hosted) return own
    const nowMs = clock.nowMs()
    // Whoever asks for new certificates wants DNS to be looked at, too.
    const staleMs = [...tries.values()].reduce((latest, { askedMs }) => Math.max(latest, askedMs ?? 0), nowMs - HOSTED_EVERY_MS)
    if (this.#hosted === null || this.#hosted.atMs <= staleMs) {
      const before = new Set([...current.values()].flatMap((certificate) => certificate.names))
      this.#hosted = { atMs: nowMs, wanted: await hostedCertificates(db, before, leadsHere, signal) }
    }
    return [...own, ...this.#hosted.wanted]
  }

  async #order(wanted: WantedCertificate, tries: Tries, why: string, signal: AbortSignal): Promise<void> {
    const { db, clock, chance, secret, acme, log, issued } = this.#options
    // One way of proof may be closed and the other open: each failure tries the next.
    const challenge = acme.challenges[tries.failedMs.length % acme.challenges.length] ?? 'http-01'
    log.info('certificate.ordered', { name: wanted.name, names: wanted.names, why, challenge })
    // Counts as failed until it has not: whatever ends an order here, a crash, a full disk, the authority is not asked again and again.
    await db.write(noteTries, { name: wanted.name, ...afterFailure(tries, 'the order was not finished', clock.nowMs(), chance(), null) })
    const within = AbortSignal.any([signal, AbortSignal.timeout(ORDER_WITHIN_MS)])
    const made = await orderCertificate(wanted, { ...(await this.#orderOptions()), challenge }, within)
    if (signal.aborted && !made.ok) return await db.write(noteTries, { name: wanted.name, ...tries }) // We stop: nobody has failed.
    this.#outcomes.inc({ outcome: made.ok ? 'issued' : 'failed' })
    if (made.ok) {
      await keepCertificate(db, secret, made.value)
      await db.write(forgetCertificates, { beforeMs: clock.nowMs() - FORGET_MS })
      log.info('certificate.issued', { name: wanted.name, expires: isoTime(made.value.notAfterMs) })
      return await issued()
    }
    const after = afterFailure(tries, made.error.why, clock.nowMs(), chance(), made.error.retryAfterMs)
    await db.write(noteTries, { name: wanted.name, ...after })
    log.warn('certificate.failed', { name: wanted.name, challenge, why: made.error.why, next: isoTime(after.nextMs) })
  }

  async #orderOptions(): Promise<Omit<OrderOptions, 'challenge'>> {
    const { db, acme, secret, clock } = this.#options
    const { directory, contact, external, keyType } = acme
    return {
      directory,
      contact,
      external,
      keyType,
      clock,
      ask: askBy(acme),
      account: await accountAt(db, secret, directory),
      keepAccount: (account) => keepAccount(db, secret, directory, account),
      answer: (answer) => db.write(putAnswer, { answer, nowMs: clock.nowMs(), untilMs: clock.nowMs() + ANSWERS_MS }),
      forget: (answer) => db.write(removeAnswer, { answer }),
      makeRequest,
      selfSigned: (name, extension) =>
        makeSelfSigned({ commonName: 'Merpati', names: [name], addresses: [], notBeforeMs: clock.nowMs() - ALPN_LIFE_MS, notAfterMs: clock.nowMs() + ALPN_LIFE_MS, extension }),
    }
  }
}

function askBy({ roots }: AcmeConfig): AskAcme {
  return (request, signal) => callHttps({ ...request, roots, maxBytes: MAX_ANSWER_BYTES, withinMs: REQUEST_WITHIN_MS }, signal)
}

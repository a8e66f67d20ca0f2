import { X509Certificate } from 'node:crypto'
import { readDirectory, readRenewal } from '../../proto/acme/resource.ts'
import { renewalId } from '../../proto/acme/renewal-id.ts'
import type { IssuedCertificate } from './certificate.ts'
import type { AskAcme } from './client.ts'
import { ASK_RENEWAL_EVERY_MS } from './limits.ts'

/** What an authority last said of one certificate. */
interface Suggested {
  readonly issuedMs: number
  readonly askAgainMs: number
  /** Chosen from its window; null when it says nothing. */
  readonly atMs: number | null
  readonly startMs: number | null
}

/** What the suggestions are made with. */
export interface RenewalOptions {
  readonly ask: AskAcme
  readonly nowMs: () => number
  /** From 0 to 1: a moment within the window, so that not everybody comes at once. RFC 9773 §4.2. */
  readonly chance: () => number
}

/**
 * Asks authorities now and then when they would like certificates to be renewed: earlier than usual when they have to revoke them. RFC 9773.
 * An authority that does not say, or does not answer, changes nothing.
 */
export class RenewalInfo {
  readonly #options: RenewalOptions
  readonly #known = new Map<string, Suggested>()

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  /** When that is for a certificate, as far as it has been asked; null when it is not known. */
  suggestedMs(certificate: IssuedCertificate): number | null {
    return this.#knownOf(certificate)?.atMs ?? null
  }

  /** Asks for the first of these that nobody has asked for lately. One at a time: there may be thousands, and nothing hurries. */
  async askForOne(certificates: readonly IssuedCertificate[], signal: AbortSignal): Promise<void> {
    const { nowMs, chance } = this.#options
    const due = certificates.find((certificate) => nowMs() >= (this.#knownOf(certificate)?.askAgainMs ?? 0))
    if (due === undefined) return
    const known = this.#knownOf(due)
    const window = await this.#window(due, signal)
    const isSame = known !== null && (window === null || window.startMs === known.startMs)
    const atMs = window === null ? null : window.startMs + (window.endMs - window.startMs) * chance()
    this.#known.set(due.name, {
      issuedMs: due.issuedMs,
      askAgainMs: nowMs() + ASK_RENEWAL_EVERY_MS,
      atMs: isSame ? known.atMs : atMs,
      startMs: window?.startMs ?? known?.startMs ?? null,
    })
  }

  /** A renewed certificate has a life of its own. */
  #knownOf({ name, issuedMs }: IssuedCertificate): Suggested | null {
    const known = this.#known.get(name)
    return known?.issuedMs === issuedMs ? known : null
  }

  async #window({ chain, directory }: IssuedCertificate, signal: AbortSignal) {
    const { raw, serialNumber } = new X509Certificate(chain)
    const id = renewalId(raw, serialNumber)
    const found = await this.#get(directory, signal)
    const base = found === null ? null : (readDirectory(found)?.renewalInfo ?? null)
    if (id === null || base === null) return null
    const answer = await this.#get(`${base.replace(/\/$/, '')}/${id}`, signal)
    return answer === null ? null : readRenewal(answer)
  }

  async #get(url: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const answer = await this.#options.ask({ method: 'GET', url, headers: { accept: 'application/json' } }, signal)
    return answer.kind === 'answered' && answer.status === 200 ? answer.bytes : null
  }
}

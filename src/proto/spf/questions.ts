import type { Answer, Failed, Mx, None } from '../../base/dns.ts'
import { isAskable } from './domain-spec.ts'
import type { SpfDns } from './dns.ts'
import { MAX_QUESTIONS } from './limits.ts'

/**
 * The questions of one evaluation: counted, limited, and broken off by its signal. A name that cannot be asked for has no records (RFC 7208
 * §4.8); so it costs no question.
 */
export class Questions {
  /** Terms that asked, and those without an answer. */
  lookups = 0
  voids = 0
  /** Questions that went to DNS. */
  asked = 0
  readonly #dns: SpfDns
  readonly #signal: AbortSignal

  constructor(dns: SpfDns, signal: AbortSignal) {
    this.#dns = dns
    this.#signal = signal
  }

  txt(name: string): Promise<Answer<string>> {
    return this.#ask(name, () => this.#dns.txt(name, this.#signal))
  }

  addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    return this.#ask(name, () => this.#dns.addresses(name, family, this.#signal))
  }

  mx(name: string): Promise<Answer<Mx>> {
    return this.#ask(name, () => this.#dns.mx(name, this.#signal))
  }

  ptr(address: string): Promise<Answer<string>> {
    return this.#ask(null, () => this.#dns.ptr(address, this.#signal))
  }

  async #ask<T>(name: string | null, ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
    if (name !== null && !isAskable(name)) return noSuchName(name)
    if (this.#signal.aborted) return { kind: 'failed', why: 'aborted', detail: 'it took too long' }
    if (this.asked >= MAX_QUESTIONS) return { kind: 'failed', why: 'overloaded', detail: 'too many questions' }
    this.asked += 1
    const answer = await ask()
    // A resolver that refuses the name says the same as we above.
    return answer.kind === 'failed' && answer.why === 'bad-name' ? noSuchName(name ?? '') : answer
  }
}

/** A failure as people read it. */
export function failureText(what: string, { detail }: Failed): string {
  return `${what}: ${detail}`
}

function noSuchName(name: string): None {
  return { kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: 0 }
}

import type { Try } from './attempt.ts'
import type { Hop } from './plan.ts'

/** How long a host that did not greet us is asked after all others. */
const DOWN_MS = 60_000

/** Hosts that did not answer lately. They are asked last, so that not each message waits for a dead primary before it goes to the backup. */
export class DownHosts {
  readonly #until = new Map<string, number>()

  /** Learns from an attempt: a host is down when none of its addresses greeted us. */
  learn(tries: readonly Try[], nowMs: number): void {
    for (const { host, greeted } of tries) {
      if (greeted) this.#until.delete(host)
      else if (!tries.some((other) => other.host === host && other.greeted)) this.#until.set(host, nowMs + DOWN_MS)
    }
    for (const [host, untilMs] of this.#until) if (untilMs <= nowMs) this.#until.delete(host)
  }

  /** The hops with those that are down at the end, otherwise in their order. */
  order(hops: readonly Hop[], nowMs: number): readonly Hop[] {
    const isDown = ({ host }: Hop): boolean => (this.#until.get(host) ?? 0) > nowMs
    return this.#until.size === 0 ? hops : [...hops.filter((hop) => !isDown(hop)), ...hops.filter(isDown)]
  }
}

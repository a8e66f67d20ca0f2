import type { Failed, FailedWhy } from '../../../base/dns.ts'
import { isLasting } from '../../../base/dns.ts'
import { askServer } from './ask-server.ts'
import type { Asked } from './ask-server.ts'
import type { DnsServer } from './exchange.ts'
import type { Followed } from './follow.ts'
import { LAST_TRY_MS, ROUNDS } from './limits.ts'
import type { Reply } from './message.ts'

/** What the servers together have to say. `reply` is there unless nobody had anything to say. */
export type Heard<T> = { readonly kind: 'heard'; readonly said: Exclude<Followed<T>, Failed>; readonly reply: Reply } | Failed

/** Of several failures the one that tells most is reported. */
const TELLING: readonly FailedWhy[] = ['timeout', 'unreachable', 'malformed', 'lame', 'refused', 'servfail']

/** The configured servers, asked one after the other until one knows. The last that knew something is asked first the next time. */
export class Upstream {
  readonly #servers: readonly DnsServer[]
  readonly #firstTryMs: number
  #first = 0

  constructor(servers: readonly DnsServer[], firstTryMs: number) {
    this.#servers = servers
    this.#firstTryMs = firstTryMs
  }

  /**
   * Asks until a server gives something that `read` can use. A server that fails is not asked again, a silent one is, and waited for
   * longer each time. A fault that is the name owner's is the same everywhere and ends it.
   */
  async ask<T>(asked: Asked, read: (reply: Reply) => Followed<T>, signal: AbortSignal): Promise<Heard<T>> {
    const failures = new Map<DnsServer, Failed>()
    const start = this.#first
    for (let round = 0; round < ROUNDS; round++) {
      const withinMs = Math.min(this.#firstTryMs * 2 ** round, Math.max(this.#firstTryMs, LAST_TRY_MS))
      for (let step = 0; step < this.#servers.length; step++) {
        const at = (start + step) % this.#servers.length
        const server = this.#servers[at]
        if (server === undefined || (failures.get(server)?.why ?? 'timeout') !== 'timeout') continue
        const answered = await askServer(server, asked, withinMs, signal)
        const said = answered.kind === 'reply' ? read(answered.reply) : answered
        if (said.kind !== 'failed') this.#first = at
        if (said.kind !== 'failed' && answered.kind === 'reply') return { kind: 'heard', said, reply: answered.reply }
        if (said.kind === 'failed' && (said.why === 'aborted' || isLasting(said.why))) return said
        if (said.kind === 'failed') failures.set(server, said)
      }
    }
    return mostTelling([...failures.values()])
  }
}

function mostTelling(failures: readonly Failed[]): Failed {
  const [worst] = failures.toSorted((one, other) => TELLING.indexOf(other.why) - TELLING.indexOf(one.why))
  return worst ?? { kind: 'failed', why: 'timeout', detail: 'there is no server' }
}

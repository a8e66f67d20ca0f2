import { isIPv6 } from 'node:net'

/** How many connections may be open at a time: in all, and from one client. */
export interface CapLimits {
  readonly total: number
  readonly perClient: number
  /** Clients that are never refused for their own number (loopback, other nodes). They count towards `total`. */
  readonly exempt: (address: string) => boolean
}

/** Whether a connection may stay, or which cap it is over. */
export type Admission = 'admitted' | 'total' | 'client'

/** Counts open connections. Listeners that share one share its limits. Counts are a worker's own: divide a machine's limit by its workers. */
export class ConnectionCaps {
  readonly #limits: CapLimits
  readonly #byClient = new Map<string, number>()
  #total = 0

  constructor(limits: CapLimits) {
    this.#limits = limits
  }

  /** Open connections that were admitted. */
  get total(): number {
    return this.#total
  }

  /** Counts a connection in when it is under both caps. Whoever is admitted must `leave` once. */
  enter(address: string): Admission {
    if (this.#total >= this.#limits.total) return 'total'
    const client = clientOf(address)
    const open = this.#byClient.get(client) ?? 0
    if (open >= this.#limits.perClient && !this.#limits.exempt(address)) return 'client'
    this.#byClient.set(client, open + 1)
    this.#total += 1
    return 'admitted'
  }

  /** Counts an admitted connection out. */
  leave(address: string): void {
    const client = clientOf(address)
    const open = this.#byClient.get(client) ?? 0
    if (open <= 1) this.#byClient.delete(client)
    else this.#byClient.set(client, open - 1)
    this.#total -= 1
  }
}

/** An IPv6 client is its /64: one customer holds that many addresses. Unusual spellings only make for a finer count. */
function clientOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length
    while (groups.length < 8 - after) groups.push('0')
  }
  return `${groups.slice(0, 4).join(':')}::/64`
}

import { mostExact } from './most-exact.ts'
import type { HostPort, Transport } from './transport.ts'

/** What has been said about routes. */
export interface SaidRoutes {
  readonly transports: Readonly<Record<string, Transport>>
  /** Domains that we keep mail for, with their servers as `host:port`; none for those of their MX records. */
  readonly relayDomains: ReadonlyMap<string, readonly string[]>
}

/** Routes that people have chosen, held in memory and read anew now and then. */
export class ChosenRoutes {
  readonly #read: () => Promise<SaidRoutes>
  #transport: (domain: string) => Transport | null = () => null
  #relayDomains: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(read: () => Promise<SaidRoutes>) {
    this.#read = read
  }

  /** Reads what is said now. */
  async refresh(): Promise<void> {
    const { transports, relayDomains } = await this.#read()
    this.#transport = mostExact(transports)
    this.#relayDomains = relayDomains
  }

  /** Where mail for a domain goes; null for the usual way. A transport goes before the servers of a relay domain. deliverability §2.2. */
  of(domain: string): Transport | null {
    const transport = this.#transport(domain)
    if (transport !== null) return transport
    const hosts = this.#relayDomains.get(domain) ?? []
    if (hosts.length > 0) return { kind: 'relay', hosts: hosts.map(hostPortOf), protocol: 'smtp', security: 'opportunistic', login: null }
    return this.keepsFor(domain) ? { kind: 'direct' } : null
  }

  /** Whether we are the backup of a domain. */
  keepsFor(domain: string): boolean {
    return this.#relayDomains.has(domain)
  }
}

function hostPortOf(text: string): HostPort {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

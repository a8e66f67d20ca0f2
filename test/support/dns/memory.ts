import ipaddr from 'ipaddr.js'
import type { Answer, Failed, Mx } from '../../../src/base/dns.ts'

/** The records of one name; `trouble` makes every question for it fail. */
export interface MemoryEntry {
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  /** `[preference, exchange]`. */
  readonly MX?: readonly (readonly [number, string])[]
  readonly TXT?: readonly string[]
  readonly PTR?: readonly string[]
  readonly trouble?: Failed['why']
}

/** DNS without a wire, for checks that ask through a port: names in lower case. It counts what it is asked. */
export class MemoryDns {
  /** Each question, such as `A mx.example`. */
  readonly asked: string[] = []
  readonly #names: ReadonlyMap<string, MemoryEntry>

  constructor(names: Readonly<Record<string, MemoryEntry>>) {
    this.#names = new Map(Object.entries(names))
  }

  async txt(name: string): Promise<Answer<string>> {
    return this.#answer('TXT', name, (entry) => entry.TXT)
  }

  async addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    return family === 4 ? this.#answer('A', name, (entry) => entry.A) : this.#answer('AAAA', name, (entry) => entry.AAAA)
  }

  async mx(name: string): Promise<Answer<Mx>> {
    return this.#answer('MX', name, (entry) => entry.MX?.map(([preference, exchange]) => ({ preference, exchange })))
  }

  /** `PTR` records stand under the address itself. */
  async ptr(address: string): Promise<Answer<string>> {
    return this.#answer('PTR', ipaddr.process(address).toString(), (entry) => entry.PTR)
  }

  #answer<T>(type: string, name: string, read: (entry: MemoryEntry) => readonly T[] | undefined): Answer<T> {
    this.asked.push(`${type} ${name}`)
    const entry = this.#names.get(name)
    if (entry?.trouble !== undefined) return { kind: 'failed', why: entry.trouble, detail: 'no server answered in time' }
    const records = (entry && read(entry)) ?? []
    if (records.length === 0) return { kind: 'none', why: entry === undefined ? 'nxdomain' : 'nodata', name, aliases: [], authentic: false, ttlMs: 60_000 }
    return { kind: 'found', records, name, aliases: [], authentic: false, ttlMs: 60_000, stale: false }
  }
}

import ipaddr from 'ipaddr.js'
import type { Answer, Mx } from '../../src/base/dns.ts'
import type { SpfDns } from '../../src/proto/spf/dns.ts'

/** Records by name, as the suite writes them: `TIMEOUT`, or a type with its data. */
export type ZoneData = Readonly<Record<string, readonly ('TIMEOUT' | Readonly<Record<string, unknown>>)[]>>

type Entry = Readonly<Record<string, unknown>>

/**
 * The DNS of one scenario. SPF entries are TXT records too, unless the name has a TXT entry of its own, `NONE` included. A bare `TIMEOUT` is trouble
 * with every type that does not stand before it. Aliases go one step. Unknown names that begin with `error.` are trouble.
 */
export class SpfZone implements SpfDns {
  readonly #names = new Map<string, readonly ('TIMEOUT' | Entry)[]>()

  constructor(data: ZoneData) {
    for (const [name, entries] of Object.entries(data)) this.#names.set(plain(name), entries)
  }

  async txt(name: string): Promise<Answer<string>> {
    const isTextThere = (this.#names.get(plain(name)) ?? []).some((entry) => entry !== 'TIMEOUT' && 'TXT' in entry)
    const types = isTextThere ? ['TXT'] : ['TXT', 'SPF']
    return this.#find(name, types, (data) => (data === 'NONE' ? null : [data].flat().join('')))
  }

  async addresses(name: string, family: 4 | 6): Promise<Answer<string>> {
    return this.#find(name, [family === 4 ? 'A' : 'AAAA'], String)
  }

  async mx(name: string): Promise<Answer<Mx>> {
    return this.#find(name, ['MX'], (data) => {
      const [preference, exchange] = data as readonly [number, string] // The suite writes them so.
      return { preference, exchange }
    })
  }

  async ptr(address: string): Promise<Answer<string>> {
    const parsed = ipaddr.parse(address)
    const parts = parsed.kind() === 'ipv4' ? parsed.toByteArray() : parsed.toByteArray().flatMap((byte) => [(byte >> 4).toString(16), (byte & 15).toString(16)])
    return this.#find(`${parts.toReversed().join('.')}.${parsed.kind() === 'ipv4' ? 'in-addr' : 'ip6'}.arpa`, ['PTR'], String)
  }

  #find<T>(name: string, types: readonly string[], read: (data: unknown) => T | null, steps = 0): Answer<T> {
    if (name.split('.').some((label) => label.length > 63)) return trouble('a label is too long')
    const entries = this.#names.get(plain(name))
    if (entries === undefined) return name.startsWith('error.') ? trouble('it says so') : { kind: 'none', why: 'nxdomain', name, aliases: [], authentic: false, ttlMs: 0 }
    const records: T[] = []
    for (const entry of entries) {
      if (entry === 'TIMEOUT') {
        if (records.length === 0) return trouble('timeout')
        continue
      }
      const [[type = '', data] = []] = Object.entries(entry)
      if (type === 'CNAME') return steps === 0 ? this.#find(String(data), types, read, 1) : trouble('an alias of an alias')
      if (!types.includes(type)) continue
      if (data === 'TIMEOUT') return trouble('timeout')
      const record = read(data)
      if (record !== null) records.push(record)
    }
    if (records.length === 0) return { kind: 'none', why: 'nodata', name, aliases: [], authentic: false, ttlMs: 0 }
    return { kind: 'found', records, name, aliases: [], authentic: false, ttlMs: 0, stale: false }
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function trouble(detail: string): Answer<never> {
  return { kind: 'failed', why: 'timeout', detail }
}

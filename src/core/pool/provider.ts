import { burstOf, isSlower } from './rate.ts'
import type { Rate } from './rate.ts'
import { DEFAULT_LIMITS, limitsFault } from './lane-limits.ts'
import type { SomeLimits } from './lane-limits.ts'
import { MAX_LABELS } from './limits.ts'

/** Who says so: the provider itself, many operators, or only we, as a number to start with. */
export type Provenance = 'provider' | 'operators' | 'ours'

/** One provider: a company behind many domains, with one idea of who may send to it. A row of the tables in `table/`. */
export interface ProviderRow {
  /** What rules, overrides and sites call it. */
  readonly key: string
  readonly name: string
  /** All MX hosts of a domain stand below one of these names; or the domain is one of these, or stands below one of these. */
  readonly match:
    | { readonly by: 'mx'; readonly below: readonly string[] }
    | { readonly by: 'domain'; readonly exact: readonly string[] }
    | { readonly by: 'domain'; readonly below: readonly string[] }
  /** Does the whole provider count as one site, or does each set of hosts there? The latter where customers are judged apart. */
  readonly rollup: 'provider' | 'hosts'
  /** Connections from one source: while it is cold, and after. */
  readonly connections: readonly [cold: number, warm: number]
  readonly messagesPerConnection: number
  readonly rate: readonly [cold: Rate, warm: Rate]
  /** What differs from the default in both. */
  readonly also?: SomeLimits
  readonly note: string
  readonly source: Provenance
  /** When the row was last compared with the world. */
  readonly checkedAt: string
  /** Hosts (or domains) that are the provider's, and some that look so and are not. */
  readonly tests: { readonly yes: readonly string[]; readonly no: readonly string[] }
}

/** The provider rows, ready to be asked. */
export interface Providers {
  readonly byKey: ReadonlyMap<string, ProviderRow>
  readonly byMx: ReadonlyMap<string, ProviderRow>
  readonly byDomain: ReadonlyMap<string, ProviderRow>
  readonly byDomainAbove: ReadonlyMap<string, ProviderRow>
}

/** Makes the rows ready and checks them. @throws {Error} with one line that names the row and what is wrong with it. */
export function loadProviders(rows: readonly ProviderRow[]): Providers {
  const byKey = new Map<string, ProviderRow>()
  const byMx = new Map<string, ProviderRow>()
  const byDomain = new Map<string, ProviderRow>()
  const byDomainAbove = new Map<string, ProviderRow>()
  const claim = (names: readonly string[], map: Map<string, ProviderRow>, row: ProviderRow): void => {
    for (const name of names) {
      if (!NAME.test(name)) throw new Error(`provider ${row.key}: ${name} is no lower-case host name`)
      const other = map.get(name)
      if (other !== undefined) throw new Error(`provider ${row.key}: ${name} belongs to ${other.key} already`)
      map.set(name, row)
    }
  }
  for (const row of rows) {
    const fault = rowFault(row, byKey)
    if (fault !== null) throw new Error(`provider ${row.key}: ${fault}`)
    byKey.set(row.key, row)
    if (row.match.by === 'mx') claim(row.match.below, byMx, row)
    else if ('exact' in row.match) claim(row.match.exact, byDomain, row)
    else claim(row.match.below, byDomainAbove, row)
  }
  const providers = { byKey, byMx, byDomain, byDomainAbove }
  for (const row of rows) checkTests(row, providers)
  return providers
}

/** The provider that a host belongs to, by its name: labels are compared, never parts of them. Null when none does. */
export function providerOfHost({ byMx }: Providers, host: string): ProviderRow | null {
  return below(byMx, host)
}

/** The provider that a domain belongs to by its own name, whatever its hosts are. Null when none does. */
export function providerOfDomain({ byDomain, byDomainAbove }: Providers, domain: string): ProviderRow | null {
  return byDomain.get(plain(domain)) ?? below(byDomainAbove, domain)
}

/** A row's limits for a source of this age, only what differs from the default. */
export function limitsOfRow(row: ProviderRow, age: 'cold' | 'warm'): SomeLimits {
  const at = age === 'cold' ? 0 : 1
  return {
    connections: row.connections[at],
    // A large provider counts addresses, not senders; ours may have ten at work before they wait for each other.
    connectionsOverAll: Math.max(DEFAULT_LIMITS[age].connectionsOverAll, row.connections[1] * 10),
    messagesPerConnection: row.messagesPerConnection,
    rate: row.rate[at],
    burst: burstOf(row.rate[at]),
    ...row.also,
  }
}

const NAME = /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,10}$/

function below(map: ReadonlyMap<string, ProviderRow>, name: string): ProviderRow | null {
  let rest = plain(name)
  for (let labels = 0; labels < MAX_LABELS; labels++) {
    const row = map.get(rest)
    if (row !== undefined) return row
    const dot = rest.indexOf('.')
    if (dot === -1) return null
    rest = rest.slice(dot + 1)
  }
  return null
}

function plain(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

function rowFault(row: ProviderRow, before: ReadonlyMap<string, ProviderRow>): string | null {
  if (!/^[a-z][a-z0-9-]{1,30}$/.test(row.key)) return 'the key must be of lower-case letters, digits and hyphens'
  if (before.has(row.key)) return 'the key is there twice'
  if (!/^\d{4}-\d{2}-\d{2}$/.test(row.checkedAt)) return `checkedAt must be a date, got ${row.checkedAt}`
  if (row.tests.yes.length === 0 || row.tests.no.length === 0) return 'it needs a test of each kind'
  if (row.connections[1] < row.connections[0]) return 'fewer connections when warm than when cold'
  if (isSlower(row.rate[1], row.rate[0])) return 'slower when warm than when cold'
  return limitsFault(limitsOfRow(row, 'cold')) ?? limitsFault(limitsOfRow(row, 'warm'))
}

function checkTests(row: ProviderRow, providers: Providers): void {
  const find = row.match.by === 'mx' ? providerOfHost : providerOfDomain
  for (const name of row.tests.yes) {
    if (find(providers, name) !== row) throw new Error(`provider ${row.key}: ${name} should match, and does not`)
  }
  for (const name of row.tests.no) {
    if (find(providers, name) === row) throw new Error(`provider ${row.key}: ${name} should not match, and does`)
  }
}

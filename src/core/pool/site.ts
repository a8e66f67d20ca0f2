import { createHash } from 'node:crypto'
import { MAX_HOSTS } from './limits.ts'
import { providerOfDomain, providerOfHost } from './provider.ts'
import type { Providers } from './provider.ts'
import { PROVIDERS } from './table/providers.ts'

/** An MX host and its preference; the domain itself with preference 0 where there is no MX (RFC 5321 §5.1). */
export interface SiteHost {
  readonly preference: number
  readonly host: string
}

/** Where deliveries go together. */
export interface Site {
  /** Equal for domains that share limits and connections: a provider's key, or `mx-` and a digest of the hosts. */
  readonly key: string
  /** Whose limits and rules hold. Null: nobody's that we know. */
  readonly provider: string | null
}

/**
 * The site of a domain. A provider's row counts only when all hosts are the provider's: a stranger who names
 * Google's hosts as his backup must not have a say in how we send to Google.
 *
 * Sites share limits and connections, never routes: a connection may carry another domain's mail only if its peer is in that
 * domain's own plan.
 */
export function siteOf(domain: string, hosts: readonly SiteHost[], providers: Providers = PROVIDERS): Site {
  const names = hosts.map(({ host }) => hostName(host))
  const [first] = names
  const byHost = first === undefined ? null : providerOfHost(providers, first)
  const isAll = byHost !== null && names.every((name) => providerOfHost(providers, name) === byHost)
  const row = isAll ? byHost : providerOfDomain(providers, domain)
  if (row === null) return { key: `mx-${digest(domain, hosts)}`, provider: null }
  if (row.rollup === 'provider') return { key: row.key, provider: row.key }
  return { key: `${row.key}-${digest(domain, hosts)}`, provider: row.key }
}

/** The provider that a site's key stands for; null when it is nobody's that we know. */
export function providerOfSite(key: string, providers: Providers = PROVIDERS): string | null {
  const own = key.replace(/-[0-9a-f]{16}$/, '')
  return providers.byKey.has(own) ? own : null
}

/**
 * A site's name for people: its provider's, or its hosts with their numbers drawn together. Never a key: `mx1` and `mx2` may be
 * strangers.
 */
export function siteLabel(site: Site, hosts: readonly SiteHost[], providers: Providers = PROVIDERS): string {
  const row = site.provider === null ? null : (providers.byKey.get(site.provider) ?? null)
  if (row !== null && row.rollup === 'provider') return row.name
  const inOrder = hosts.slice(0, MAX_HOSTS).toSorted((a, b) => a.preference - b.preference)
  const shown = [...new Set(inOrder.map(({ host }) => hostName(host).replace(/\d{1,20}/g, '#')))].join(', ')
  return row === null ? shown : `${row.name} (${shown})`
}

/** Same hosts in the same order of preference, whatever the numbers are: same site. */
function digest(domain: string, hosts: readonly SiteHost[]): string {
  const preferences = [...new Set(hosts.map(({ preference }) => preference))].toSorted((a, b) => a - b)
  const lines = hosts.map(({ preference, host }) => `${preferences.indexOf(preference)} ${hostName(host)}`)
  const text = lines.length === 0 ? `domain ${hostName(domain)}` : [...new Set(lines)].toSorted().join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function hostName(host: string): string {
  const lower = host.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

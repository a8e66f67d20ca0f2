import type { Event } from '../event/event.ts'
import { domainOf, foldAddress } from '../suppression/suppression.ts'

/** What a try told of the domain of its recipient: that there is none, by NXDOMAIN, or that its server spoke. */
export interface DomainSign {
  readonly domain: string
  readonly isThere: boolean
  readonly atMs: number
}

const TRIED: ReadonlySet<string> = new Set(['delivery.delivered', 'delivery.deferred', 'delivery.failed'])

/** What an event tells of a domain; null for all that do not tell. A server that did not answer, such as SERVFAIL, tells nothing, nor does a relay that took the mail. */
export function domainSignOf({ type, atMs, data }: Event): DomainSign | null {
  if (!TRIED.has(type)) return null
  const { recipient, host, site, missing, mode } = data as Readonly<Record<string, unknown>>
  if (mode === 'test') return null // Nobody was asked.
  const domain = typeof recipient === 'string' ? domainOf(foldAddress(recipient)) : ''
  if (domain === '') return null
  // A domain that is an alias of a name that is gone is there.
  if (missing === domain) return { domain, isThere: false, atMs }
  const isAsked = typeof host === 'string' && !(typeof site === 'string' && site.startsWith('relay '))
  return isAsked ? { domain, isThere: true, atMs } : null
}

import { isIP } from 'node:net'
import { isLasting, type Answer, type Mx } from '../../base/dns.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import { MAX_HOSTS } from './limits.ts'

/** A server to try, in the order to try them. Those with the same `preference` are equals. */
export interface Hop {
  /** A host name as A-labels, or an address. */
  readonly host: string
  readonly port: number
  readonly preference: number
}

/** Where mail for a domain goes, or why it cannot go there now or ever. */
export type Plan =
  /** `authentic`: DNSSEC vouches for the MX records, so that DANE may be asked for (RFC 7672 §2.2.1). */
  | { readonly kind: 'hops'; readonly hops: readonly Hop[]; readonly authentic: boolean }
  /** Nobody can say now. */
  | { readonly kind: 'temporary'; readonly status: string; readonly text: string }
  /** Nobody will ever take it. `confirm`: only once the same has been heard again after a while. `missing`: the domain, when DNS says that there is none (NXDOMAIN). */
  | { readonly kind: 'permanent'; readonly status: string; readonly text: string; readonly confirm: boolean; readonly missing?: string }

/** What planning knows of ourselves. */
export interface PlanSettings {
  /** Where servers listen: 25, except in tests. */
  readonly port: number
  /** Whether a host is this system. RFC 5321 §5.1: then it and all hosts that are no better are left out. */
  readonly isOurs: (host: string) => boolean
}

/**
 * The servers of a domain by its MX records, best first; equals in an order that `chance` (numbers from [0, 1)) decides, anew at
 * each try. RFC 5321 §5.1, deliverability §2.3. Their addresses are looked up later, one by one.
 */
export function planMx(domain: string, answer: Answer<Mx>, settings: PlanSettings, chance: () => number): Plan {
  switch (answer.kind) {
    case 'failed':
      if (isLasting(answer.why)) return { kind: 'permanent', status: '5.4.4', text: `${domain} cannot be looked up: ${answer.detail}`, confirm: false }
      // RFC 5321 §5.1: an error is no absence; asking the address instead would send mail to the wrong place.
      return { kind: 'temporary', status: '4.4.3', text: `the MX records of ${domain} could not be learned: ${answer.detail}` }
    case 'none':
      if (answer.why === 'nxdomain') return { kind: 'permanent', status: '5.1.2', text: `${answer.name} does not exist`, confirm: true, ...(answer.name === domain ? { missing: domain } : {}) }
      // RFC 5321 §5.1: without MX records the domain itself is its server.
      return prune(domain, [{ host: answer.name, port: settings.port, preference: 0 }], answer.authentic, settings)
    case 'found':
      return planRecords(domain, answer.records, answer.authentic, settings, chance)
  }
}

function planRecords(domain: string, records: readonly Mx[], authentic: boolean, settings: PlanSettings, chance: () => number): Plan {
  const [first] = records
  // RFC 7505 §3. One among others is a mistake, and means nothing.
  if (records.length === 1 && first?.exchange === '') return { kind: 'permanent', status: '5.1.10', text: `${domain} takes no mail (null MX)`, confirm: false }
  const hops = ordered(distinct(records), settings.port, chance)
  if (hops.length === 0) return { kind: 'permanent', status: '5.4.4', text: `no MX record of ${domain} names a host that could exist`, confirm: false }
  return prune(domain, hops, authentic, settings)
}

/** Each name once, at its best; without what is no host name. */
function distinct(records: readonly Mx[]): readonly Mx[] {
  const best = new Map<string, Mx>()
  for (const { preference, exchange } of records) {
    const name = hostName(exchange)
    if (name !== null && preference < (best.get(name)?.preference ?? Number.POSITIVE_INFINITY)) best.set(name, { preference, exchange: name })
  }
  return [...best.values()]
}

/** RFC 2181 §10.3 wants the name of a host. An address in its place is a common mistake that other senders do not honour either. */
function hostName(exchange: string): string | null {
  const name = parseDomain(exchange)
  return name === null || isIP(name) !== 0 || !name.includes('.') || /^\d+$/.test(name.slice(name.lastIndexOf('.') + 1)) ? null : name
}

function ordered(records: readonly Mx[], port: number, chance: () => number): readonly Hop[] {
  return records
    .map(({ preference, exchange }) => ({ host: exchange, port, preference, order: chance() }))
    .sort((a, b) => a.preference - b.preference || a.order - b.order)
    .slice(0, MAX_HOSTS)
    .map(({ host, preference }) => ({ host, port, preference }))
}

/** RFC 5321 §5.1: a relay that finds itself leaves itself out, and all that are not better: mail would go round. */
function prune(domain: string, hops: readonly Hop[], authentic: boolean, { isOurs }: PlanSettings): Plan {
  const own = hops.filter(({ host }) => isOurs(host)).map(({ preference }) => preference)
  const kept = hops.filter(({ preference }) => preference < Math.min(...own))
  if (kept.length > 0) return { kind: 'hops', hops: kept, authentic }
  return { kind: 'permanent', status: '5.4.6', text: `the MX records of ${domain} lead to this server, which does not serve it`, confirm: true }
}

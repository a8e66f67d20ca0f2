import { isIP } from 'node:net'
import type { Answer, Mx } from '../../base/dns.ts'
import { siteOf } from '../pool/site.ts'
import { viaOf } from '../queue/delivery.ts'
import type { Login } from './connect.ts'
import { MAX_HOSTS } from './limits.ts'
import { type Plan, planMx, type PlanSettings } from './plan.ts'
import type { Names } from './port.ts'
import { OPPORTUNISTIC, type TlsRule } from './tls-rule.ts'
import type { Transport } from './transport.ts'

/** Where mail goes: to where somebody has said, to one relay, or to whom MX records name. */
export interface RouteSettings extends PlanSettings {
  /** Takes all mail of which nothing else is said. */
  readonly relay: Extract<Transport, { kind: 'relay' }> | null
  /** What somebody has said of a domain; null for nothing. */
  readonly chosen: (domain: string) => Transport | null
  /** Whether we are the backup of a domain: its servers may well be away, and are asked again soon. */
  readonly keepsFor: (domain: string) => boolean
  /** Whether the Internet finds this system at an address. */
  readonly isOurAddress: (address: string) => boolean
}

/** A domain's route: its servers, and the site whose limits they share. */
export interface Routed {
  readonly plan: Plan
  /** A short name for "these servers", the same for every domain that they serve. */
  readonly site: string
  /** Whose limits and rules hold there; null for nobody's that is known. */
  readonly provider: string | null
  readonly rule: TlsRule
  readonly security: 'plain' | 'implicit'
  readonly protocol: 'smtp' | 'lmtp'
  readonly login: Login | null
  /** The servers were named by the operator: any address will do. */
  readonly isChosen: boolean
  readonly isBackup: boolean
}

/** Finds the servers of a lane, which is the recipient's domain as a rule, anew for each transaction: DNS answers are kept by `names`. deliverability §2.2. */
export async function routeOf(domain: string, settings: RouteSettings, names: Names, chance: () => number, signal: AbortSignal): Promise<Routed> {
  const via = viaOf(domain)
  if (via !== null) return { ...relayed({ kind: 'relay', hosts: [via], protocol: 'smtp', security: 'opportunistic', login: null }), isBackup: false }
  const chosen = settings.chosen(domain) ?? settings.relay
  const isBackup = settings.keepsFor(domain)
  if (chosen?.kind === 'relay') return { ...relayed(chosen), isBackup }
  const plan: Plan = chosen?.kind === 'refuse' ? { kind: 'permanent', status: '5.7.1', text: chosen.text, confirm: false } : await planDomain(domain, settings, names, chance, signal)
  const site = plan.kind === 'hops' ? siteOf(domain, plan.hops) : { key: domain, provider: null }
  return { plan, site: site.key, provider: site.provider, rule: OPPORTUNISTIC, security: 'plain', protocol: 'smtp', login: null, isChosen: false, isBackup }
}

function relayed({ hosts, protocol, security, login }: Extract<Transport, { kind: 'relay' }>): Omit<Routed, 'isBackup'> {
  const plan: Plan = { kind: 'hops', hops: hosts.map(({ host, port }, preference) => ({ host, port, preference })), authentic: false }
  const site = `relay ${hosts.map(({ host, port }) => `${host}:${port}`).join(',')}`
  const rule: TlsRule = { need: security === 'opportunistic' ? 'may' : 'verify', by: 'relay' }
  return { plan, site, provider: null, rule, security: security === 'implicit' ? 'implicit' : 'plain', protocol, login, isChosen: true }
}

async function planDomain(domain: string, settings: RouteSettings, names: Names, chance: () => number, signal: AbortSignal): Promise<Plan> {
  const literal = /^\[(?:IPv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1]
  // RFC 5321 §4.1.3: an address in brackets is its own server.
  if (literal !== undefined && isIP(literal) !== 0) return { kind: 'hops', hops: [{ host: literal, port: settings.port, preference: 0 }], authentic: false }
  const answer = await names.mx(domain, signal)
  const isOurs = settings.keepsFor(domain) ? await ourHosts(answer, settings, names, signal) : settings.isOurs
  return planMx(domain, answer, { port: settings.port, isOurs }, chance)
}

/** MX hosts that are us, also under a name that we do not know: by their addresses. deliverability §2.6. */
async function ourHosts(answer: Answer<Mx>, { isOurs, isOurAddress }: RouteSettings, names: Names, signal: AbortSignal): Promise<(host: string) => boolean> {
  const hosts = answer.kind === 'found' ? [...new Set(answer.records.map(({ exchange }) => exchange.toLowerCase()))].slice(0, MAX_HOSTS) : []
  const ours = new Set<string>()
  for (const host of hosts) {
    const answers = await Promise.all(([4, 6] as const).map((family) => names.addresses(host, family, signal)))
    if (answers.some((found) => found.kind === 'found' && found.records.some(isOurAddress))) ours.add(host)
  }
  return (host) => isOurs(host) || ours.has(host)
}

import { isIP } from 'node:net'
import type { Login } from './connect.ts'
import { siteOf } from '../pool/site.ts'
import { type Plan, planMx, type PlanSettings } from './plan.ts'
import type { Names } from './port.ts'
import { OPPORTUNISTIC, type TlsRule } from './tls-rule.ts'

/** A server that takes all our mail and sends it on. */
export interface Relay {
  readonly host: string
  readonly port: number
  /** `implicit`: TLS from the first byte. */
  readonly security: 'plain' | 'implicit'
  readonly tls: TlsRule
  readonly login: Login | null
}

/** Where mail goes: to one relay, or to whom MX records name. */
export interface RouteSettings extends PlanSettings {
  readonly relay: Relay | null
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
  readonly login: Login | null
  /** The servers were named by the operator: any address will do. */
  readonly isChosen: boolean
}

/** Finds the servers of a recipient's domain, anew for each transaction: DNS answers are kept by `names`. deliverability §2.2. */
export async function routeOf(domain: string, settings: RouteSettings, names: Names, chance: () => number, signal: AbortSignal): Promise<Routed> {
  const { relay } = settings
  if (relay !== null) {
    const plan: Plan = { kind: 'hops', hops: [{ host: relay.host, port: relay.port, preference: 0 }], authentic: false }
    return { plan, site: `relay ${relay.host}:${relay.port}`, provider: null, rule: relay.tls, security: relay.security, login: relay.login, isChosen: true }
  }
  const plan = await planDomain(domain, settings, names, chance, signal)
  const site = plan.kind === 'hops' ? siteOf(domain, plan.hops) : { key: domain, provider: null }
  return { plan, site: site.key, provider: site.provider, rule: OPPORTUNISTIC, security: 'plain', login: null, isChosen: false }
}

async function planDomain(domain: string, settings: PlanSettings, names: Names, chance: () => number, signal: AbortSignal): Promise<Plan> {
  const literal = /^\[(?:IPv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1]
  // RFC 5321 §4.1.3: an address in brackets is its own server.
  if (literal !== undefined && isIP(literal) !== 0) return { kind: 'hops', hops: [{ host: literal, port: settings.port, preference: 0 }], authentic: false }
  return planMx(domain, await names.mx(domain, signal), settings, chance)
}

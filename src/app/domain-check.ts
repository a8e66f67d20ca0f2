import { systemClock } from '../base/clock.ts'
import type { Answer } from '../base/dns.ts'
import type { Log } from '../base/log.ts'
import { type LiveTest, judgeAlignment } from '../core/domain/check/alignment.ts'
import { checkDomain, type DomainCheck, withFinding } from '../core/domain/check/check-domain.ts'
import type { Greeted, OneClick, OutsidePort } from '../core/domain/check/questions.ts'
import type { HostedDomain } from '../core/domain/domain.ts'
import { dkimKeysOf } from '../core/domain/sql-dkim.ts'
import type { Subject } from '../core/domain/wanted-records.ts'
import type { DnsLists } from '../core/filter/dnslist/dns-lists.ts'
import { blockList, isAllowed } from '../core/outbound/targets.ts'
import { fetchPolicy } from '../core/outbound/tls/fetch-policy.ts'
import { returnHost } from '../core/inbound/return-host.ts'
import { resolve } from '../core/route/resolve.ts'
import { sqlRoutes } from '../core/route/sql.ts'
import type { Database } from '../infra/db/database.ts'
import { fetchText } from '../infra/net/fetch-text.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'
import { parseDomain } from '../proto/mail/domain.ts'
import { SmtpClient } from '../proto/smtp/client/client.ts'
import { DEADLINES } from '../proto/smtp/client/limits.ts'
import { Transcript } from '../proto/smtp/client/transcript.ts'
import { lastingSecret } from './births.ts'
import { checkPort, SILENCE, SILENT } from './check-port.ts'
import type { Config } from './config/config.ts'
import { builtInZone } from './demo/zone.ts'
import { houseOf } from './house-of.ts'
import { resolverOf } from './names.ts'
import { liveTest } from './live-test.ts'
import { pressUnsubscribe } from './one-click.ts'
import { openWith, returnDomainsOf, signWith } from './outbound.ts'
import { listedDomain, listsAgainst } from './own-lists.ts'

/** How long our own port 25 may take to answer a check. */
const GREET_WITHIN_MS = 15_000

/** Pages that mail programs ask for. */
const WEB_PATHS = { autoconfig: '/mail/config-v1.1.xml', autodiscover: '/autodiscover/autodiscover.xml' } as const

/** How long a web server may take to answer a check, how many of its addresses are tried, and how much it may send. */
const WEB_WITHIN_MS = 10_000
const MAX_WEB_ADDRESSES = 4
const MAX_WEB_BYTES = 64 * 1024

/** What checks are made with. */
export interface CheckOptions {
  readonly config: Config
  readonly db: Database
  readonly log: Log
}

/** Checks domains; holds a resolver of its own. */
export class DomainChecker implements Disposable {
  readonly #options: CheckOptions
  /** Null where names are the demo's own. */
  readonly #resolver: DnsResolver | null
  readonly #lists: DnsLists | null
  readonly #secret: Uint8Array

  private constructor(options: CheckOptions, resolver: DnsResolver | null) {
    this.#options = options
    this.#resolver = resolver
    this.#lists = resolver === null ? null : listsAgainst(resolver, options.config, options.log)
    this.#secret = lastingSecret(options.config)
  }

  /** Opens one, and finds out whether its DNS server validates. */
  static async open(options: CheckOptions, signal: AbortSignal): Promise<DomainChecker> {
    const resolver = await resolverOf(options.config.outbound, options.log)
    if (options.config.outbound.validating !== 'no') await resolver?.selfTest(signal)
    return new DomainChecker(options, resolver)
  }

  /** Checks a domain now: nothing that DNS said before counts, for whoever has just mended a record. */
  async check(domain: HostedDomain, signal: AbortSignal): Promise<DomainCheck> {
    this.#resolver?.forget()
    const subject = await subjectOf(this.#options, domain)
    const { outbound } = this.#options.config
    const allowed = blockList(outbound.allowed)
    return await checkDomain(subject, this.#resolver === null ? SILENT : checkPort(this.#resolver), this.#outside(allowed), signal)
  }

  /** The same, with a test mail that is signed as it would leave and judged as it would be elsewhere. */
  async checkLive(domain: HostedDomain, signal: AbortSignal): Promise<DomainCheck> {
    const checked = await this.check(domain, signal)
    if (domain.state === 'parked') return checked
    const subject = await subjectOf(this.#options, domain)
    const resolver = this.#resolver
    const { db, config } = this.#options
    const returns = await returnHost(sqlRoutes(db), domain.organization, domain.name, subject.house.hostname)
    const test: LiveTest = resolver === null ? { kind: 'untried', why: SILENCE.detail } : await liveTest({ resolver, sign: signWith(db, config.hostname, returnDomainsOf(config.hostname, resolver)), secret: this.#secret, returns }, domain.organization, subject, signal)
    return withFinding(checked, judgeAlignment(subject, test))
  }

  /** Asks for texts, as they are now: whoever has just published one need not wait. */
  async texts(name: string, signal: AbortSignal): Promise<Answer<string>> {
    this.#resolver?.forget()
    return await (this.#resolver ?? builtInZone).txt(name, signal)
  }

  #outside(allowed: ReturnType<typeof blockList>): OutsidePort {
    const { config, db, log } = this.#options
    const resolver = this.#resolver
    let pressed: Promise<OneClick> | null = null // Two checks ask it, once for both.
    return {
      policy: async (domain, signal) => {
        if (resolver === null) return { kind: 'failed', why: SILENCE.detail }
        const addresses = (host: string, family: 4 | 6, within: AbortSignal) => resolver.addresses(host, family, within)
        return await fetchPolicy(domain, { families: [4, 6], allowed, addresses, fetch: fetchText, port: config.outbound.policyPort }, signal)
      },
      web: async (label, domain, signal) => {
        const host = `${label}.${domain}`
        if (resolver === null) return { kind: 'failed', why: SILENCE.detail }
        const answers = await Promise.all(([4, 6] as const).map((family) => resolver.addresses(host, family, signal)))
        const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : [])).filter((address) => isAllowed(address, { allowed })).slice(0, MAX_WEB_ADDRESSES)
        const got = await fetchText({ host, path: WEB_PATHS[label], port: config.outbound.policyPort, addresses, type: 'application/xml', maxBytes: MAX_WEB_BYTES, withinMs: WEB_WITHIN_MS }, signal)
        // Autodiscover is posted to, and says so to whoever only asks.
        const isFine = got.kind === 'fetched' || (label === 'autodiscover' && got.status === 405)
        return isFine ? { kind: 'answers' } : { kind: 'failed', why: got.why }
      },
      oneClick: (signal) => (pressed ??= this.#press(allowed, signal)),
      listed: async (name, signal) => (this.#lists === null ? { kind: 'unknown', why: SILENCE.detail } : await listedDomain(this.#lists, name, signal)),
      greet: (host, address, signal) => greet({ config, log }, { host, address, from: null }, signal),
      async reaches(local, domain) {
        const name = parseDomain(domain)
        return name !== null && (await resolve(sqlRoutes(db), local, name)).kind === 'local'
      },
      isPublic: (address) => isAllowed(address, { allowed }),
    }
  }

  async #press(allowed: ReturnType<typeof blockList>, signal: AbortSignal): Promise<OneClick> {
    const resolver = this.#resolver
    if (resolver === null) return { kind: 'failed', why: SILENCE.detail }
    const ask = (host: string, family: 4 | 6, within: AbortSignal) => resolver.addresses(host, family, within)
    return await pressUnsubscribe({ origin: this.#options.config.track.origin, secret: this.#secret, rules: { allowed, plain: 'refused' }, ask }, signal)
  }

  /** Ends lookups that are under way. */
  [Symbol.dispose](): void {
    this.#resolver?.[Symbol.dispose]()
  }
}

/** A domain with all that its records depend on, now. */
export async function subjectOf({ config, db }: Pick<CheckOptions, 'config' | 'db'>, { name, organization, mtaSts, state }: HostedDomain): Promise<Subject> {
  const [keys, house] = await Promise.all([dkimKeysOf(db, organization, name), houseOf(config, db, organization)])
  return { name, sts: mtaSts, keys, house, nowMs: systemClock.nowMs(), ...(state === 'parked' ? { parked: true } : {}) }
}

/** Says hello to a mail server at an address, from an address of ours or any (null), and leaves again. */
export async function greet(
  { config, log }: Pick<CheckOptions, 'config' | 'log'>,
  { host, address, from }: { readonly host: string; readonly address: string; readonly from: string | null },
  signal: AbortSignal,
): Promise<Greeted> {
  const startedMs = systemClock.nowMs()
  const opened = await openWith(log)({ address, port: config.outbound.port, from, serverName: host, security: 'plain', withinMs: GREET_WITHIN_MS }, signal)
  if (opened.kind === 'failed') return { kind: 'failed', why: `${opened.why} (${opened.detail})` }
  const client = new SmtpClient(opened.wire, { flavour: 'smtp', name: config.hostname, deadlines: { ...DEADLINES, bannerMs: GREET_WITHIN_MS, helloMs: GREET_WITHIN_MS }, transcript: new Transcript(systemClock) })
  const greeted = await client.greet('none', signal)
  const tookMs = systemClock.nowMs() - startedMs
  if (greeted.kind === 'ready') await client.quit(signal)
  client.close()
  if (greeted.kind === 'ready') return { kind: 'greeted', tookMs, startTls: greeted.offered.startTls }
  return { kind: 'failed', why: greeted.kind === 'refused' ? `it answered ${greeted.reply.code} ${greeted.reply.text}` : 'it greets nobody' }
}

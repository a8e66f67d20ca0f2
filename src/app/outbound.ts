import { networkInterfaces } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { DAY_MS } from '../base/duration.ts'
import { makeId } from '../base/ids.ts'
import { KeptFor } from '../base/kept-for.ts'
import { type LoadedKey, signingKeys } from '../core/domain/dkim.ts'
import { domainAbove } from '../core/domain/sql.ts'
import { dkimKeysOf } from '../core/domain/sql-dkim.ts'
import type { Sign } from '../core/outbound/content.ts'
import { MailSealer } from '../core/outbound/seal.ts'
import { MailSigner, type MailSignerOptions } from '../core/outbound/sign.ts'
import type { Open } from '../core/outbound/port.ts'
import { countTls } from '../core/outbound/tls/sql-tls-result.ts'
import { TlsTally } from '../core/outbound/tls/tally.ts'
import { Outbound } from '../core/outbound/outbound.ts'
import { ChosenRoutes } from '../core/outbound/chosen-routes.ts'
import type { RouteSettings } from '../core/outbound/route-of.ts'
import { allRelayDomains, allTransports } from '../core/outbound/sql-transport.ts'
import { ReturnDomains } from '../core/outbound/return-domains.ts'
import { PooledSources } from '../core/outbound/pooled-sources.ts'
import { sqlQueue, sqlShaping } from '../core/outbound/sql-queue.ts'
import { blockList } from '../core/outbound/targets.ts'
import { perSecond } from '../core/pool/rate.ts'
import type { Override } from '../core/pool/resolve.ts'
import { takeNewDomainRoom } from '../core/pool/new-domain/sql.ts'
import { noteWarmup, sourceBook, takeWarmupRoom } from '../core/pool/sql-source.ts'
import { storedMessage } from '../core/queue/sql-message.ts'
import { QUEUE_TOPIC } from '../core/queue/topic.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'
import type { Database } from '../infra/db/database.ts'
import { ClientTls } from '../infra/net/client-tls.ts'
import { dial } from '../infra/net/dial.ts'
import type { Log } from '../base/log.ts'
import { segmentReader } from './backend/bytes.ts'
import type { Config, RelayConfig } from './config/config.ts'
import { builtInZone } from './demo/zone.ts'
import { watchDnssec } from './dnssec.ts'
import { holderOn } from './node.ts'
import { attemptSpan } from './spans.ts'
import { tlsPolicies } from './tls-policies.ts'
import type { Services } from './worker.ts'

/** Seconds, up to where a delivery that was not put off is late by any measure. */
const DURATIONS: readonly number[] = [0.5, 1, 2, 5, 10, 30, 60, 300, 1_800]

/** Sending, in a protocol thread. */
export interface RunningOutbound {
  stop(): Promise<void>
}

/** Starts to send. */
export async function startOutbound(services: Services): Promise<RunningOutbound> {
  const { config, db, bus, blobs, log, metrics, spans } = services
  const { outbound } = config
  const holder = holderOn(services.node)
  const resolver = await services.names.get()
  const dnssec = resolver === null ? null : await watchDnssec(resolver, log)
  const outcomes = metrics.counter('merpati_outbound_outcomes_total', 'What became of deliveries that were tried.', ['outcome', 'provider'])
  const seconds = metrics.histogram('merpati_outbound_duration_seconds', 'How long deliveries took that arrived at their first try, from when they were accepted.', ['provider'], DURATIONS)
  const sessions = metrics.counter('merpati_outbound_tls_sessions_total', 'How TLS with other servers went.', ['policy', 'result'])
  const tally = new TlsTally({ write: (counted) => db.write(countTls, { counted }), seen: ({ policy, result }) => sessions.inc({ policy, result }), clock: systemClock, log })
  const stop = new AbortController()
  const engine = new Outbound({
    store: sqlQueue(db, holder, systemClock),
    shaping: sqlShaping(db, holder, systemClock),
    holder,
    names: resolver ?? builtInZone,
    open: openWith(log),
    clock: systemClock,
    chance: Math.random,
    segments: segmentReader(blobs),
    stored: (message) => storedMessage(db, message),
    sign: signWith(db, config.hostname, resolver === null ? null : returnDomainsOf(config.hostname, resolver)),
    families: [4, 6],
    allowed: blockList(outbound.allowed),
    tls: tlsPolicies({ db, outbound, resolver, tally, log, signal: stop.signal }),
    tally,
    routes: routesOf(config),
    chosenRoutes: chosenRoutesOf(db),
    overrides: overridesOf(config),
    noteWarmup: (all) => db.write(noteWarmup, { all }),
    sources: (shaper) =>
      new PooledSources({
        book: () => sourceBook(db),
        takeRoom: (args) => db.write(takeWarmupRoom, args),
        takeDomainRoom: (args) => db.write(takeNewDomainRoom, args),
        shaper,
        clock: systemClock,
        hostname: config.hostname,
        ownAgeDays: () => sourceAgeDays(config),
      }),
    newId: () => makeId('w', systemClock.nowMs()),
    log,
    tried(told) {
      const { outcome, provider, tookMs } = told
      outcomes.inc({ outcome, provider })
      if (tookMs !== null) seconds.observe({ provider }, tookMs / 1_000)
      const span = spans === null ? null : attemptSpan(told)
      if (span !== null) spans?.add(span)
    },
  })
  const forget = bus.subscribe(QUEUE_TOPIC, ({ lane }) => {
    if (typeof lane === 'string') engine.hint(lane)
  })
  engine.start()
  return {
    async stop() {
      forget()
      stop.abort()
      await engine.stop()
      await dnssec?.stop()
    },
  }
}

/** Where mail of this system goes. */
export function routesOf({ hostname, outbound }: Config): Omit<RouteSettings, 'chosen' | 'keepsFor'> {
  return { relay: relayOf(outbound.relay), port: outbound.port, isOurs: (host) => host === hostname || outbound.ownNames.includes(host), isOurAddress: ourAddresses(outbound.ownAddresses) }
}

/** The addresses of this machine that others can reach, and those that a NAT hides behind. */
function ourAddresses(named: readonly string[]): (address: string) => boolean {
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []).filter(({ internal }) => !internal)
  const known = new Set([...own.map(({ address }) => address), ...named])
  return (address) => known.has(address)
}

/** What people have said of routes: transports, and domains that mail is kept for. */
export function chosenRoutesOf(db: Database): ChosenRoutes {
  return new ChosenRoutes(async () => ({ transports: await allTransports(db), relayDomains: await allRelayDomains(db) }))
}

/** For how long this system has been known to receivers. */
export function sourceAgeDays({ outbound: { sendingSinceMs } }: Config): number {
  return sendingSinceMs === null ? 0 : (systemClock.nowMs() - sendingSinceMs) / DAY_MS
}

/**
 * A relay has its own idea of how much it takes, and the demo's peers are this machine: neither is served as a stranger would be.
 * What MX records name is.
 */
export function overridesOf({ mode, outbound }: Config): (domain: string, isChosen: boolean) => readonly Override[] {
  const { connections } = outbound
  const limits = { connections, connectionsOverAll: connections, messagesPerConnection: 100, rate: perSecond(1_000), burst: 1_000, idleMs: 5_000, tls: 'opportunistic' } as const
  return (domain, isChosen) => (mode === 'production' && !isChosen ? [] : [{ level: 'domain', domain, limits }])
}

/** Domains whose keys are kept in memory. */
const MAX_DOMAINS = 1_000

/** How long a domain's keys are kept in memory: a new one is published long before it signs. */
const KEYS_MS = 60_000

/** Where bounces come back, as this resolver finds it. */
export function returnDomainsOf(hostname: string, resolver: Pick<DnsResolver, 'cname'>): ReturnDomains {
  return new ReturnDomains({ hostname, cname: (name, signal) => resolver.cname(name, signal), clock: systemClock })
}

/** Our own mail is signed, what we forward is sealed, and nothing is both. `returns` is null where names are not asked for. */
export function signWith(db: Database, hostname: string, returns: ReturnDomains | null): Sign {
  const kept = new KeptFor<string, readonly LoadedKey[]>({ clock: systemClock, ms: KEYS_MS, most: MAX_DOMAINS })
  const options: MailSignerOptions = {
    clock: systemClock,
    keys: (organization, domain) => kept.of(`${organization} ${domain}`, async (nowMs) => signingKeys(domain, await dkimKeysOf(db, organization, domain), nowMs)),
    platformKeys: () => kept.of('', async (nowMs) => {
      const domain = await domainAbove(db, hostname)
      return domain === null ? [] : signingKeys(domain.name, await dkimKeysOf(db, domain.organization, domain.name), nowMs)
    }),
  }
  const [signer, sealer] = [new MailSigner(options), new MailSealer(options)]
  return async (delivery, form, pieces) => {
    if (delivery.view.forwardedBy !== undefined) return await sealer.seal(delivery, form, pieces)
    const { fields, author } = await signer.sign(delivery, form, pieces)
    const returnDomain = author === null || returns === null ? null : await returns.of(author, delivery.sender)
    return returnDomain === null ? { fields, note: null } : { fields, note: null, returnDomain }
  }
}

/** Opens connections to servers. */
export function openWith(log: Log): Open {
  return async ({ address, port, from, serverName, security, withinMs }, signal) => {
    const tls = new ClientTls({ serverName })
    const dialed = await dial({ address, port, localAddress: from, withinMs, tls, security, log }, signal)
    return dialed.kind === 'failed' ? dialed : { kind: 'connected', wire: dialed.wire, certificate: () => tls.certificate() }
  }
}

function relayOf(relay: RelayConfig | null): RouteSettings['relay'] {
  if (relay === null) return null
  const { host, port, security, login } = relay
  return { kind: 'relay', hosts: [{ host, port }], protocol: 'smtp', security, login }
}

import type { QueueStore, OutboundOptions } from './engine-options.ts'
import { deliver, type DeliverOptions } from './deliver.ts'
import { Road, type Settling } from './road.ts'
import type { Routed } from './route-of.ts'
import type { SendingSource, Sources, Standing } from './sending-source.ts'
import { Shape } from './shape.ts'
import type { SharedShaping } from './shared-shaping.ts'
import { type RoadEnds, Site } from './site.ts'
import type { BrokenTls } from './tls/broken-tls.ts'
import type { WarmupDiary } from './warmup-diary.ts'

/** What sites of one sender share. */
export interface SiteParts {
  readonly engine: OutboundOptions
  readonly shaping: SharedShaping
  readonly sources: Sources
  readonly diary: WarmupDiary
  readonly brokenTls: BrokenTls
  readonly route: (lane: string) => Promise<Routed>
  /** Families in which servers of a domain may have addresses. */
  readonly families: Standing['families']
  readonly settle: (done: Settling, site: string) => Promise<void>
  /** A domain of the site belongs to another one now. */
  readonly moved: (lane: string) => void
}

/** Makes the site that serves a domain. */
export function newSite(lane: string, routed: Routed, parts: SiteParts): Site {
  const { engine: { store, holder, clock, log }, sources, families, settle } = parts
  const { site: name, provider } = routed
  return new Site({
    name,
    clock,
    log,
    lease: leaseFrom(store, holder, clock),
    assign: (deliveries, standing) => sources.assign(deliveries, { site: name, provider }, standing),
    families,
    road: (source, ends) => newRoad(source, { lane, routed }, ends, parts),
    settle,
  })
}

function leaseFrom(store: QueueStore, holder: string, clock: OutboundOptions['clock']): (lane: string, limit: number) => ReturnType<QueueStore['lease']> {
  return (lane, limit) => store.lease({ lane, holder, limit, nowMs: clock.nowMs() })
}

function newRoad(source: SendingSource, { lane, routed }: { readonly lane: string; readonly routed: Routed }, ends: RoadEnds, parts: SiteParts): Road {
  const { engine: { clock, log, chance, overrides }, shaping, diary, route, moved } = parts
  const { site: name, provider, isChosen, isBackup, plan } = routed
  const domain = isChosen && plan.kind === 'hops' ? (plan.hops[0]?.host ?? lane) : lane
  const known = { site: name, source: source.id, provider, domain, sourceAgeDays: source.ageDays, overrides: overrides(domain, isChosen), shaping }
  return new Road({
    ...ends,
    name,
    source,
    shape: new Shape(known, clock.nowMs()),
    isBackup,
    clock,
    log,
    chance,
    route,
    deliver: (transaction, routed, { reuse, tlsNeed }, signal) => deliver(transaction, routed, reuse, { ...deliverOptions(source, parts), tlsNeed }, signal),
    noteWarmup: (happened) => diary.add({ source: source.id, provider, ...happened }),
    moved,
  })
}

/** How mail leaves from one of our addresses. */
export function deliverOptions(source: SendingSource, { engine, brokenTls }: Pick<SiteParts, 'engine' | 'brokenTls'>): Omit<DeliverOptions, 'tlsNeed'> {
  return { ...engine, source, brokenTls, tlsSeen: (note) => engine.tally.add(note) }
}

import type { MessageId } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { Override } from '../pool/resolve.ts'
import type { Shaper } from '../pool/shaper.ts'
import type { WarmupNewsArgs } from '../pool/sql-source.ts'
import type { LeasedDelivery } from '../queue/delivery.ts'
import type { LeaseArgs, WaitingLane } from '../queue/sql-lease.ts'
import type { SettleArgs } from '../queue/sql-settle.ts'
import type { ChosenRoutes } from './chosen-routes.ts'
import type { DeliverOptions } from './deliver.ts'
import type { RouteSettings } from './route-of.ts'
import type { Sources } from './sending-source.ts'
import type { ShapingStore } from './shared-shaping.ts'
import type { TlsTally } from './tls/tally.ts'

/** What the outbound engine asks of the queue and of leases. */
export interface QueueStore {
  /** Domains with deliveries that wait, after `after`. */
  waiting(after: string): Promise<{ readonly lanes: readonly WaitingLane[]; readonly next: string | null }>
  lease(args: LeaseArgs): Promise<readonly LeasedDelivery[]>
  /** `id`: makes it happen once. */
  settle(args: SettleArgs, id: string): Promise<number>
  /** Takes or renews a lease; false while somebody else holds it. */
  hold(name: string, untilMs: number): Promise<boolean>
  letGo(name: string): Promise<void>
  /** Gives back what senders held that are gone. Returns how many deliveries. */
  recoverLost(): Promise<number>
}

/** What the engine is made of. */
export interface OutboundOptions extends Omit<DeliverOptions, 'source' | 'tlsNeed' | 'brokenTls' | 'tlsSeen'> {
  readonly store: QueueStore
  readonly shaping: ShapingStore
  /** Keeps what became of mail of warming sources. */
  readonly noteWarmup: (all: readonly WarmupNewsArgs[]) => Promise<void>
  /** This sender's name among all, new at each start. */
  readonly holder: string
  readonly routes: Omit<RouteSettings, 'chosen' | 'keepsFor'>
  readonly chosenRoutes: ChosenRoutes
  /** What the operator says of the limits of a domain, or of a relay. */
  readonly overrides: (domain: string, isChosen: boolean) => readonly Override[]
  /** Says from which of our addresses mail leaves; `shaper` knows what is suspended. */
  readonly sources: (shaper: Shaper) => Sources
  /** Counts how TLS went. */
  readonly tally: Pick<TlsTally, 'add' | 'flush'>
  readonly newId: () => string
  readonly log: Log
  /** Told of every try, for the numbers. */
  readonly tried: (told: ToldOutcome) => void
}

/** What numbers are told of one delivery that was tried. */
export interface ToldOutcome {
  readonly outcome: string
  /** The key of its provider, `other` for those that we do not know: there are few of them, so it may be a label. */
  readonly provider: string
  /** How long it took since it was accepted; null unless it arrived at its first try. */
  readonly tookMs: number | null
  readonly message: MessageId
  readonly site: string
  /** The server that answered last; null when none did. */
  readonly host: string | null
  /** Its enhanced status code, ours when it gave none; null for what was given back. */
  readonly status: string | null
  /** From the first server that was asked to the last; null when none was. */
  readonly asked: { readonly startMs: number; readonly endMs: number } | null
}

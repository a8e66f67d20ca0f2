import type { AccountId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { EventLog } from '../../core/event/follow.ts'
import type { House } from '../../core/inbound/accept.ts'
import { receiveInto } from '../../core/inbound/sql-receive.ts'
import type { SegmentReader } from '../../core/mailbox/body.ts'
import type { SourceQuestions } from '../../core/pool/look-at-source.ts'
import type { ReportPosts } from '../../core/report/post.ts'
import type { Days } from '../../core/retention/terms.ts'
import { sqlRoutes } from '../../core/route/sql.ts'
import type { AskTxt } from '../../proto/dmarc/walk.ts'
import type { ReceiveOptions } from '../../core/inbound/receive.ts'
import type { FileBlobStore } from '../../infra/blob/files.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Metrics } from '../../infra/observe/metrics.ts'
import { byteStore } from '../backend/bytes.ts'
import type { CertificateOrders } from '../certificate/orders.ts'
import type { ReportsConfig } from '../config/config.ts'
import type { DomainChecker } from '../domain-check.ts'
import type { Lookout } from './lookout.ts'

/** What jobs work with. */
export interface JobOptions {
  readonly db: Database
  /** What the database tells of what happens. */
  readonly events: EventLog
  /** Where the trace index lies. */
  readonly traces: Database
  /** Where the statistics lie. */
  readonly stats: Database
  /** Looks around for alerts. */
  readonly lookout: Pick<Lookout, 'look' | 'timed'>
  readonly segments: SegmentReader
  /** Lets no copy of what was changed stay behind in files of databases; false: not now. */
  readonly cutLogs: () => boolean
  readonly blobs: FileBlobStore
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
  /** Tells this node from the others. */
  readonly node: string
  readonly arrived: (account: string) => void
  readonly queued: (lane: string) => void
  /** These accounts taught the filter something. */
  readonly taught: (accounts: readonly string[]) => void
  /** Our name, and whether mail elsewhere is sent. */
  readonly house: House
  readonly inlineBytes: number
  /** Whether what accounts send is counted. */
  readonly watch: 'on' | 'off'
  /** Ends the sessions of an account. */
  readonly endSessions: (account: AccountId) => void
  readonly reports: ReportsConfig
  /** For how many days what is kept, where an organization has no times of its own. */
  readonly keep: Days
  /** Asks DNS for texts. */
  readonly ask: AskTxt
  /** Posts reports on TLS to whoever wants them so. */
  readonly posts: ReportPosts
  /** Who is asked about our sending addresses; null where names are the demo's own. */
  readonly sources: SourceQuestions | null
  /** Asks about our domains; null where names are the demo's own, and nothing can be learned. */
  readonly domains: (() => Promise<DomainChecker>) | null
  /** What a domain must pass before it may write to many. */
  readonly bulkNeeds: readonly string[]
  /** Done when the listeners are open, or never will be. */
  readonly opened: Promise<void>
  /** Whether another server sends for us. */
  readonly isRelayed: boolean
  /** Gets certificates; null when they come from files alone. */
  readonly orders: CertificateOrders | null
}

/** How mail that we write ourselves is received. */
export function receiveOf({ db, blobs, segments, clock, house, inlineBytes, arrived, queued }: JobOptions): ReceiveOptions {
  return { house, clock, routes: sqlRoutes(db), bytes: byteStore(blobs), segments, inlineBytes, ...receiveInto(db), arrived, queued }
}

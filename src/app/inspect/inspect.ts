import type { AccountId } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import { isLoopback } from '../../core/access/client-net.ts'
import { Learned, LEARNED_TOPIC } from '../../core/filter/bayes/learned.ts'
import { sqlLearned } from '../../core/filter/bayes/sql-learned.ts'
import { DnsLists } from '../../core/filter/dnslist/dns-lists.ts'
import { heldEntries } from '../../core/filter/entry/held.ts'
import { entryStore, putEntryIfNone } from '../../core/filter/entry/sql-entry.ts'
import { sqlGreylist } from '../../core/filter/greylist/sql-greylist.ts'
import { ClientGuard } from '../../core/filter/network/client-guard.ts'
import { noteMalware } from '../../core/filter/outbound/sql-watch.ts'
import { openScanners } from '../../core/filter/scan/remote.ts'
import { SeenBook } from '../../core/filter/seen/seen-book.ts'
import { seenReader } from '../../core/filter/seen/sql-seen-mail.ts'
import { Spikes } from '../../core/filter/spike/spikes.ts'
import { heldThresholds } from '../../core/filter/threshold/own-thresholds.ts'
import { thresholdStore } from '../../core/filter/threshold/sql-threshold.ts'
import { DNS_LISTS } from '../../core/filter/table/dns-lists.ts'
import type { InspectHouse } from '../../core/inbound/inspect/house.ts'
import type { ConnectionInspection } from '../../core/inbound/inspect/inspection.ts'
import type { ReadMessage } from '../../core/inbound/inspect/inspected.ts'
import { membersConnection } from '../../core/inbound/inspect/members-connection.ts'
import { checkOutgoing, type OutgoingEnvelope, type OutgoingVerdict, type WrittenMessage } from '../../core/inbound/inspect/outgoing-check.ts'
import { StrangersConnection } from '../../core/inbound/inspect/strangers-connection.ts'
import { blockList } from '../../core/outbound/targets.ts'
import { cachedRoutes } from '../../core/route/cached.ts'
import { sqlRoutes } from '../../core/route/sql.ts'
import { builtInZone } from '../demo/zone.ts'
import { houseAddresses } from '../house-of.ts'
import type { Services } from '../worker.ts'
import { acquaintances } from './acquaintances.ts'
import { blockOf } from './block.ts'
import { Diary } from './diary.ts'
import { hostedDomains } from './hosted.ts'
import { repeat } from './repeat.ts'

/** How often lists are looked at whether their test is due, and how often counts are written down. */
const LISTS_EVERY_MS = 60_000
const DIARY_EVERY_MS = 5_000

/** The checks of mail, in a protocol thread. */
export interface Inspection {
  /** For a connection from anybody. */
  strangers(address: string): ConnectionInspection
  /** For one over which accounts submit. */
  members(): ConnectionInspection
  /** For a message that a program sends. */
  outgoing(message: ReadMessage | WrittenMessage, envelope: OutgoingEnvelope): Promise<OutgoingVerdict>
}

/** Makes the checks of this thread, and begins to test the lists it asks. */
export async function openInspection(services: Services): Promise<Inspection> {
  const { config, db, bus, log, metrics, tasks, draining } = services
  const resolver = await services.names.get()
  const { dnsLists, trusted, ...settings } = config.checks
  const lists = new DnsLists({ lists: DNS_LISTS.filter(({ isEnabled }) => isEnabled), dns: resolver ?? builtInZone, clock: systemClock, log, asking: resolver === null || dnsLists === 'off' ? 'never' : 'allowed' })
  const seen = new SeenBook(seenReader(db), systemClock)
  const diary = new Diary(services, seen)
  const scanned = metrics.counter('merpati_scans_total', 'Messages that scanners looked at, and how that ended.', ['scanner', 'how'])
  const verdicts = metrics.counter('merpati_verdicts_total', 'What became of mail from strangers, and what decided.', ['verdict', 'by'])
  const scan = openScanners(config.scanners, config.hostname, { clock: systemClock, log, count: (scanner, how) => scanned.inc({ scanner, how }) })
  const learned = new Learned(sqlLearned(db), systemClock)
  bus.subscribe(LEARNED_TOPIC, ({ accounts }) => learned.stale(String(accounts).split(' ')))
  const ours = blockList(trusted)
  const isTrusted = (address: string): boolean => trusted.length > 0 && ours.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
  const house: InspectHouse = {
    hostname: config.hostname,
    ours: { names: [config.hostname, ...config.outbound.ownNames], addresses: houseAddresses(config) },
    settings,
    dns: resolver ?? builtInZone,
    clock: systemClock,
    log,
    isExempt: (address) => isLoopback(address) || isTrusted(address),
    isTrusted,
    guard: new ClientGuard({ clock: systemClock, loopback: 'exempt', maxConnections: Math.ceil(config.limits.connections / config.workers) }),
    lists,
    grey: sqlGreylist(db),
    entries: heldEntries(entryStore(db), systemClock),
    thresholds: heldThresholds(thresholdStore(db), settings.thresholds, systemClock),
    hit: (entry) => diary.hit(entry),
    learned,
    learnAlone: (vote) => diary.learn(vote),
    scan: scan.scanners.length === 0 ? null : scan,
    ...hostedDomains(db, cachedRoutes(sqlRoutes(db), systemClock)),
    caught: (caught) => tasks.add('filter.trap-not-noted', db.write(putEntryIfNone, blockOf(caught, systemClock.nowMs()))),
    ...acquaintances(db),
    seen,
    spikes: new Spikes(systemClock),
    judged: (judged) => diary.judged(judged),
    notTaken: (args) => diary.notTaken(args),
    count: (verdict, by) => verdicts.inc({ verdict, by }),
  }
  tasks.add('dnslist.test-failed', repeat(LISTS_EVERY_MS, draining, (signal) => lists.selfTest(signal)))
  tasks.add('filter.diary-failed', repeat(DIARY_EVERY_MS, draining, () => diary.flush()).then(() => diary.flush()))
  const checked = metrics.counter('merpati_outgoing_verdicts_total', 'What became of mail that accounts and keys send, and what decided.', ['verdict', 'by'])
  const sent = { scan, lists, settings, clock: systemClock, count: (verdict: string, by: string) => checked.inc({ verdict, by }) }
  const outgoing: Inspection['outgoing'] = (message, envelope) => checkOutgoing(sent, message, envelope)
  const malware = (account: AccountId): void => tasks.add('filter.malware-not-noted', db.write(noteMalware, { account, nowMs: systemClock.nowMs() }))
  return {
    strangers: (address) => new StrangersConnection(house, address),
    members: () => membersConnection({ hostname: config.hostname, check: outgoing, malware, log }),
    outgoing,
  }
}

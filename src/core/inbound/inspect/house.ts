import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { DkimFinding } from '../../../proto/dkim/finding.ts'
import type { DmarcOutcome } from '../../../proto/dmarc/outcome.ts'
import type { SpfDns } from '../../../proto/spf/dns.ts'
import type { AttachmentPolicy } from '../../filter/attachment-policy.ts'
import type { SpfOutcome } from '../../filter/authentication.ts'
import type { AutoVote } from '../../filter/bayes/sql-vote.ts'
import type { Learned } from '../../filter/bayes/learned.ts'
import type { KnownDomains, ListedDomain } from '../../filter/check/lookalike.ts'
import type { People } from '../../filter/content-facts.ts'
import type { DmarcDecision, DmarcMode } from '../../filter/dmarc-decision.ts'
import type { DnsLists } from '../../filter/dnslist/dns-lists.ts'
import type { FilterEntry } from '../../filter/entry/entry.ts'
import type { EntryHolder, EntryStore } from '../../filter/entry/held.ts'
import type { GreyMode } from '../../filter/greylist/bypass.ts'
import type { GreyStore } from '../../filter/greylist/greylist.ts'
import type { Thresholds } from '../../filter/judge.ts'
import type { ClientGuard } from '../../filter/network/client-guard.ts'
import type { ScanOptions } from '../../filter/scan/scan.ts'
import type { SeenBook } from '../../filter/seen/seen-book.ts'
import type { Spikes } from '../../filter/spike/spikes.ts'
import type { NotTakenArgs } from '../sql-not-taken.ts'
import type { Caught } from './trap.ts'

/** What an operator decides of the checks. */
export interface InspectSettings {
  readonly thresholds: Thresholds
  readonly dmarc: DmarcMode
  readonly greylist: GreyMode
  /** How long a client that is not known waits for the banner; 0 for not at all. */
  readonly greetDelayMs: number
  readonly attachments: AttachmentPolicy
  /** Scores set by the operator, by rule. */
  readonly scores: ReadonlyMap<string, number>
  /** Domains whose ARC seals are believed, lower-case. */
  readonly trustedSealers: ReadonlySet<string>
}

/** A message that DMARC has judged, for the report to its domain. */
export interface DmarcJudged {
  readonly source: string
  readonly outcome: DmarcOutcome
  readonly decision: DmarcDecision
  /** The domain of MAIL FROM; '' for the null sender. */
  readonly envelopeFrom: string
  readonly spf: SpfOutcome | null
  readonly dkim: readonly DkimFinding[]
  readonly recipients: readonly string[]
}

/** What the checks of mail are made of; one for each worker. */
export interface InspectHouse {
  readonly hostname: string
  /** Our names, lower-case, and addresses. */
  readonly ours: { readonly names: readonly string[]; readonly addresses: readonly string[] }
  readonly settings: InspectSettings
  readonly dns: SpfDns
  readonly clock: Clock
  readonly log: Log
  /** Never refused, limited or weighed for who it is: this machine itself, and networks of the operator's. */
  readonly isExempt: (address: string) => boolean
  /** Networks whose mail is not judged by who its author is, either: what their programs write in our name is ours. */
  readonly isTrusted: (address: string) => boolean
  readonly guard: ClientGuard
  readonly lists: DnsLists
  readonly grey: GreyStore
  /** The entries of allow and deny lists that hold for a recipient and could match. */
  readonly entries: EntryStore['matching']
  /** The thresholds that hold for a recipient. */
  readonly thresholds: (holder: EntryHolder) => Promise<Thresholds>
  /** An entry decided. */
  readonly hit: (entry: FilterEntry) => void
  readonly learned: Learned
  /** Something to learn without anybody's word. */
  readonly learnAlone: (vote: AutoVote) => void
  /** Null without scanners. */
  readonly scan: ScanOptions | null
  /** The domains that are served here, as far as others may want to look like them. */
  readonly hosted: () => Promise<KnownDomains>
  /** The hosted domain that this is, or lies below; null for others' domains. */
  readonly hostedAbove: (domain: string) => Promise<string | null>
  /** The organization whose domain this is; null for others' domains. */
  readonly organizationAt: (domain: string) => Promise<OrganizationId | null>
  /** Keeps a client out of the mail of a domain for a day. */
  readonly caught: (caught: Caught) => void
  /** Whether an account has written to an address before. */
  readonly hasWrittenTo: (account: AccountId, address: string) => Promise<boolean>
  /** The domains that an account has written to. */
  readonly correspondents: (account: AccountId) => Promise<readonly ListedDomain[]>
  /** The people of an organization whose names others may borrow. */
  readonly people: (organization: OrganizationId) => Promise<People>
  /** Who has written here before. */
  readonly seen: Pick<SeenBook, 'look' | 'note'>
  /** Texts that come from many places at once. */
  readonly spikes: Pick<Spikes, 'came'>
  readonly judged: (judged: DmarcJudged) => void
  /** Writes down that somebody was told to come back, or not to, before there was a message. */
  readonly notTaken: (args: NotTakenArgs) => void
  /** What became of a message, for the counters. */
  readonly count: (verdict: string, by: string) => void
}

/** The first receiver's organization, for what is asked and written for a whole message. */
export function organizationOf(recipients: readonly { readonly organization: OrganizationId }[]): OrganizationId {
  return recipients[0]?.organization ?? ('' as OrganizationId)
}

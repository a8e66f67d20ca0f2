import type { AccountId } from '../../../base/brand.ts'
import { eachAtOnce } from '../../../base/each-at-once.ts'
import { domainPart } from '../../../proto/mail/address.ts'
import { learnedFindings, type LearnedMail } from '../../filter/bayes/read-mail.ts'
import type { FilterEntry } from '../../filter/entry/entry.ts'
import type { EntryFacts, EntryProof } from '../../filter/entry/facts.ts'
import type { EntryHolder } from '../../filter/entry/held.ts'
import { decideByEntries, entryFindings, type EntryVerdict } from '../../filter/entry/precedence.ts'
import type { ReaderCheck } from '../../filter/check/stranger.ts'
import { type Finding, finding } from '../../filter/finding.ts'
import type { RecipientCase } from '../../filter/judge.ts'
import type { Receiver } from '../../route/route.ts'
import type { AcceptedRecipient } from '../session.ts'
import type { Acquaintance } from './acquaintance.ts'
import type { InspectHouse } from './house.ts'

/** A message, as what is learned looks at it. */
export interface LearnedFacts {
  readonly mail: LearnedMail
  /** The one author's address when something vouches for it; null else. */
  readonly provenAuthor: string | null
  /** Accounts that get the message and have written to its proven author before. */
  readonly knownTo: ReadonlySet<AccountId>
  /** What the message is to one reader. */
  readonly check: ReaderCheck
  readonly acquaintance: Acquaintance
  /** Facts and proof for the allow and deny lists; the recipient is filled in here. */
  readonly entryFacts: EntryFacts
  readonly proof: EntryProof
}

/** One who may get the message: an account here, or whoever an address elsewhere leads to. */
export interface Reader {
  readonly recipient: AcceptedRecipient
  /** Null: the address leads elsewhere. */
  readonly receiver: Receiver | null
}

/** Everybody who may get a message: each account of each recipient, and each recipient that leads elsewhere. */
export function readersOf(recipients: readonly AcceptedRecipient[]): readonly Reader[] {
  return recipients.flatMap((recipient) => [
    ...recipient.receivers.map((receiver) => ({ recipient, receiver })),
    ...(recipient.elsewhere.length > 0 || recipient.receivers.length === 0 ? [{ recipient, receiver: null }] : []),
  ])
}

/** Which of the accounts here have written to this author before; '' for one that is not proven. */
export async function whoWroteTo({ hasWrittenTo }: InspectHouse, readers: readonly Reader[], author: string): Promise<ReadonlySet<AccountId>> {
  if (author === '') return new Set()
  const accounts = [...new Set(readers.flatMap(({ receiver }) => (receiver === null ? [] : [receiver.account])))]
  const wrote = await eachAtOnce(accounts, (account) => hasWrittenTo(account, author))
  return new Set(accounts.filter((_, at) => wrote[at]))
}

/** A reader, and what the lists that hold for him say. */
export interface ReaderEntries {
  readonly reader: Reader
  readonly entries: EntryVerdict
}

/** What holds for one reader alone: their lists, what they taught, whom they know. */
export async function recipientCase(house: InspectHouse, { reader, entries }: ReaderEntries, facts: LearnedFacts): Promise<RecipientCase> {
  const { recipient, receiver } = reader
  // One after the other: nearly always all three are at hand, and waiting for several at once costs more than they do.
  const known = await house.learned.of(receiver === null ? null : { organization: receiver.organization, account: receiver.account })
  const met = await acquaintanceFindings(house, reader, facts)
  const thresholds = await house.thresholds(holderOf(reader))
  const findings: Finding[] = [...learnedFindings(facts.mail, known, facts.proof.aligned), ...entryFindings(entries), ...met]
  if (entries.forwarder !== null) {
    findings.push(finding('DECLARED_FORWARDER', entries.forwarder.value))
    house.hit(entries.forwarder)
  }
  if (entries.decision.kind !== 'none') {
    findings.push(finding(entries.decision.kind === 'deny' ? 'LISTED_DENY' : 'LISTED_ALLOW', entryText(entries.decision.entry, recipient.address)))
    house.hit(entries.decision.entry)
  }
  return { recipient: recipient.address, list: listDecision(entries), findings, thresholds }
}

/** An entry as the command that removes it names it. */
function entryText({ kind, value, owner }: FilterEntry, address: string): string {
  const named = `${kind} ${value}`
  switch (owner.kind) {
    case 'platform':
      return `${named} --platform`
    case 'domain':
      return `${named} --domain ${owner.domain}`
    case 'account':
      return `${named} --account ${address}`
  }
}

/** Whom the reader knows, and who only seems to be one of them. */
async function acquaintanceFindings(house: InspectHouse, reader: Reader, { knownTo, provenAuthor, check, acquaintance, mail }: LearnedFacts): Promise<readonly Finding[]> {
  const { recipient, receiver } = reader
  if (receiver !== null && knownTo.has(receiver.account) && provenAuthor !== null) return [finding('KNOWN_SENDER', provenAuthor)]
  const people = await house.people(receiver?.organization ?? recipient.organization)
  const correspondents = receiver === null ? [] : await house.correspondents(receiver.account)
  const found = check({ people, correspondents, isFirstContact: acquaintance.isFirstContact(reader) })
  return acquaintance.isNewDomain(reader) ? [...found, finding('FIRST_SEEN_DOMAIN', mail.content.from[0]?.address ?? null)] : found
}

/** What the allow and deny lists that hold for a reader say. */
export async function entriesOf(house: InspectHouse, reader: Reader, { entryFacts, proof }: LearnedFacts): Promise<ReaderEntries> {
  const nowMs = house.clock.nowMs()
  const facts = { ...entryFacts, recipient: reader.recipient.address }
  const entries = await house.entries(holderOf(reader), facts, nowMs)
  return { reader, entries: decideByEntries(entries, facts, proof, nowMs) }
}

function holderOf({ recipient: { address, organization }, receiver }: Reader): EntryHolder {
  return { organization: receiver?.organization ?? organization, domain: domainPart(address), account: receiver?.account ?? null }
}

function listDecision({ decision }: EntryVerdict): RecipientCase['list'] {
  return decision.kind === 'deny' ? { kind: 'deny', action: decision.action } : { kind: decision.kind }
}

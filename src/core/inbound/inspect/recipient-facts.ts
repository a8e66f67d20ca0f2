import type { AccountId } from '../../../base/brand.ts'
import { learnedFindings, type LearnedMail } from '../../filter/bayes/read-mail.ts'
import type { EntryFacts, EntryProof } from '../../filter/entry/facts.ts'
import { decideByEntries, entryFindings, type EntryVerdict } from '../../filter/entry/precedence.ts'
import { type Finding, finding } from '../../filter/finding.ts'
import type { RecipientCase } from '../../filter/judge.ts'
import type { Receiver } from '../../route/route.ts'
import type { AcceptedRecipient } from '../session.ts'
import type { InspectHouse } from './house.ts'

/** A message, as what is learned looks at it. */
export interface LearnedFacts {
  readonly mail: LearnedMail
  /** The one author's address when DMARC proved it; null else. */
  readonly provenAuthor: string | null
  /** Accounts that get the message and have written to its proven author before. */
  readonly knownTo: ReadonlySet<AccountId>
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
  const accounts = new Set(readers.flatMap(({ receiver }) => (receiver === null ? [] : [receiver.account])))
  const asked = await Promise.all([...accounts].map(async (account) => ((await hasWrittenTo(account, author)) ? [account] : [])))
  return new Set(asked.flat())
}

/** What holds for one reader alone: their lists, what they taught, whom they know. */
export async function recipientCase(house: InspectHouse, { recipient, receiver }: Reader, facts: LearnedFacts): Promise<RecipientCase> {
  const nowMs = house.clock.nowMs()
  const [entries, known] = await Promise.all([
    entriesOf(house, { recipient, receiver }, facts, nowMs),
    house.learned.of(receiver === null ? null : { organization: receiver.organization, account: receiver.account }),
  ])
  const findings: Finding[] = [...learnedFindings(facts.mail, known, facts.proof.aligned), ...entryFindings(entries)]
  if (receiver !== null && facts.knownTo.has(receiver.account) && facts.provenAuthor !== null) findings.push(finding('KNOWN_SENDER', facts.provenAuthor))
  if (entries.decision.kind !== 'none') {
    findings.push(finding(entries.decision.kind === 'deny' ? 'LISTED_DENY' : 'LISTED_ALLOW', entries.decision.entry.value))
    house.hit(entries.decision.entry)
  }
  return { recipient: recipient.address, list: listDecision(entries), findings, thresholds: house.settings.thresholds }
}

async function entriesOf(house: InspectHouse, { recipient, receiver }: Reader, { entryFacts, proof }: LearnedFacts, nowMs: number): Promise<EntryVerdict> {
  const { address, organization } = recipient
  const facts = { ...entryFacts, recipient: address }
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const entries = await house.entries({ organization: receiver?.organization ?? organization, domain, account: receiver?.account ?? null }, facts, nowMs)
  return decideByEntries(entries, facts, proof, nowMs)
}

function listDecision({ decision }: EntryVerdict): RecipientCase['list'] {
  return decision.kind === 'deny' ? { kind: 'deny', action: decision.action } : { kind: decision.kind }
}

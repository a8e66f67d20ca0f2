import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import type { Position } from '../../event/event.ts'
import { advance } from '../../event/sql.ts'
import { BASELINE_HOURS, DOMAIN_REFRESH_MS } from './limits.ts'
import { factsOf, type HourCount, NO_MEMORY, remember, type SendMemory } from './memory.ts'
import { containAccount, containmentIn } from './sql-containment.ts'
import { decide, ofBulk, type Suspicion, suspicion } from './suspicion.ts'
import { hourOf, type Tally } from './tally.ts'

type Counts = { subject: string; hour: number; messages: number; recipients: number; strangers: number; bounces: number; malware: number; listed: number }

const OWNER = statement<{ account: string }, { organization: OrganizationId; bulk: string | null }>(
  'SELECT a.organization, b.account AS bulk FROM account a LEFT JOIN send_bulk b ON b.account = a.id WHERE a.id = $account',
)

const COUNT = statement<Counts>(
  `INSERT INTO send_hour (subject, hour, messages, recipients, weighed, strangers, bounces, malware, listed) VALUES ($subject, $hour, $messages, $recipients, $recipients, $strangers, $bounces, $malware, $listed)
  ON CONFLICT (subject, hour) DO UPDATE SET messages = send_hour.messages + excluded.messages, recipients = send_hour.recipients + excluded.recipients,
    weighed = send_hour.weighed + excluded.weighed, strangers = send_hour.strangers + excluded.strangers, bounces = send_hour.bounces + excluded.bounces, malware = send_hour.malware + excluded.malware,
    listed = send_hour.listed + excluded.listed`,
)

const SEE = statement<{ account: string; recipient: string; nowMs: number }>(
  'INSERT INTO send_seen (account, recipient, at_ms) VALUES ($account, $recipient, $nowMs) ON CONFLICT (account, recipient) DO NOTHING',
)

const SEE_DOMAIN = statement<{ account: string; domain: string; nowMs: number; staleMs: number }>(
  `INSERT INTO send_domain (account, domain, at_ms) VALUES ($account, $domain, $nowMs)
  ON CONFLICT (account, domain) DO UPDATE SET at_ms = excluded.at_ms WHERE send_domain.at_ms < $staleMs`,
)

const HOURS = statement<{ subject: string; since: number }, HourCount>(
  'SELECT hour, messages, recipients, weighed, strangers, bounces, malware, listed FROM send_hour WHERE subject = $subject AND hour > $since ORDER BY hour DESC LIMIT 400',
)

const MEMORY = statement<{ account: string }, { shapes: string; authors: string }>('SELECT shapes, authors FROM send_memory WHERE account = $account')

const KEEP = statement<{ account: string; shapes: string; authors: string; nowMs: number }>(
  `INSERT INTO send_memory (account, shapes, authors, at_ms) VALUES ($account, $shapes, $authors, $nowMs)
  ON CONFLICT (account) DO UPDATE SET shapes = excluded.shapes, authors = excluded.authors, at_ms = excluded.at_ms`,
)

/** From when on counts, recipients and memories are kept. */
type Before = { readonly hour: number; readonly seenMs: number; readonly memoryMs: number }

const OLD = [
  statement<Before>('DELETE FROM send_hour WHERE hour < $hour'),
  statement<Before>('DELETE FROM send_seen WHERE at_ms < $seenMs'),
  statement<Before>('DELETE FROM send_domain WHERE at_ms < $seenMs OR NOT EXISTS (SELECT 1 FROM account WHERE account.id = send_domain.account)'),
  statement<Before>('DELETE FROM send_memory WHERE at_ms < $memoryMs'),
  statement<Before>('DELETE FROM containment WHERE NOT EXISTS (SELECT 1 FROM account WHERE account.id = containment.account)'),
  statement<Before>('DELETE FROM send_bulk WHERE NOT EXISTS (SELECT 1 FROM account WHERE account.id = send_bulk.account)'),
]

/** The name under which the reader's place in the log is kept. */
export const SENDING_READER = 'sending'

/** An account that was looked at and found suspicious. */
export interface Suspect extends Suspicion {
  readonly account: AccountId
  readonly kind: 'watch' | 'contain'
}

/** Counts what a chunk of the log tells, looks at every account in it, and contains those that somebody else seems to use; all with the reader's place, so that each event counts once. */
export const followSending = write('sending.follow', function* (
  tx,
  { tallies, position, nowMs }: { readonly tallies: readonly Tally[]; readonly position: Position; readonly nowMs: number },
): Work<readonly Suspect[]> {
  const accounts = new Set<AccountId>()
  for (const tally of tallies) if (yield* count(tx, tally, nowMs)) accounts.add(tally.account)
  const suspects: Suspect[] = []
  for (const account of accounts) {
    const suspect = yield* assess(tx, account, nowMs)
    if (suspect !== null) suspects.push(suspect)
  }
  yield* advance(tx, SENDING_READER, position)
  return suspects
})

/** A scanner found malware in what an account sends. */
export const noteMalware = write('sending.malware', function* (tx, { account, nowMs }: { readonly account: AccountId; readonly nowMs: number }): Work<Suspect | null> {
  yield* tx.run(COUNT, { subject: account, hour: hourOf(nowMs), messages: 0, recipients: 0, strangers: 0, bounces: 0, malware: 1, listed: 0 })
  return yield* assess(tx, account, nowMs)
})

/** Forgets what is too old to tell anything, and accounts that are gone. */
export const purgeSending = write('sending.purge', function* (tx, args: Before): Work<void> {
  for (const old of OLD) yield* tx.run(old, args)
})

/** False for an account that is not there any more. */
function* count(tx: Tx, { account, hour, messages, bounces, listed, recipients, domains, shapes, authors }: Tally, nowMs: number): Work<boolean> {
  const owner = yield* tx.one(OWNER, { account })
  if (owner === null) return false
  let strangers = 0
  for (const recipient of new Set(recipients)) strangers += yield* tx.run(SEE, { account, recipient, nowMs })
  const counts = { hour, messages, recipients: recipients.length, bounces, malware: 0, listed }
  yield* tx.run(COUNT, { ...counts, subject: account, strangers })
  // A program that may write to many must not use up what people share, and has no partners.
  if (owner.bulk === null) {
    yield* tx.run(COUNT, { ...counts, subject: owner.organization, strangers })
    for (const domain of [...domains].sort()) yield* tx.run(SEE_DOMAIN, { account, domain, nowMs, staleMs: nowMs - DOMAIN_REFRESH_MS })
  }
  if (shapes.length > 0 || authors.length > 0) {
    const memory = remember(yield* memoryOf(tx, account), { shapes, authors }, nowMs)
    yield* tx.run(KEEP, { account, shapes: JSON.stringify(memory.shapes), authors: JSON.stringify(memory.authors), nowMs })
  }
  return true
}

function* assess(tx: Tx, account: AccountId, nowMs: number): Work<Suspect | null> {
  const owner = yield* tx.one(OWNER, { account })
  if (owner === null || (yield* containmentIn(tx, account))?.state === 'contained') return null
  const hours = yield* tx.all(HOURS, { subject: account, since: hourOf(nowMs) - BASELINE_HOURS })
  const facts = factsOf(hours, yield* memoryOf(tx, account), nowMs)
  const found = suspicion(owner.bulk === null ? facts : ofBulk(facts))
  const { kind } = decide(found)
  if (kind === 'none') return null
  if (kind === 'contain') yield* containAccount(tx, { account, ...found, by: 'watch', passwords: 'void', nowMs })
  return { account, kind, ...found }
}

function* memoryOf(tx: Tx, account: AccountId): Work<SendMemory> {
  const row = yield* tx.one(MEMORY, { account })
  if (row === null) return NO_MEMORY
  return { shapes: JSON.parse(row.shapes) as SendMemory['shapes'], authors: JSON.parse(row.authors) as SendMemory['authors'] }
}

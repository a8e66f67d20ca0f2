import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import type { Position } from '../../event/event.ts'
import { advance } from '../../event/sql.ts'
import type { Judgement } from '../../mailbox/judged.ts'
import { MAX_FORGOTTEN, MAX_SCOPE_TOKENS, MAX_VOTES_PER_HOUR, MIN_VOTERS } from './limits.ts'
import { EVERYBODY, learn, type Scope, touch, unlearn } from './sql-counts.ts'
import { afterSaying, type MailClass, type Vote } from './vote.ts'
import { unitsAt } from './weight.ts'

/** Under which name the trainer's place in the log is kept. */
export const TRAIN_READER = 'bayes'

type Key = Scope & { readonly message: string }

interface Row {
  readonly organization: string
  readonly account: string
  readonly message: string
  readonly said: Judgement
  readonly class: MailClass | null
  readonly own: number
  readonly shared: number
  readonly weight: number
  readonly tokens: Uint8Array
}

const COLUMNS = 'organization, account, message, said, class, own, shared, weight, tokens'
const OF = 'organization = $organization AND account = $account'
const ACTIVE = statement<{ account: string }, { organization: string }>("SELECT organization FROM account WHERE id = $account AND state = 'active'")
const COUNT = statement<Scope & { hour: number }, { votes: number }>(
  `INSERT INTO bayes_voter (organization, account, hour, votes) VALUES ($organization, $account, $hour, 1)
  ON CONFLICT (organization, account) DO UPDATE SET hour = excluded.hour, votes = CASE WHEN bayes_voter.hour = excluded.hour THEN bayes_voter.votes + 1 ELSE 1 END
  RETURNING votes`,
)
const VOTERS = statement<{ organization: string }, { account: string }>(`SELECT account FROM bayes_voter WHERE organization = $organization LIMIT ${MIN_VOTERS}`)
const FIND = statement<Key, Row>(`SELECT ${COLUMNS} FROM bayes_vote WHERE ${OF} AND message = $message`)
const OLDEST = statement<Scope, Row>(`SELECT ${COLUMNS} FROM bayes_vote WHERE ${OF} AND own = 1 ORDER BY at_ms, message LIMIT ${MAX_FORGOTTEN}`)
const OLDEST_SHARED = statement<Record<never, never>, Row>(`SELECT ${COLUMNS} FROM bayes_vote WHERE shared = 1 ORDER BY at_ms, organization, account, message LIMIT ${MAX_FORGOTTEN}`)
const KEEP = statement<
  Key & { said: string; class: string | null; own: number; shared: number; weight: number; atMs: number; sender: string; domain: string | null; signature: string; tokens: Uint8Array }
>(`INSERT INTO bayes_vote (organization, account, message, said, class, own, shared, weight, at_ms, sender, domain, signature, tokens)
  VALUES ($organization, $account, $message, $said, $class, $own, $shared, $weight, $atMs, $sender, $domain, $signature, $tokens)
  ON CONFLICT (organization, account, message) DO UPDATE SET said = excluded.said, class = excluded.class, own = excluded.own, shared = excluded.shared,
    weight = excluded.weight, at_ms = excluded.at_ms, sender = excluded.sender, domain = excluded.domain, signature = excluded.signature, tokens = excluded.tokens`)
const SET_COUNTED = statement<Key & { own: number; shared: number }>(`UPDATE bayes_vote SET own = $own, shared = $shared WHERE ${OF} AND message = $message`)
const IDLE = statement<{ beforeMs: number }>(
  `DELETE FROM bayes_vote WHERE (organization, account, message) IN
  (SELECT organization, account, message FROM bayes_vote WHERE at_ms < $beforeMs AND own = 0 AND shared = 0 LIMIT 500)`,
)
const SOME = statement<Scope, Row>(`SELECT ${COLUMNS} FROM bayes_vote WHERE ${OF} ORDER BY message LIMIT ${MAX_FORGOTTEN}`)
const DELETE_VOTE = statement<Key>(`DELETE FROM bayes_vote WHERE ${OF} AND message = $message`)
const DELETE_REST = [
  statement<Scope>(`DELETE FROM bayes_token WHERE ${OF}`),
  statement<Scope>(`DELETE FROM bayes_change WHERE ${OF}`),
  statement<Scope>(`DELETE FROM bayes_scope WHERE ${OF}`),
  statement<Scope>(`DELETE FROM bayes_voter WHERE ${OF}`),
]

/** A vote with its tokens packed, to be sent to the writer. */
export type PackedVote = Omit<Vote, 'tokens'> & { readonly tokens: Uint8Array }

/** Votes, and where the reader stands after them: each counts once, whatever dies in between. */
export interface TrainArgs {
  readonly votes: readonly PackedVote[]
  readonly position: Position
}

/** Learns what users said. */
export const train = write('bayes.train', function* (tx, { votes, position }: TrainArgs): Work<void> {
  for (const vote of votes) yield* take(tx, vote)
  yield* advance(tx, TRAIN_READER, position)
}, ({ votes }) => votes.reduce((sum, { tokens }) => sum + tokens.length, 0))

function* take(tx: Tx, vote: PackedVote): Work<void> {
  const { account, message, said, atMs } = vote
  const owner = yield* tx.one(ACTIVE, { account })
  if (owner === null) return
  const scope = { organization: owner.organization, account }
  const counted = yield* tx.one(COUNT, { ...scope, hour: Math.floor(atMs / 3_600_000) })
  if ((counted?.votes ?? 0) > MAX_VOTES_PER_HOUR) return
  const before = yield* tx.one(FIND, { ...scope, message })
  const after = afterSaying(said, before)
  if (after === null) return
  if (before !== null) yield* uncount(tx, before)
  const isShared = after.class !== null && (yield* tx.all(VOTERS, { organization: scope.organization })).length >= MIN_VOTERS
  yield* correct(tx, message, after.class)
  yield* keep(tx, { ...vote, ...scope }, after.class, isShared)
}

/** What the filter taught itself gives way to what a person says. Its row stays, so that it does not teach itself the same again. */
function* correct(tx: Tx, message: string, said: MailClass | null): Work<void> {
  const own = yield* tx.one(FIND, { ...EVERYBODY, message })
  if (own !== null && own.class !== said) yield* uncount(tx, own)
}

type Kept = Omit<PackedVote, 'organization' | 'account'> & Scope

function* keep(tx: Tx, { organization, account, message, said, atMs, sender, signature, tokens }: Kept, learned: MailClass | null, isShared: boolean): Work<void> {
  const isEverybody = account === EVERYBODY.account
  const weight = unitsAt(atMs)
  yield* tx.run(KEEP, {
    organization,
    account,
    message,
    said,
    class: learned,
    own: learned === null || isEverybody ? 0 : 1,
    shared: isShared ? 1 : 0,
    weight,
    atMs,
    sender: sender.address,
    domain: sender.domain,
    signature,
    tokens: learned === null ? new Uint8Array(0) : tokens,
  })
  const scope = { organization, account }
  if (learned === null) return yield* touch(tx, scope)
  const counts = { spam: learned === 'spam' ? weight : 0, ham: learned === 'ham' ? weight : 0, tokens }
  if (!isEverybody && (yield* learn(tx, scope, counts)) > MAX_SCOPE_TOKENS) {
    for (const row of yield* tx.all(OLDEST, scope)) yield* uncount(tx, row, 'own')
  }
  if (isShared && (yield* learn(tx, EVERYBODY, counts)) > MAX_SCOPE_TOKENS) {
    for (const row of yield* tx.all(OLDEST_SHARED, {})) yield* uncount(tx, row, 'shared')
  }
}

/** Takes a vote out of the counts it is in, exactly. */
function* uncount(tx: Tx, row: Row, where: 'own' | 'shared' | 'both' = 'both'): Work<void> {
  const { organization, account, message, weight, tokens } = row
  const counts = { spam: row.class === 'spam' ? weight : 0, ham: row.class === 'ham' ? weight : 0, tokens }
  const fromOwn = where !== 'shared' && row.own === 1
  const fromShared = where !== 'own' && row.shared === 1
  if (fromOwn) yield* unlearn(tx, { organization, account }, counts)
  if (fromShared) yield* unlearn(tx, EVERYBODY, counts)
  yield* tx.run(SET_COUNTED, { organization, account, message, own: fromOwn ? 0 : row.own, shared: fromShared ? 0 : row.shared })
}

/** A message that the filter learns by itself (`autoLearn`), for everybody. */
export type AutoVote = Pick<PackedVote, 'message' | 'atMs' | 'tokens'> & { readonly class: MailClass }

/** Learns messages that nobody judged, each once; what a person said of one stays. */
export const learnAlone = write('bayes.alone', function* (tx, { votes }: { readonly votes: readonly AutoVote[] }): Work<void> {
  for (const { message, atMs, tokens, class: learned } of votes) {
    if ((yield* tx.one(FIND, { ...EVERYBODY, message })) !== null) continue
    const said = learned === 'spam' ? ('junk' as const) : ('not-junk' as const)
    yield* keep(tx, { ...EVERYBODY, message, said, atMs, sender: { address: '', domain: null }, signature: '', tokens }, learned, true)
  }
}, ({ votes }) => votes.reduce((sum, { tokens }) => sum + tokens.length, 0))

/** Forgets all that an account taught, everybody's part of it too: a few votes a call, until it says `done`. */
export const forgetAccount = write('bayes.forget', function* (tx, scope: { readonly organization: OrganizationId; readonly account: AccountId }): Work<'more' | 'done'> {
  const some = yield* tx.all(SOME, scope)
  for (const row of some) {
    yield* uncount(tx, row, 'shared')
    yield* tx.run(DELETE_VOTE, { ...scope, message: row.message })
  }
  if (some.length === MAX_FORGOTTEN) return 'more'
  for (const rest of DELETE_REST) yield* tx.run(rest, scope)
  return 'done'
})

/** Removes votes from before `beforeMs` that count nowhere. Returns how many; call again until 0. */
export const purgeVotes = write('bayes.purge', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(IDLE, args)
})

import { catchUp } from '../../src/core/event/follow.ts'
import { forgetAccount, train, TRAIN_READER } from '../../src/core/filter/bayes/sql-vote.ts'
import { trainReader, type TrainOptions } from '../../src/core/filter/bayes/train.ts'
import type { SegmentReader } from '../../src/core/mailbox/body.ts'
import { emailBytes } from '../../src/core/mailbox/sql-read.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { shownLog } from './events.ts'

const TOKENS = statement<{ organization: string; account: string }, { token: string; spam: number; ham: number }>(
  'SELECT CAST(token AS TEXT) AS token, spam, ham FROM bayes_token WHERE organization = $organization AND account = $account ORDER BY bayes_token.token',
)
const SCOPE = statement<{ organization: string; account: string }, { spam: number; ham: number; tokens: number }>(
  'SELECT spam, ham, tokens FROM bayes_scope WHERE organization = $organization AND account = $account',
)

/** The counts of a scope, as text that is the same for the same counts: those of everybody without a scope. */
export async function countsOf(db: Database, { organization, account }: { readonly organization: string; readonly account: string } = { organization: '', account: '' }): Promise<string> {
  const scope = (await db.one(SCOPE, { organization, account })) ?? { spam: 0, ham: 0, tokens: 0 }
  const tokens = await db.all(TOKENS, { organization, account })
  return [`${scope.spam} spam, ${scope.ham} ham, ${scope.tokens} tokens`, ...tokens.map(({ token, spam, ham }) => `${token} ${spam} ${ham}`)].join('\n')
}

/** Learns what the log tells, as the job does. */
export async function learnFromLog(db: Database, segments: SegmentReader, over: Partial<TrainOptions> = {}): Promise<void> {
  const options: TrainOptions = {
    segments,
    bytesOf: (account, email) => emailBytes(db, account, email),
    train: (args) => db.write(train, args),
    taught: () => {},
    forget: (account) => db.write(forgetAccount, account),
    ...over,
  }
  await catchUp(shownLog(db), trainReader(options, TRAIN_READER), new AbortController().signal)
}

import { statement } from '../../../infra/db/statement.ts'
import type { Tx, Work } from '../../../infra/db/transaction.ts'
import { MAX_CHANGES } from './limits.ts'
import { tokensJson, unpackTokens } from './pack.ts'

/** Whose counts. Everybody's have two empty ids. */
export type Scope = Readonly<Record<'organization' | 'account', string>>

/** What everybody taught. */
export const EVERYBODY: Scope = { organization: '', account: '' }

type Tokens = Scope & { readonly tokens: string }

const IS_TOKEN = { sqlite: 'token IN (SELECT value FROM json_each($tokens))', postgres: 'token IN (SELECT value::bigint FROM json_array_elements_text($tokens::json))' }
const THERE = 'organization = $organization AND account = $account'

const KNOWN = statement<Tokens, { count: number }>({
  sqlite: `SELECT COUNT(*) AS count FROM bayes_token WHERE ${THERE} AND ${IS_TOKEN.sqlite}`,
  postgres: `SELECT COUNT(*) AS count FROM bayes_token WHERE ${THERE} AND ${IS_TOKEN.postgres}`,
})
const ADD = statement<Tokens & { spam: number; ham: number }>({
  sqlite: `INSERT INTO bayes_token (organization, account, token, spam, ham) SELECT $organization, $account, value, $spam, $ham FROM json_each($tokens) WHERE true
    ON CONFLICT (organization, account, token) DO UPDATE SET spam = spam + excluded.spam, ham = ham + excluded.ham`,
  postgres: `INSERT INTO bayes_token AS t (organization, account, token, spam, ham)
    SELECT $organization::text, $account::text, value::bigint, $spam::bigint, $ham::bigint FROM json_array_elements_text($tokens::json)
    ON CONFLICT (organization, account, token) DO UPDATE SET spam = t.spam + excluded.spam, ham = t.ham + excluded.ham`,
})
const TAKE = statement<Tokens & { spam: number; ham: number }>({
  sqlite: `UPDATE bayes_token SET spam = spam - $spam, ham = ham - $ham WHERE ${THERE} AND ${IS_TOKEN.sqlite}`,
  postgres: `UPDATE bayes_token SET spam = spam - $spam::bigint, ham = ham - $ham::bigint WHERE ${THERE} AND ${IS_TOKEN.postgres}`,
})
const DROP = statement<Tokens>({
  sqlite: `DELETE FROM bayes_token WHERE ${THERE} AND spam = 0 AND ham = 0 AND ${IS_TOKEN.sqlite}`,
  postgres: `DELETE FROM bayes_token WHERE ${THERE} AND spam = 0 AND ham = 0 AND ${IS_TOKEN.postgres}`,
})
const CHANGE = statement<Scope & { spam: number; ham: number; tokens: number }, { revision: number; tokens: number }>(
  `INSERT INTO bayes_scope (organization, account, spam, ham, tokens, revision) VALUES ($organization, $account, $spam, $ham, $tokens, 1)
  ON CONFLICT (organization, account) DO UPDATE SET spam = bayes_scope.spam + excluded.spam, ham = bayes_scope.ham + excluded.ham,
    tokens = bayes_scope.tokens + excluded.tokens, revision = bayes_scope.revision + 1
  RETURNING revision, tokens`,
)
const NOTE = statement<Scope & { revision: number; spam: number; ham: number; tokens: Uint8Array }>(
  'INSERT INTO bayes_change (organization, account, revision, spam, ham, tokens) VALUES ($organization, $account, $revision, $spam, $ham, $tokens)',
)
const FORGET_NOTES = statement<Scope & { revision: number }>(`DELETE FROM bayes_change WHERE ${THERE} AND revision <= $revision`)

/** A message as it is counted: in units of `unitsAt`. */
export interface Counted {
  readonly spam: number
  readonly ham: number
  /** As `packTokens` gives them. */
  readonly tokens: Uint8Array
}

/** Learns a message in one scope. Returns how many tokens the scope has. */
export function* learn(tx: Tx, scope: Scope, { spam, ham, tokens }: Counted): Work<number> {
  const json = tokensJson(unpackTokens(tokens))
  const known = (yield* tx.one(KNOWN, { ...scope, tokens: json }))?.count ?? 0
  yield* tx.run(ADD, { ...scope, tokens: json, spam, ham })
  return yield* note(tx, scope, { spam, ham, tokens }, tokens.length / 8 - known)
}

/** Unlearns what was learned in a scope: afterwards every row is as if it had never been. */
export function* unlearn(tx: Tx, scope: Scope, { spam, ham, tokens }: Counted): Work<number> {
  const json = tokensJson(unpackTokens(tokens))
  yield* tx.run(TAKE, { ...scope, tokens: json, spam, ham })
  const gone = yield* tx.run(DROP, { ...scope, tokens: json })
  return yield* note(tx, scope, { spam: -spam, ham: -ham, tokens }, -gone)
}

/** Says that something of a scope changed that is no count, so that copies are brought up to date. */
export function* touch(tx: Tx, scope: Scope): Work<void> {
  yield* note(tx, scope, { spam: 0, ham: 0, tokens: new Uint8Array(0) }, 0)
}

function* note(tx: Tx, scope: Scope, { spam, ham, tokens }: Counted, grown: number): Work<number> {
  const now = yield* tx.one(CHANGE, { ...scope, spam, ham, tokens: grown })
  if (now === null) throw new Error('a scope was neither made nor changed')
  yield* tx.run(NOTE, { ...scope, revision: now.revision, spam, ham, tokens })
  yield* tx.run(FORGET_NOTES, { ...scope, revision: now.revision - MAX_CHANGES })
  return now.tokens
}

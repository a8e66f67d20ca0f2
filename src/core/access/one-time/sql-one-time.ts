import type { AccountId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { hashToken, makeToken } from '../token.ts'

/** What a token is good for. One of another kind is none. */
export type OneTimeKind = 'signup' | 'reset' | 'passkey-register' | 'passkey-login' | 'oidc'

/** What a token stands for. */
export interface OneTime {
  /** Whose it is; '' while nobody is known. */
  readonly account: AccountId | ''
  /** What was kept with it. */
  readonly content: unknown
}

interface Row {
  readonly account: AccountId | ''
  readonly content: string
}

/** Rows removed in one write. */
const CHUNK = 500

const INSERT = statement<{ account: string; hash: string; kind: string; content: string; expiresMs: number }>(
  'INSERT INTO one_time (account, hash, kind, content, expires_ms) VALUES ($account, $hash, $kind, $content, $expiresMs)',
)
const FIND = statement<{ hash: string; kind: string; nowMs: number }, Row>('SELECT account, content FROM one_time WHERE hash = $hash AND kind = $kind AND expires_ms > $nowMs')
const TAKE = statement<{ hash: string; kind: string; nowMs: number }, Row>('DELETE FROM one_time WHERE hash = $hash AND kind = $kind AND expires_ms > $nowMs RETURNING account, content')
const DROP = statement<{ account: string; kind: string }>('DELETE FROM one_time WHERE account = $account AND kind = $kind')
const PURGE = statement<{ nowMs: number }>(`DELETE FROM one_time WHERE hash IN (SELECT hash FROM one_time WHERE expires_ms <= $nowMs ORDER BY expires_ms LIMIT ${CHUNK})`)

interface NewOneTime {
  readonly account: AccountId | ''
  readonly hash: string
  readonly kind: OneTimeKind
  readonly content: string
  readonly expiresMs: number
}

const add = write('one_time.add', function* (tx, args: NewOneTime): Work<void> {
  // A newer link of somebody takes the place of the older ones.
  if (args.account !== '') yield* tx.run(DROP, { account: args.account, kind: args.kind })
  yield* tx.run(INSERT, { ...args })
})

const take = write('one_time.take', function* (tx, args: { readonly hash: string; readonly kind: OneTimeKind; readonly nowMs: number }): Work<OneTime | null> {
  return yield* takeIn(tx, args)
})

/** Uses a token up, inside the write that does what it is for; null when it is none, or was used, or is over. Of two at once one gets it. */
export function* takeIn(tx: Tx, args: { readonly hash: string; readonly kind: OneTimeKind; readonly nowMs: number }): Work<OneTime | null> {
  return toOneTime(yield* tx.one(TAKE, args))
}

/** Forgets tokens that are over. Returns how many; call again until 0. */
export const purgeOneTime = write('one_time.purge', function* (tx, args: { readonly nowMs: number }): Work<number> {
  return yield* tx.run(PURGE, args)
})

/** Makes a token that is good once, until then, and returns it: only its hash is kept. */
export async function makeOneTime(db: Database, args: { readonly account: AccountId | ''; readonly kind: OneTimeKind; readonly content: unknown; readonly expiresMs: number }): Promise<string> {
  const token = makeToken()
  await db.write(add, { ...args, hash: hashToken(token), content: JSON.stringify(args.content) })
  return token
}

/** What a token stands for, without using it up; null when it is good for nothing. */
export async function readOneTime(db: Database, kind: OneTimeKind, token: string, nowMs: number): Promise<OneTime | null> {
  return toOneTime(await db.one(FIND, { hash: hashToken(token), kind, nowMs }))
}

/** Uses a token up; null when it is none, or was used, or is over. */
export async function takeOneTime(db: Database, kind: OneTimeKind, token: string, nowMs: number): Promise<OneTime | null> {
  return await db.write(take, { hash: hashToken(token), kind, nowMs })
}

function toOneTime(row: Row | null): OneTime | null {
  return row === null ? null : { account: row.account, content: JSON.parse(row.content) as unknown } // Written by `makeOneTime` only.
}

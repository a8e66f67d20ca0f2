import { randomBytes } from 'node:crypto'
import type { AccountId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../../infra/db/transaction.ts'
import { seal, unseal } from '../seal.ts'
import { endOtherSessions } from '../session/sql-session.ts'
import { FIRST_WAIT_MS, FREE_FAILURES, LONGEST_WAIT_MS, TOTP } from './limits.ts'
import { makeRecoveryCodes, recoveryHash } from './recovery.ts'
import { isCode, matchingStep } from './totp.ts'

type Of = { account: string }

interface Row {
  readonly state: 'waiting' | 'on'
  readonly sealed_secret: string
  readonly last_step: number
  readonly failures: number
  readonly until_ms: number
}

const FIND = statement<Of, Row>('SELECT state, sealed_secret, last_step, failures, until_ms FROM totp WHERE account = $account')
// One that is on stays as it is.
const ENROL = statement<Of & { sealed: string; nowMs: number }>(
  `INSERT INTO totp (account, state, sealed_secret, last_step, failures, until_ms, created_ms) VALUES ($account, 'waiting', $sealed, -1, 0, 0, $nowMs)
  ON CONFLICT (account) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = -1, failures = 0, until_ms = 0, created_ms = excluded.created_ms WHERE totp.state = 'waiting'`,
)
const TAKE = statement<Of & { step: number; state: string }>(
  "UPDATE totp SET last_step = $step, failures = 0, until_ms = 0, state = 'on' WHERE account = $account AND last_step < $step AND state = $state",
)
const FORGIVE = statement<Of>('UPDATE totp SET failures = 0, until_ms = 0 WHERE account = $account')
const TRY = statement<Of & { untilMs: number; failures: number }>('UPDATE totp SET failures = $failures, until_ms = $untilMs WHERE account = $account')
const DELETE = statement<Of>('DELETE FROM totp WHERE account = $account')
const ADD_CODE = statement<Of & { hash: string }>('INSERT INTO recovery_code (account, hash) VALUES ($account, $hash)')
const USE_CODE = statement<Of & { hash: string }>('DELETE FROM recovery_code WHERE account = $account AND hash = $hash')
const DROP_CODES = statement<Of>('DELETE FROM recovery_code WHERE account = $account')
const COUNT_CODES = statement<Of, { n: number }>('SELECT count(*) AS n FROM recovery_code WHERE account = $account')
/** What was remembered of passwords is void: who may come in with which has changed. */
const RAISE_VERSION = statement<Of>('UPDATE account SET credential_version = credential_version + 1 WHERE id = $account')

const enrol = write('factor.enrol', function* (tx, args: { readonly account: AccountId; readonly sealed: string; readonly nowMs: number }): Work<boolean> {
  return (yield* tx.run(ENROL, args)) === 1
})

function* putCodes(tx: Tx, account: AccountId, hashes: readonly string[]): Work<void> {
  yield* tx.run(DROP_CODES, { account })
  for (const hash of hashes) yield* tx.run(ADD_CODE, { account, hash })
}

const confirm = write('factor.confirm', function* (tx, args: { readonly account: AccountId; readonly step: number; readonly codes: readonly string[]; readonly keep: string }): Work<boolean> {
  const { account, step, codes, keep } = args
  if ((yield* tx.run(TAKE, { account, step, state: 'waiting' })) === 0) return false
  yield* putCodes(tx, account, codes)
  yield* tx.run(RAISE_VERSION, { account })
  yield* endOtherSessions(tx, account, keep)
  return true
})

const renewCodes = write('factor.recovery_codes', function* (tx, args: { readonly account: AccountId; readonly codes: readonly string[] }): Work<void> {
  yield* putCodes(tx, args.account, args.codes)
})

const takeCode = write('factor.take_code', function* (tx, args: { readonly account: AccountId; readonly step: number }): Work<boolean> {
  return (yield* tx.run(TAKE, { ...args, state: 'on' })) === 1
})

const takeRecovery = write('factor.take_recovery', function* (tx, args: { readonly account: AccountId; readonly hash: string }): Work<boolean> {
  if ((yield* tx.run(USE_CODE, args)) === 0) return false
  yield* tx.run(FORGIVE, { account: args.account })
  return true
})

/** Counted before the code is looked at, and forgiven when it was right: codes sent all at once gain nothing. */
const beginTry = write('factor.try', function* (tx, { account, nowMs }: { readonly account: AccountId; readonly nowMs: number }): Work<Row | 'off' | { readonly waitMs: number }> {
  const row = yield* tx.one(FIND, { account })
  if (row?.state !== 'on') return 'off'
  if (row.until_ms > nowMs) return { waitMs: row.until_ms - nowMs }
  const failures = row.failures + 1
  const beyond = failures - FREE_FAILURES
  const waitMs = beyond <= 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(beyond - 1, 20))
  yield* tx.run(TRY, { account, failures, untilMs: nowMs + waitMs })
  return { ...row }
})

/** Takes the second factor away, with its recovery codes: the password alone is enough again. False when there was none. */
export const removeTotp = write('factor.remove', function* (tx, { account }: { readonly account: AccountId }): Work<boolean> {
  yield* tx.run(DROP_CODES, { account })
  if ((yield* tx.run(DELETE, { account })) === 0) return false
  yield* tx.run(RAISE_VERSION, { account })
  return true
})

/** What an account logs in with beside its password. */
export interface Factors {
  readonly totp: 'off' | 'on'
  readonly recoveryCodes: number
}

/** What an account logs in with beside its password. */
export async function factorsOf(db: Database, account: AccountId): Promise<Factors> {
  const row = await db.one(FIND, { account })
  const codes = await db.one(COUNT_CODES, { account })
  return { totp: row?.state === 'on' ? 'on' : 'off', recoveryCodes: codes?.n ?? 0 }
}

/** Makes a secret for an authenticator. It asks for nothing until a code of it was confirmed. Null when the account has one that is on. */
export async function enrolTotp(db: Database, own: Uint8Array, account: AccountId, nowMs: number): Promise<Uint8Array | null> {
  const secret = randomBytes(TOTP.secretBytes)
  return (await db.write(enrol, { account, sealed: seal(own, placeOf(account), secret.toString('base64')), nowMs })) ? secret : null
}

/** Who shows a code. */
export interface CodeArgs {
  readonly account: AccountId
  readonly code: string
  readonly nowMs: number
}

/** Switches the second factor on by its first code, and returns recovery codes: the only time they are seen. Every session but `keep` ends. Null for a wrong code, or when nothing waits for one. */
export async function confirmTotp(db: Database, own: Uint8Array, { account, code, nowMs }: CodeArgs, keep: string): Promise<readonly string[] | null> {
  const row = await db.one(FIND, { account })
  const step = row === null || row.state === 'on' ? null : stepOf(row, own, { account, code, nowMs })
  if (step === null) return null
  const codes = makeRecoveryCodes()
  return (await db.write(confirm, { account, step, codes: hashesOf(codes), keep })) ? codes : null
}

/** Gives an account other recovery codes, and returns them; those before are void. */
export async function newRecoveryCodes(db: Database, account: AccountId): Promise<readonly string[]> {
  const codes = makeRecoveryCodes()
  await db.write(renewCodes, { account, codes: hashesOf(codes) })
  return codes
}

/** How showing a second factor ended. `later`: too many wrong ones came before, and this one was not looked at. */
export type Shown = { readonly kind: 'right'; readonly by: 'totp' | 'recovery' } | { readonly kind: 'wrong' } | { readonly kind: 'later'; readonly waitMs: number }

/** Takes a code of the authenticator or a recovery code, once each. */
export async function showFactor(db: Database, own: Uint8Array, { account, code, nowMs }: CodeArgs): Promise<Shown> {
  const row = await db.write(beginTry, { account, nowMs })
  if (row === 'off') return { kind: 'wrong' }
  if ('waitMs' in row) return { kind: 'later', waitMs: row.waitMs }
  const step = stepOf(row, own, { account, code, nowMs })
  // The write decides: of two that bring one code at the same moment one comes in.
  if (step !== null && (await db.write(takeCode, { account, step }))) return { kind: 'right', by: 'totp' }
  const hash = recoveryHash(code)
  if (hash !== null && (await db.write(takeRecovery, { account, hash }))) return { kind: 'right', by: 'recovery' }
  return { kind: 'wrong' }
}

function stepOf(row: Row, own: Uint8Array, { account, code, nowMs }: CodeArgs): number | null {
  const secret = unseal(own, placeOf(account), row.sealed_secret)
  return secret === null || !isCode(code) ? null : matchingStep(Buffer.from(secret, 'base64'), code, nowMs, row.last_step)
}

function placeOf(account: AccountId): string {
  return `totp ${account}`
}

function hashesOf(codes: readonly string[]): readonly string[] {
  return codes.map((code) => recoveryHash(code) ?? '')
}

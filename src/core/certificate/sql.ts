import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { IssuedCertificate, Tries } from './certificate.ts'
import { seal, unseal } from '../access/seal.ts'

/** Rows of one chunk. */
const LIST_LIMIT = 500

const PUT = statement<{ name: string; names: string; chain: string; sealedKey: string; notBeforeMs: number; notAfterMs: number; issuedMs: number; directory: string }>(
  `INSERT INTO certificate (name, names, chain, sealed_key, not_before_ms, not_after_ms, issued_ms, directory)
  VALUES ($name, $names, $chain, $sealedKey, $notBeforeMs, $notAfterMs, $issuedMs, $directory)
  ON CONFLICT (name) DO UPDATE SET names = excluded.names, chain = excluded.chain, sealed_key = excluded.sealed_key, not_before_ms = excluded.not_before_ms,
  not_after_ms = excluded.not_after_ms, issued_ms = excluded.issued_ms, directory = excluded.directory`,
)

interface Row {
  readonly name: string
  readonly names: string
  readonly chain: string
  readonly sealed_key: string
  readonly not_before_ms: number
  readonly not_after_ms: number
  readonly issued_ms: number
  readonly directory: string
}

const COLUMNS = 'name, names, chain, sealed_key, not_before_ms, not_after_ms, issued_ms, directory'
const LIST = statement<{ after: string }, Row>(`SELECT ${COLUMNS} FROM certificate WHERE name > $after ORDER BY name LIMIT ${LIST_LIMIT}`)
const STAMP = statement<Record<never, never>, { stamp: string | null }>(
  "SELECT CAST(count(*) AS TEXT) || '/' || CAST(max(issued_ms) AS TEXT) AS stamp FROM certificate",
)
const FORGET = statement<{ beforeMs: number }>('DELETE FROM certificate WHERE not_after_ms < $beforeMs')

const PUT_TRIES = statement<{ name: string; failedMs: string; nextMs: number; error: string | null; askedMs: number | null }>(
  `INSERT INTO certificate_try (name, failed_ms, next_ms, error, asked_ms) VALUES ($name, $failedMs, $nextMs, $error, $askedMs)
  ON CONFLICT (name) DO UPDATE SET failed_ms = excluded.failed_ms, next_ms = excluded.next_ms, error = excluded.error, asked_ms = excluded.asked_ms`,
)
const ASK = statement<{ name: string; nowMs: number }>(
  `INSERT INTO certificate_try (name, failed_ms, next_ms, error, asked_ms) VALUES ($name, '[]', 0, NULL, $nowMs)
  ON CONFLICT (name) DO UPDATE SET next_ms = 0, asked_ms = excluded.asked_ms`,
)
const CLEAR_TRIES = statement<{ name: string }>('DELETE FROM certificate_try WHERE name = $name')
const TRIES = statement<{ after: string }, { name: string; failed_ms: string; next_ms: number; error: string | null; asked_ms: number | null }>(
  `SELECT name, failed_ms, next_ms, error, asked_ms FROM certificate_try WHERE name > $after ORDER BY name LIMIT ${LIST_LIMIT}`,
)

const PUT_ACCOUNT = statement<{ directory: string; sealedKey: string; url: string | null }>(
  `INSERT INTO acme_account (directory, sealed_key, url) VALUES ($directory, $sealedKey, $url)
  ON CONFLICT (directory) DO UPDATE SET sealed_key = excluded.sealed_key, url = excluded.url`,
)
const ACCOUNT = statement<{ directory: string }, { sealed_key: string; url: string | null }>('SELECT sealed_key, url FROM acme_account WHERE directory = $directory')

type PutArgs = Omit<IssuedCertificate, 'key' | 'names'> & { readonly names: string; readonly sealedKey: string }

const putCertificate = write('certificate.put', function* (tx, args: PutArgs): Work<void> {
  yield* tx.run(PUT, args)
  yield* tx.run(CLEAR_TRIES, { name: args.name })
})

/** Notes what became of a try. */
export const noteTries = write('certificate.try', function* (tx, { name, failedMs, nextMs, error, askedMs }: Tries & { readonly name: string }): Work<void> {
  yield* tx.run(PUT_TRIES, { name, failedMs: JSON.stringify(failedMs), nextMs, error, askedMs })
})

/** Asks for a new certificate, whatever the age of the present one. Failures of before still count. */
export const askForCertificate = write('certificate.ask', function* (tx, args: { readonly name: string; readonly nowMs: number }): Work<void> {
  yield* tx.run(ASK, args)
})

/** Forgets certificates that ended before `beforeMs`. */
export const forgetCertificates = write('certificate.forget', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** An account at an authority. */
export interface AcmeAccount {
  /** PKCS #8, PEM. */
  readonly key: string
  /** What the authority calls it; null until it knows the key. */
  readonly url: string | null
}

const putAccount = write('certificate.account', function* (tx, args: { readonly directory: string; readonly sealedKey: string; readonly url: string | null }): Work<void> {
  yield* tx.run(PUT_ACCOUNT, args)
})

/** Keeps a certificate in place of the one of that name, its key closed with the secret. Its tries are forgotten. */
export async function keepCertificate(db: Database, secret: Uint8Array, { key, names, ...rest }: IssuedCertificate): Promise<void> {
  await db.write(putCertificate, { ...rest, names: JSON.stringify(names), sealedKey: seal(secret, `certificate ${rest.name}`, key) })
}

/** A certificate as it lies in the database: its key closed. */
export type StoredCertificate = Omit<IssuedCertificate, 'key'> & { readonly sealedKey: string }

/** All certificates, in the order of their names. */
export async function storedCertificates(db: Database): Promise<readonly StoredCertificate[]> {
  return (await allRows((after) => db.all(LIST, { after }))).map(toStored)
}

/** The same with its key opened; null when it was closed with another secret. */
export function openCertificate(secret: Uint8Array, { sealedKey, ...rest }: StoredCertificate): IssuedCertificate | null {
  const key = unseal(secret, `certificate ${rest.name}`, sealedKey)
  return key === null ? null : { ...rest, key }
}

/** Changes when any certificate does. */
export async function certificateStamp(db: Database): Promise<string> {
  return (await db.one(STAMP, {}))?.stamp ?? ''
}

/** What is known of the tries, by name. */
export async function triesByName(db: Database): Promise<ReadonlyMap<string, Tries>> {
  const rows = await allRows((after) => db.all(TRIES, { after }))
  // Written by `noteTries` only.
  return new Map(rows.map((row) => [row.name, { failedMs: JSON.parse(row.failed_ms) as readonly number[], nextMs: row.next_ms, error: row.error, askedMs: row.asked_ms }]))
}

/** Keeps an account, its key closed with the secret. */
export async function keepAccount(db: Database, secret: Uint8Array, directory: string, { key, url }: AcmeAccount): Promise<void> {
  await db.write(putAccount, { directory, sealedKey: seal(secret, `account ${directory}`, key), url })
}

/** Our account at an authority; null when there is none that this secret opens. */
export async function accountAt(db: Database, secret: Uint8Array, directory: string): Promise<AcmeAccount | null> {
  const row = await db.one(ACCOUNT, { directory })
  const key = row === null ? null : unseal(secret, `account ${directory}`, row.sealed_key)
  return row === null || key === null ? null : { key, url: row.url }
}

/** Chunk after chunk, in the order of names. */
async function allRows<R extends { readonly name: string }>(chunk: (after: string) => Promise<readonly R[]>): Promise<readonly R[]> {
  const found: R[] = []
  for (let after = ''; ; ) {
    const rows = await chunk(after)
    found.push(...rows)
    const last = rows.at(-1)
    if (last === undefined || rows.length < LIST_LIMIT) return found
    after = last.name
  }
}

function toStored(row: Row): StoredCertificate {
  return {
    name: row.name,
    names: JSON.parse(row.names) as readonly string[], // Written by `keepCertificate` only.
    chain: row.chain,
    sealedKey: row.sealed_key,
    notBeforeMs: row.not_before_ms,
    notAfterMs: row.not_after_ms,
    issuedMs: row.issued_ms,
    directory: row.directory,
  }
}

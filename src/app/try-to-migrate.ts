import { fail, ok, type Result } from '../base/result.ts'
import { Unavailable } from '../base/unavailable.ts'
import { SchemaTooNew } from '../infra/db/migrate.ts'
import { ServerTooOld } from '../infra/db/postgres/server-too-old.ts'
import type { Config } from './config/config.ts'
import { databasePath } from './database.ts'
import { migrate } from './migrate.ts'

/** Brings the database to the newest schema, or says in one line why it cannot be used: nobody answers, it refuses us, it is too old or too new. */
export async function tryToMigrate(config: Config): Promise<Result<void, string>> {
  try {
    await migrate(config)
    return ok(undefined)
  } catch (error) {
    if (error instanceof SchemaTooNew || error instanceof ServerTooOld) return fail(error.message)
    const what = config.database.kind === 'postgres' ? 'PostgreSQL' : databasePath(config)
    if (error instanceof Unavailable) return fail(`${what} does not answer: ${reasonOf(error.cause)}`)
    if (isWrongAddress(error)) return fail(`${what} refused us: ${reasonOf(error)}`)
    throw error
  }
}

/** SQLSTATE classes 28 (who are you) and 3D (no such database): the address in the configuration is wrong. */
function isWrongAddress(error: unknown): boolean {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' && /^(?:28|3D)/.test(code)
}

/** A connection that several addresses refused has a code and no message. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message
}

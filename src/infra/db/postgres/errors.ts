import pg from 'pg'
import { Unavailable } from '../../../base/unavailable.ts'

/** Classes of SQLSTATE that mean the server's trouble: connection, resources, operator, system. */
const TROUBLE: ReadonlySet<string> = new Set(['08', '53', '57', '58'])
const DISK_FULL = '53100'
const LOCKED = '55P03'
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
const UNIQUE_VIOLATION = '23505'

/** True when the transaction lost a race and may simply be run again. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof Unavailable) return isRetryable(error.cause)
  return error instanceof pg.DatabaseError && (error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK)
}

/** True when a unique constraint was violated, or the one of that name. */
export function violates(error: unknown, constraint?: string): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION && (constraint === undefined || error.constraint === constraint)
}

/** Asks PostgreSQL. Its trouble and broken connections become `Unavailable`; a mistake in SQL is thrown as it comes. */
export async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw translate(error)
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return new Unavailable('database', { cause: error })
  const code = error.code ?? ''
  if (code === DISK_FULL) return new Unavailable('database', { cause: error, full: true })
  if (TROUBLE.has(code.slice(0, 2)) || code === LOCKED || isRetryable(error)) return new Unavailable('database', { cause: error })
  return error
}

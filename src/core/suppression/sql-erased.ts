import { createHmac } from 'node:crypto'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'

const KEY = statement<Record<never, never>, { key: string }>('SELECT key FROM subject_key')

/** The key under which erased addresses are kept; null while nobody was erased. docs/decision/012-erasure.md. */
export function* subjectKey(tx: Tx): Work<string | null> {
  return (yield* tx.one(KEY, {}))?.key ?? null
}

/** What is kept of an address that was erased, in hex. */
export function hashOf(key: string, address: string): string {
  return createHmac('sha256', key).update(address).digest('hex')
}

/** The name under which an erased address stands on a list: it has no `@`, so it is no address. */
export function erasedName(hash: string): string {
  return `#${hash}`
}

/** The name under which a folded address would stand if it was erased; '' while nobody was. */
export function* erasedNameOf(tx: Tx, address: string): Work<string> {
  const key = yield* subjectKey(tx)
  return key === null ? '' : erasedName(hashOf(key, address))
}

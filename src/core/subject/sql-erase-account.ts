import type { AccountId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { removeAccount } from '../mailbox/sql-remove.ts'
import { type AskArgs, askErasure, erasureIn, noteProgress, openErasureIn } from './sql-erasure.ts'

const SEGMENTS = statement<{ account: string }, { segment: string }>(
  'SELECT DISTINCT m.segment FROM email e JOIN message m ON m.id = e.message WHERE e.account = $account AND m.segment IS NOT NULL ORDER BY m.segment LIMIT 500',
)

/** What one step came to. `more`: there is more mail; call again. `under-way`: its address is being erased already. */
export type AccountErased = { readonly kind: 'none' } | { readonly kind: 'last-owner' } | { readonly kind: 'under-way' } | { readonly kind: 'more' } | { readonly kind: 'removed'; readonly erasure: string }

/**
 * Removes an account with all its mail, as `removeAccount` does, and erases its address. The erasure is asked for with the first step, which shuts the account: it knows then in which segments its
 * large messages lie. It waits in the state `account` until the last step, whose event names the address. Whoever is killed in between begins again. The entry in the
 * audit log is that of the erasure, without the address.
 */
export const eraseAccount = write('subject.erase_account', function* (tx, { account, ask }: { readonly account: AccountId; readonly ask: AskArgs }): Work<AccountErased> {
  const { organization, address, nowMs } = ask
  const open = yield* openErasureIn(tx, organization, address)
  if (open !== null && open.state !== 'account') return { kind: 'under-way' }
  const segments = open?.segments ?? (yield* tx.all(SEGMENTS, { account })).map(({ segment }) => segment)
  const done = yield* removeAccount.run(tx, { account, nowMs })
  if (done === 'none' || done === 'last-owner') return { kind: done }
  const id = open?.id ?? (yield* askErasure.run(tx, ask))
  const erasure = yield* erasureIn(tx, organization, id)
  if (erasure === null) throw new Error(`erasure ${id} is gone`)
  yield* noteProgress(tx, { ...erasure, state: done === 'more' ? 'account' : 'rows', segments })
  return done === 'removed' ? { kind: done, erasure: id } : { kind: done }
})

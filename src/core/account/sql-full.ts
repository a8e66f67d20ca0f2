import type { AccountId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { appendEvent } from '../event/sql.ts'

/** Accounts that are told of in one write. */
const CHUNK = 200

interface Row {
  readonly id: AccountId
  readonly organization: OrganizationId
  readonly login: string
  readonly used_bytes: number
  readonly quota_bytes: number
}

/** The last hundredth is no room: most messages are refused there, though the quota is not reached. */
const IS_FULL = "state = 'active' AND quota_bytes > 0 AND used_bytes * 100 >= quota_bytes * 99"

const FULL = statement<Record<never, never>, { id: AccountId }>(`SELECT id FROM account WHERE full_ms IS NULL AND ${IS_FULL} ORDER BY id LIMIT ${CHUNK}`)

// It may have been emptied since it was looked at.
const NOTE = statement<{ id: string; nowMs: number }, Row>(`UPDATE account SET full_ms = $nowMs WHERE id = $id AND full_ms IS NULL AND ${IS_FULL} RETURNING id, organization, login, used_bytes, quota_bytes`)

const RELIEVED = statement<Record<never, never>, { id: AccountId }>(
  `SELECT id FROM account WHERE full_ms IS NOT NULL AND (quota_bytes IS NULL OR used_bytes * 100 < quota_bytes * 95) ORDER BY id LIMIT ${CHUNK}`,
)

const FORGET = statement<{ id: string }>('UPDATE account SET full_ms = NULL WHERE id = $id')

const note = write('account.full', function* (tx, args: { readonly ids: readonly AccountId[]; readonly nowMs: number }): Work<void> {
  for (const id of args.ids) {
    const found = yield* tx.one(NOTE, { id, nowMs: args.nowMs })
    if (found === null) continue
    const { organization, login, used_bytes: usedBytes, quota_bytes: quotaBytes } = found
    yield* appendEvent(tx, { atMs: args.nowMs, organization, account: id, message: null, delivery: null, type: 'mailbox.over_quota', version: 1, data: { login, usedBytes, quotaBytes } })
  }
})

const forget = write('account.relieved', function* (tx, args: { readonly ids: readonly AccountId[] }): Work<void> {
  for (const id of args.ids) yield* tx.run(FORGET, { id })
})

/**
 * Tells of mailboxes that have no room left, each once; of one that has got a twentieth of its room back it is told again when that is used up. It looks at every account: not to be
 * asked every minute.
 */
export async function tellFullMailboxes(db: Database, nowMs: number): Promise<void> {
  for (let ids = await idsOf(db, RELIEVED); ids.length > 0; ids = await idsOf(db, RELIEVED)) await db.write(forget, { ids })
  for (let ids = await idsOf(db, FULL); ids.length > 0; ids = await idsOf(db, FULL)) await db.write(note, { ids, nowMs })
}

async function idsOf(db: Database, which: typeof FULL): Promise<readonly AccountId[]> {
  return (await db.all(which, {})).map(({ id }) => id)
}

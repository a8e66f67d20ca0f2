import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import { releaseMessage } from '../mailbox/sql-purge.ts'

/** A call whose time may be over. */
export interface OldCall {
  readonly organization: OrganizationId
  readonly endpoint: string
  readonly id: string
  readonly atMs: number
}

interface Row extends Omit<OldCall, 'atMs'> {
  readonly created_ms: number
}

const AFTER = statement<{ atMs: number; organization: string; endpoint: string; id: string; beforeMs: number; limit: number }, Row>({
  sqlite: `SELECT organization, endpoint, id, created_ms FROM webhook_call WHERE created_ms < $beforeMs AND (created_ms, organization, endpoint, id) > ($atMs, $organization, $endpoint, $id)
  ORDER BY created_ms, organization, endpoint, id LIMIT $limit`,
  postgres: `SELECT organization, endpoint, id, created_ms FROM webhook_call WHERE created_ms < $beforeMs AND (created_ms, organization, endpoint, id) > ($atMs, $organization, $endpoint, $id)
  ORDER BY created_ms, organization, endpoint, id LIMIT $limit::bigint`,
})

const KEYS = {
  sqlite: 'SELECT value->>0, value->>1, value->>2 FROM json_each($keys)',
  postgres: 'SELECT value->>0, value->>1, value->>2 FROM json_array_elements($keys::json) AS value',
}
const byKeys = <R = never>(sql: (keys: string) => string) => statement<{ keys: string }, R>({ sqlite: sql(KEYS.sqlite), postgres: sql(KEYS.postgres) })
const MESSAGES = byKeys<{ message: MessageId }>((keys) => `SELECT message FROM webhook_call WHERE (organization, endpoint, id) IN (${keys}) AND message IS NOT NULL ORDER BY message LIMIT 500`)
const FORGET_ATTEMPTS = byKeys((keys) => `DELETE FROM webhook_attempt WHERE (organization, endpoint, call) IN (${keys})`)
const FORGET = byKeys((keys) => `DELETE FROM webhook_call WHERE (organization, endpoint, id) IN (${keys})`)

/** The call before all others. */
export const FIRST_CALL: OldCall = { organization: '' as OrganizationId, endpoint: '', id: '', atMs: -1 }

/** At most `limit` calls that were queued before `beforeMs`, after one of them, in the order of time. */
export async function oldCalls(db: Database, args: { readonly after: OldCall; readonly beforeMs: number; readonly limit: number }): Promise<readonly OldCall[]> {
  const rows = await db.all(AFTER, { ...args.after, beforeMs: args.beforeMs, limit: args.limit })
  return rows.map(({ organization, endpoint, id, created_ms: atMs }) => ({ organization, endpoint, id, atMs }))
}

/** Forgets calls, at most 500, with their tries and the bytes that only they hold. Returns how many were there. */
export const forgetCalls = write('webhook.forget_calls', function* (tx, { calls }: { readonly calls: readonly OldCall[] }): Work<number> {
  const keys = JSON.stringify(calls.map(({ organization, endpoint, id }) => [organization, endpoint, id]))
  for (const { message } of yield* tx.all(MESSAGES, { keys })) yield* releaseMessage(tx, message)
  yield* tx.run(FORGET_ATTEMPTS, { keys })
  return yield* tx.run(FORGET, { keys })
})

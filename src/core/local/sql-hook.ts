import type { MessageId, OrganizationId } from '../../base/brand.ts'
import { statement } from '../../infra/db/statement.ts'
import type { Tx, Work } from '../../infra/db/transaction.ts'
import type { Range } from '../../proto/mail/view.ts'
import type { Hook } from '../route/pattern.ts'

/** What a program is told of a message that a route gives it. What stands in the message is read when it is called. */
export const ROUTED_TYPE = 'email.routed'

/** A message for a program: a call of its webhook, which the engine makes once the write has committed. */
export interface HookCall {
  readonly id: string
  readonly hook: Hook
  /** The address that the peer named. */
  readonly recipient: string
  /** Ranges of the received bytes that nobody is shown. */
  readonly skips: readonly Range[]
  /** The envelope, and what the checks have found. */
  readonly about: Readonly<Record<string, unknown>>
  /** When it may go. */
  readonly dueMs: number
}

/** What the row of such a call holds in the place of a body. */
export interface HookBody {
  readonly type: typeof ROUTED_TYPE
  readonly atMs: number
  readonly sequence: number
  readonly skips: readonly Range[]
  readonly about: Readonly<Record<string, unknown>>
}

// Whether it is switched off does not matter: what waits is told when it is switched on again.
const COUNT_UP = statement<{ organization: string; endpoint: string }, { sequence: number }>(
  'UPDATE webhook SET sequence = sequence + 1 WHERE organization = $organization AND id = $endpoint RETURNING sequence',
)
const INSERT = statement<{ organization: string; endpoint: string; id: string; sequence: number; body: string; dueMs: number; nowMs: number; message: string }>(
  `INSERT INTO webhook_call (organization, endpoint, id, sequence, type, body, state, tries, attempts, due_ms, created_ms, lease, message)
  VALUES ($organization, $endpoint, $id, $sequence, '${ROUTED_TYPE}', $body, 'waiting', 0, 0, $dueMs, $nowMs, NULL, $message)`,
)

/** Queues calls for a message inside the write that accepts it. The caller counts one holder of the bytes for each. Throws when a webhook is gone, which a route that names it forbids. */
export function* queueHooks(tx: Tx, message: MessageId, calls: readonly HookCall[], nowMs: number): Work<void> {
  for (const { id, hook, recipient, skips, about, dueMs } of calls) {
    const { organization, webhook: endpoint, route } = hook
    const counted = yield* tx.one(COUNT_UP, { organization, endpoint })
    if (counted === null) throw new Error(`the webhook ${endpoint} of route ${route} is gone`)
    const { sequence } = counted
    const body: HookBody = { type: ROUTED_TYPE, atMs: nowMs, sequence, skips, about: { email_id: message, route_id: route, recipient, ...about } }
    yield* tx.run(INSERT, { organization, endpoint, id, sequence, body: JSON.stringify(body), dueMs, nowMs, message })
  }
}

/** What the trace tells of them. */
export function toldOfHooks(calls: readonly HookCall[], organization: OrganizationId): readonly { readonly address: string; readonly route: string; readonly webhook: string }[] {
  return calls.filter(({ hook }) => hook.organization === organization).map(({ recipient, hook }) => ({ address: recipient, route: hook.route, webhook: hook.webhook }))
}

import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../infra/db/database.ts'
import { releaseLease, takeLease } from '../../infra/db/sql-lease.ts'
import { accountById } from '../account/sql.ts'
import { catchUp, type EventLog } from '../event/follow.ts'
import { labelsOf } from '../send/sql-sent.ts'
import type { CallStore } from './engine.ts'
import { webhookReader } from './reader.ts'
import { dueEndpoints, leaseCalls, queueCalls, recoverCalls, returnCalls, settleCall } from './sql-call.ts'
import { enabledEndpoints, endpointById, hasEnabledEndpoint, secretsOf } from './sql-endpoint.ts'

/** The lease of the engine: one node calls at a time. */
const LEASE_NAME = 'job:webhook'

/** What calls are kept with. */
interface CallsOptions {
  readonly db: Database
  readonly events: EventLog
  readonly holder: string
  /** The installation's. */
  readonly secret: Uint8Array
  readonly clock: Clock
}

/** The calls of a database, for one engine. */
export function sqlCalls({ db, events, holder, secret, clock }: CallsOptions): CallStore {
  const reader = webhookReader({
    endpoints: () => enabledEndpoints(db),
    ownerOf: async (account) => (await accountById(db, account))?.organization ?? null,
    labelsOf: (organization, messages) => labelsOf(db, organization, messages),
    queue: (args) => db.write(queueCalls, args),
    clock,
  })
  return {
    hold: (untilMs) => db.write(takeLease, { name: LEASE_NAME, holder, nowMs: clock.nowMs(), untilMs }),
    letGo: async () => void (await db.write(releaseLease, { name: LEASE_NAME, holder })),
    follow: (signal) => catchUp(events, reader, signal),
    hasEndpoints: () => hasEnabledEndpoint(db),
    due: (after, nowMs) => dueEndpoints(db, after, nowMs),
    lease: (args) => db.write(leaseCalls, { ...args, holder }),
    settle: (args) => db.write(settleCall, { ...args, holder }),
    giveBack: (of) => db.write(returnCalls, { ...of, holder }),
    async endpoint(organization, id, nowMs) {
      const endpoint = await endpointById(db, organization, id)
      return endpoint === null ? null : { endpoint, secrets: await secretsOf(db, secret, { organization, id }, nowMs) }
    },
    async recover() {
      let recovered = 0
      for (let count = await db.write(recoverCalls, { holder }); count > 0; count = await db.write(recoverCalls, { holder })) recovered += count
      return recovered
    },
  }
}

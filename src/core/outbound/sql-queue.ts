import type { Clock } from '../../base/clock.ts'
import type { Database } from '../../infra/db/database.ts'
import { leaseHolder, releaseLease, takeLease } from '../../infra/db/sql-lease.ts'
import { keepShaping, shapingSince } from '../pool/sql-shaping.ts'
import { lease, leaseHolders, recover, waitingLanes } from '../queue/sql-lease.ts'
import { settle } from '../queue/sql-settle.ts'
import type { QueueStore } from './engine-options.ts'
import { senderLease } from './held-sites.ts'
import type { ShapingStore } from './shared-shaping.ts'

/** The queue of a database, for one sender. */
export function sqlQueue(db: Database, holder: string, clock: Clock): QueueStore {
  return {
    waiting: (after) => waitingLanes(db, after),
    lease: (args) => db.write(lease, args),
    settle: (args, id) => db.write(settle, args, id),
    hold: (name, untilMs) => db.write(takeLease, { name, holder, nowMs: clock.nowMs(), untilMs }),
    letGo: async (name) => void (await db.write(releaseLease, { name, holder })),
    async recoverLost() {
      let recovered = 0
      for (const other of await leaseHolders(db)) {
        if ((await leaseHolder(db, senderLease(other), clock.nowMs())) !== null) continue
        for (let count = await db.write(recover, { holder: other }); count > 0; count = await db.write(recover, { holder: other })) recovered += count
      }
      return recovered
    },
  }
}

/** The shaping of a database, for one sender. */
export function sqlShaping(db: Database, holder: string, clock: Clock): ShapingStore {
  return {
    keep: (args) => db.write(keepShaping, { ...args, holder, nowMs: clock.nowMs() }),
    since: (sinceMs) => shapingSince(db, sinceMs, holder),
  }
}

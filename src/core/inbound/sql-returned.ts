import type { Database } from '../../infra/db/database.ts'
import { returnedCount, takeReturned } from '../bounce/sql-returned.ts'
import { deliveryById } from '../queue/sql-find.ts'
import { storedMessage } from '../queue/sql-message.ts'
import { trackedMessage } from '../track/sql.ts'
import { unsubscribe } from '../track/sql-wish.ts'
import type { ReturnedOptions } from './returned.ts'

/** Reports are taken into this database. */
export function sqlReturned(db: Database, house: Pick<ReturnedOptions, 'hostname' | 'secret' | 'clock'>): ReturnedOptions {
  return {
    ...house,
    delivery: (id) => deliveryById(db, id),
    stored: (id) => storedMessage(db, id),
    countOf: (id) => returnedCount(db, id),
    stoppedBy: async ({ message, recipient }) => (await trackedMessage(db, message))?.recipients[recipient]?.delivery ?? null,
    stop: ({ message, recipient }, nowMs) => db.write(unsubscribe, { message, recipient, by: 'mail', nowMs }),
    take: (args, id) => db.write(takeReturned, args, id),
  }
}

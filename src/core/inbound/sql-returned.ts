import type { Database } from '../../infra/db/database.ts'
import { takeReturned } from '../bounce/sql-returned.ts'
import { deliveryById } from '../queue/sql-find.ts'
import type { ReturnedOptions } from './returned.ts'

/** Reports are taken into this database. */
export function sqlReturned(db: Database, house: Pick<ReturnedOptions, 'hostname' | 'secret' | 'clock'>): ReturnedOptions {
  return { ...house, delivery: (id) => deliveryById(db, id), take: (args, id) => db.write(takeReturned, args, id) }
}

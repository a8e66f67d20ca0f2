import type { Database } from '../../infra/db/database.ts'
import { deliver } from '../local/sql.ts'
import { mailboxWithRole } from '../mailbox/sql-role.ts'
import type { ReceiveOptions } from './receive.ts'
import { notTaken } from './sql-not-taken.ts'

/** Messages are received into this database. */
export function receiveInto(db: Database): Pick<ReceiveOptions, 'deliver' | 'notTaken' | 'junkOf'> {
  return {
    deliver: (args) => db.write(deliver, args, args.message.id),
    notTaken: (args) => db.write(notTaken, args, args.message),
    junkOf: (account) => mailboxWithRole(db, account, 'junk'),
  }
}

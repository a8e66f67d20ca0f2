import type { Migration } from '../../infra/db/migrate.ts'
import { migration0001 } from './sql-0001.ts'
import { migration0002 } from './sql-0002.ts'

/** Every step of the schema, oldest first. A released step never changes; the next one is added. */
export const migrations: readonly Migration[] = [migration0001, migration0002]

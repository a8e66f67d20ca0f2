import type { Migration } from '../../infra/db/migrate.ts'

/** When a recipient called a message spam: the last thing that is told of it. */
export const migration0031: Migration = {
  version: 31,
  name: 'complained',
  statements: ['ALTER TABLE delivery ADD COLUMN complained_ms INT'],
}

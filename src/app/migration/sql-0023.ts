import type { Migration } from '../../infra/db/migrate.ts'

/** What was found when sources were looked at; reports of one organization, the latest first. */
export const migration0023: Migration = {
  version: 23,
  name: 'checks of sources',
  statements: ['ALTER TABLE source ADD COLUMN checks TEXT', 'CREATE INDEX report_received_by_organization ON report_received (organization, kind, begin_ms)'],
}

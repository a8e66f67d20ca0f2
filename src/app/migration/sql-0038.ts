import type { Migration } from '../../infra/db/migrate.ts'

/** An endpoint may be signed for with a pair of keys: then the key that others verify with is shown, and what signs never is. */
export const migration0038: Migration = {
  version: 38,
  name: 'webhook-public-key',
  // Null where calls are signed with a secret that both sides know.
  statements: ['ALTER TABLE webhook ADD COLUMN public_key TEXT'],
}

import type { OrganizationId } from '../../../base/brand.ts'
import type { Database } from '../../../infra/db/database.ts'
import { statement } from '../../../infra/db/statement.ts'
import { type Work, write } from '../../../infra/db/transaction.ts'
import type { EntryHolder } from '../entry/held.ts'
import type { OwnThresholds, ThresholdStore } from './own-thresholds.ts'

/** Whose thresholds: a domain, or an account by its id. */
export type ThresholdOwner = { readonly kind: 'domain'; readonly domain: string } | { readonly kind: 'account'; readonly account: string }

/** Thresholds with their owner, for lists. */
export interface ListedThresholds extends OwnThresholds {
  readonly owner: ThresholdOwner
}

interface Row {
  readonly owner: string
  readonly reject: number | null
  readonly junk: number | null
  readonly tag: number | null
}

// Hundredths of a point, as scores are summed.
const PUT = statement<{ organization: string; owner: string; reject: number | null; junk: number | null; tag: number | null }>(
  `INSERT INTO filter_threshold (organization, owner, reject, junk, tag) VALUES ($organization, $owner, $reject, $junk, $tag)
  ON CONFLICT (organization, owner) DO UPDATE SET reject = excluded.reject, junk = excluded.junk, tag = excluded.tag`,
)
const REMOVE = statement<{ organization: string; owner: string }>('DELETE FROM filter_threshold WHERE organization = $organization AND owner = $owner')
const ANY = statement<Record<never, never>, { found: number }>('SELECT 1 AS found FROM filter_threshold LIMIT 1')
const OF = statement<{ organization: string; domain: string; account: string }, Row>(
  'SELECT owner, reject, junk, tag FROM filter_threshold WHERE organization = $organization AND owner IN ($domain, $account)',
)
const LIST = statement<{ organization: string; owner: string }, Row>(
  'SELECT owner, reject, junk, tag FROM filter_threshold WHERE organization = $organization AND owner > $owner ORDER BY owner LIMIT 500',
)

// Those who remove owners stand to the left of us and cannot know our table.
const PURGE = statement<Record<never, never>>(
  `DELETE FROM filter_threshold WHERE owner NOT IN (
    SELECT 'domain ' || name FROM domain WHERE domain.organization = filter_threshold.organization
    UNION ALL SELECT 'account ' || id FROM account WHERE account.organization = filter_threshold.organization)`,
)

/** Sets all thresholds of an owner. */
export const setThresholds = write('filter.set_thresholds', function* (
  tx,
  { organization, owner, own }: { readonly organization: OrganizationId; readonly owner: ThresholdOwner; readonly own: OwnThresholds },
): Work<void> {
  yield* tx.run(PUT, { organization, owner: ownerText(owner), reject: hundredths(own.reject), junk: hundredths(own.junk), tag: hundredths(own.tag) })
})

/** Takes them away: the configuration's hold again. False when there were none. */
export const removeThresholds = write('filter.remove_thresholds', function* (tx, { organization, owner }: { readonly organization: OrganizationId; readonly owner: ThresholdOwner }): Work<boolean> {
  return (yield* tx.run(REMOVE, { organization, owner: ownerText(owner) })) > 0
})

/** Forgets those whose domain or account is gone. */
export const purgeThresholds = write('filter.purge_thresholds', function* (tx): Work<number> {
  return yield* tx.run(PURGE, {})
})

/** Thresholds as the checks ask for them. */
export function thresholdStore(db: Database): ThresholdStore {
  return {
    any: async () => (await db.one(ANY, {})) !== null,
    async of({ organization, domain, account }: EntryHolder) {
      const owners = { domain: ownerText({ kind: 'domain', domain }), account: ownerText(account === null ? { kind: 'domain', domain } : { kind: 'account', account }) }
      const rows = await db.all(OF, { organization, ...owners })
      const row = (owner: string): OwnThresholds | null => rows.filter((each) => each.owner === owner).map(toOwn)[0] ?? null
      return { domain: row(owners.domain), account: account === null ? null : row(owners.account) }
    },
  }
}

/** At most 500 of an organization's, in order of owner; `after` is the last of the page before, null begins. */
export async function thresholdsAfter(db: Database, organization: OrganizationId, after: ThresholdOwner | null): Promise<readonly ListedThresholds[]> {
  const rows = await db.all(LIST, { organization, owner: after === null ? '' : ownerText(after) })
  return rows.map((row) => ({ owner: toOwner(row.owner), ...toOwn(row) }))
}

function ownerText(owner: ThresholdOwner): string {
  return owner.kind === 'domain' ? `domain ${owner.domain}` : `account ${owner.account}`
}

function toOwner(text: string): ThresholdOwner {
  const name = text.slice(text.indexOf(' ') + 1)
  return text.startsWith('domain ') ? { kind: 'domain', domain: name } : { kind: 'account', account: name }
}

function toOwn({ reject, junk, tag }: Row): OwnThresholds {
  const points = (value: number | null): number | null => (value === null ? null : value / 100)
  return { reject: points(reject), junk: points(junk), tag: points(tag) }
}

function hundredths(score: number | null): number | null {
  return score === null ? null : Math.round(score * 100)
}

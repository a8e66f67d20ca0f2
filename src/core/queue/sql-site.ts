import type { Database } from '../../infra/db/database.ts'
import { type Params, type PerDialect, type Statement, statement } from '../../infra/db/statement.ts'

/** What of the database it takes. */
export type Reads = Pick<Database, 'all'>

/** Domains of one site that are looked at. More are served by no provider's hosts that one queue writes to. */
const MAX_LANES = 10_000

const LANES = statement<{ site: string }, { lane: string }>(`SELECT DISTINCT lane FROM delivery WHERE site = $site ORDER BY lane LIMIT ${MAX_LANES}`)

/** What a statement with `IN_SITE` in it takes. `lanes` is what `lanesOfSite` says; '' and '[]' stand for any site. */
export interface SiteParams {
  readonly site: string
  readonly lanes: string
}

/** Any site: nothing is said of it. */
export const ANY_SITE: SiteParams = { site: '', lanes: '[]' }

/** Where a condition on the site goes in a statement made by `siteStatement`. */
export const IN_SITE = '<in site>'

/** A row is of a site when it was tried there last; one that was never tried, when others to its domain were. */
const CONDITION: PerDialect = {
  sqlite: "($site = '' OR site = $site OR (site = domain AND lane IN (SELECT value FROM json_each($lanes))))",
  postgres: "($site = '' OR site = $site OR (site = domain AND lane IN (SELECT jsonb_array_elements_text($lanes::jsonb))))",
}

/** A statement over deliveries in which `IN_SITE` stands where the site is asked for. */
export function siteStatement<P extends Params, R = never>(sql: string): Statement<P & { readonly [key in keyof SiteParams]: string }, R> {
  return statement({ sqlite: sql.replace(IN_SITE, CONDITION.sqlite), postgres: sql.replace(IN_SITE, CONDITION.postgres) })
}

/** The site of that name, with the domains whose mail was last seen to go there: those of the past week. */
export async function lanesOfSite(db: Reads, site: string): Promise<SiteParams> {
  if (site === '') return ANY_SITE
  const rows = await db.all(LANES, { site })
  return { site, lanes: JSON.stringify(rows.map(({ lane }) => lane)) }
}

import { systemClock } from '../base/clock.ts'
import type { DomainCheck } from '../core/domain/check/check-domain.ts'
import type { HostedDomain } from '../core/domain/domain.ts'
import { failingChecks, noteMended } from '../core/domain/proof/sql-look.ts'
import { bulkNeeds } from '../core/standing/domain-hold.ts'
import { holdDomain } from '../core/standing/sql-domain-hold.ts'
import type { Database } from '../infra/db/database.ts'
import type { Config } from './config/config.ts'

/** Lets what goes to many from a domain go on when a check that somebody asked for finds it mended: he need not wait for the next look. */
export async function noteAsked(db: Database, { outbound }: Pick<Config, 'outbound'>, { organization, name }: HostedDomain, { findings }: DomainCheck): Promise<void> {
  if ((await failingChecks(db, { organization, name })).length === 0) return
  const of = (kind: string): readonly string[] => findings.filter((finding) => finding.kind === kind).map(({ id }) => id)
  const mended = await db.write(noteMended, { name, organization, failed: of('fail'), unknown: of('unknown') })
  if (mended.length > 0) await db.write(holdDomain, { organization, domain: name, needs: bulkNeeds(outbound), nowMs: systemClock.nowMs() })
}

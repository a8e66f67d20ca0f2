import type { Domain, OrganizationId } from '../../base/brand.ts'
import { DAY_MS } from '../../base/duration.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { LOOK_EVERY_MS } from '../domain/proof/limits.ts'
import type { DomainFacts } from './compliance.ts'

interface Of {
  readonly organization: OrganizationId
  readonly name: Domain
}

/** Of no rows: null. */
interface Sums {
  readonly passed: number | string | null
  readonly failed: number | string | null
}

const LOOK = statement<{ organization: string; name: string }, { failing: string; due_ms: number }>('SELECT failing, due_ms FROM domain_look WHERE name = $name AND organization = $organization')
const REPORTED = statement<{ organization: string; name: string; sinceMs: number }, Sums>(
  `SELECT SUM(passed) AS passed, SUM(failed) AS failed FROM report_received WHERE kind = 'dmarc' AND domain = $name AND organization = $organization AND begin_ms > $sinceMs`,
)
const REPORTED_OF_ALL = statement<{ organization: string; sinceMs: number }, Sums>(
  `SELECT SUM(passed) AS passed, SUM(failed) AS failed FROM report_received WHERE kind = 'dmarc' AND organization = $organization AND begin_ms > $sinceMs`,
)
const CONSENTS = statement<{ organization: string }, { count: number | string }>('SELECT COUNT(*) AS count FROM consent WHERE organization = $organization AND withdrawn_ms IS NULL')

/** Reports of this time count: a domain that was mended a month ago is in order. */
const REPORTED_MS = 30 * DAY_MS

/** What others report of all mail in the names of an organization, in 30 days. */
export async function reportedOf(db: Database, organization: OrganizationId, nowMs: number): Promise<DomainFacts['reported']> {
  return summed(await db.one(REPORTED_OF_ALL, { organization, sinceMs: nowMs - REPORTED_MS }))
}

/** What the database knows of a From domain: its checks, what others report of it, and what people agreed to. */
export async function knownOf(db: Database, { organization, name }: Of, nowMs: number): Promise<Pick<DomainFacts, 'failing' | 'lookedMs' | 'reported' | 'consents'>> {
  const look = await db.one(LOOK, { organization, name })
  const reported = await db.one(REPORTED, { organization, name, sinceMs: nowMs - REPORTED_MS })
  const consents = await db.one(CONSENTS, { organization })
  return {
    failing: look === null ? null : (JSON.parse(look.failing) as readonly string[]), // Written by `noteLook` only.
    lookedMs: look === null ? null : Number(look.due_ms) - LOOK_EVERY_MS,
    reported: summed(reported),
    consents: Number(consents?.count ?? 0),
  }
}

function summed(sums: Sums | null): DomainFacts['reported'] {
  return { passed: Number(sums?.passed ?? 0), failed: Number(sums?.failed ?? 0) }
}

import { hash } from 'node:crypto'
import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { Position } from '../event/event.ts'
import { advance } from '../event/sql.ts'
import { REPORT_READER } from './reader.ts'
import type { KeptReport } from './received.ts'

interface Row {
  readonly domain: string
  readonly id: string
  readonly organization: OrganizationId
  readonly reporter: string
  readonly report_id: string
  readonly begin_ms: number
  readonly end_ms: number
  readonly received_ms: number
  readonly message: string
  readonly passed: number
  readonly failed: number
}

/** What a list shows of a report: all but the document. */
export type ListedReport = Omit<KeptReport, 'document'>

/** Reports of one kind about one domain. */
export interface ReportsOf {
  readonly kind: KeptReport['kind']
  readonly domain: string
}

const PUT = statement<{
  kind: string
  domain: string
  key: string
  id: string
  organization: string
  reporter: string
  reportId: string
  beginMs: number
  endMs: number
  receivedMs: number
  message: string
  passed: number
  failed: number
  document: string
}>(
  `INSERT INTO report_received (kind, domain, key, id, organization, reporter, report_id, begin_ms, end_ms, received_ms, message, passed, failed, document)
  VALUES ($kind, $domain, $key, $id, $organization, $reporter, $reportId, $beginMs, $endMs, $receivedMs, $message, $passed, $failed, $document)
  ON CONFLICT (kind, domain, key) DO NOTHING`,
)

const COLUMNS = 'domain, id, organization, reporter, report_id, begin_ms, end_ms, received_ms, message, passed, failed'
const LIST = statement<{ organization: string; kind: string; domain: string; beforeMs: number; reporter: string; id: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM report_received
  WHERE kind = $kind AND domain = $domain AND ($organization = '' OR organization = $organization) AND (begin_ms < $beforeMs OR (begin_ms = $beforeMs AND (reporter, id) > ($reporter, $id)))
  ORDER BY begin_ms DESC, reporter, id LIMIT $limit`,
)
const LIST_OF_ORGANIZATION = statement<{ organization: string; kind: string; beforeMs: number; reporter: string; id: string; limit: number }, Row>(
  `SELECT ${COLUMNS} FROM report_received
  WHERE organization = $organization AND kind = $kind AND (begin_ms < $beforeMs OR (begin_ms = $beforeMs AND (reporter, id) > ($reporter, $id)))
  ORDER BY begin_ms DESC, reporter, id LIMIT $limit`,
)

const GET = statement<{ kind: string; domain: string; id: string }, Row & { readonly document: string }>(
  `SELECT ${COLUMNS}, document FROM report_received
  WHERE kind = $kind AND domain = $domain AND ($id = '' OR id = $id) ORDER BY begin_ms DESC, reporter, id LIMIT 1`,
)

const FORGET = statement<{ beforeMs: number }>('DELETE FROM report_received WHERE received_ms < $beforeMs')

/** Keeps reports, each once however often it comes, and moves their reader on. */
export const keepReports = write('report.keep', function* (tx, { reports, position }: { readonly reports: readonly KeptReport[]; readonly position: Position }): Work<void> {
  for (const { kind, domain, id, organization, reporter, reportId, beginMs, endMs, receivedMs, message, passed, failed, document } of reports) {
    const key = hash('sha256', JSON.stringify([reporter, reportId, beginMs, endMs]), 'base64url').slice(0, 22)
    yield* tx.run(PUT, { kind, domain, key, id, organization, reporter, reportId, beginMs, endMs, receivedMs, message, passed, failed, document: JSON.stringify(document) })
  }
  yield* advance(tx, REPORT_READER, position)
})

/** Forgets what came before that time. */
export const purgeReceived = write('report.purge-received', function* (tx, args: { readonly beforeMs: number }): Work<number> {
  return yield* tx.run(FORGET, args)
})

/** Where a page of reports begins: after this one. */
export interface ReportsAfter {
  readonly beforeMs: number
  readonly reporter: string
  readonly id: string
}

/** Begins with the latest. */
export const LATEST_REPORTS: ReportsAfter = { beforeMs: Number.MAX_SAFE_INTEGER, reporter: '', id: '' }

/** Reports about a domain, the latest first: those that came while it was this organization's, or all for ''. */
export async function receivedReports(db: Database, { kind, domain, organization, after, limit }: ReportsOf & { readonly organization: OrganizationId | ''; readonly after: ReportsAfter; readonly limit: number }): Promise<readonly ListedReport[]> {
  return (await db.all(LIST, { kind, domain, organization, ...after, limit })).map((row) => listed(row, kind))
}

/** Reports about all domains that were an organization's when they came, the latest first. */
export async function reportsOfOrganization(db: Database, { kind, organization, after, limit }: Pick<ReportsOf, 'kind'> & { readonly organization: OrganizationId; readonly after: ReportsAfter; readonly limit: number }): Promise<readonly ListedReport[]> {
  return (await db.all(LIST_OF_ORGANIZATION, { kind, organization, ...after, limit })).map((row) => listed(row, kind))
}

/** One report with all it says: the latest when `id` is ''. Null when there is none. */
export async function receivedReport(db: Database, { kind, domain, id }: ReportsOf & { readonly id: string }): Promise<KeptReport | null> {
  const row = await db.one(GET, { kind, domain, id })
  return row === null ? null : { ...listed(row, kind), document: JSON.parse(row.document) as KeptReport['document'] }
}

function listed(row: Row, kind: KeptReport['kind']): ListedReport {
  const { domain, id, organization, reporter, message, passed, failed } = row
  return { kind, domain, id, organization, reporter, reportId: row.report_id, beginMs: row.begin_ms, endMs: row.end_ms, receivedMs: row.received_ms, message, passed, failed }
}

import { createRoute, z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { type Caller, ownerOf } from '../../infra/http/api/caller.ts'
import { json } from '../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import { inSnakeCase } from '../../infra/http/api/snake-case.ts'
import { parseDomain } from '../../proto/mail/domain.ts'
import type { HostedDomain } from '../domain/domain.ts'
import { domainById, domainNamed } from '../domain/sql.ts'
import { LATEST_REPORTS, type ListedReport, receivedReport, receivedReports, type ReportsAfter, reportsOfOrganization } from './sql-received.ts'

const time = z.iso.datetime()
const kind = z.enum(['dmarc', 'tls']).openapi({ description: '`dmarc`: mail in the name of a domain (RFC 9990). `tls`: how TLS went when others sent mail to it (RFC 8460).' })
const reportShape = z
  .object({
    id: z.string(),
    kind,
    domain: z.string(),
    reporter: z.string(),
    report_id: z.string(),
    from: time,
    to: time,
    received_at: time,
    passed: z.number().int().openapi({ description: 'Messages that passed DMARC, or sessions with TLS.' }),
    failed: z.number().int(),
    message: z.string().openapi({ description: 'The message it came in.' }),
  })
  .openapi('Report')
const wholeShape = reportShape.extend({ document: z.record(z.string(), z.unknown()).openapi({ description: 'All that it says.' }) }).openapi('ReportWhole')

const query = pageQuery.extend({ kind: kind.default('dmarc') })
const params = z.object({ id: z.string().max(255).openapi({ description: 'The id of a domain, or its name.' }) })

const all = createRoute({
  method: 'get', path: '/reports', summary: 'List what others report about the domains of the organization, the latest first', middleware: needsScope('read'), request: { query },
  responses: { 200: json(pageOf(reportShape), 'A page of reports') },
})

const list = createRoute({
  method: 'get', path: '/domains/{id}/reports', summary: 'List what others report about a domain, the latest first', middleware: needsScope('read'), request: { params, query },
  responses: { 200: json(pageOf(reportShape), 'A page of reports') },
})

const show = createRoute({
  method: 'get', path: '/domains/{id}/reports/{report}', summary: 'Show a report with all it says', middleware: needsScope('read'),
  request: { params: params.extend({ report: z.string().max(100) }), query: z.object({ kind: kind.default('dmarc') }) },
  responses: { 200: json(wholeShape, 'The report') },
})

/** `/v1/reports` and `/v1/domains/{id}/reports`: what `merpati report` tells, of the caller's organization. */
export function reportApi({ db }: { readonly db: Database }): Api {
  const api = newApi()
  api.openapi(all, async (context) => {
    const { limit, cursor, kind: asked } = context.req.valid('query')
    const rows = await reportsOfOrganization(db, { kind: asked, organization: ownerOf(context.get('caller')), after: readAfter(cursor), limit: limit + 1 })
    return context.json(toPage(rows, limit, writtenAfter, shown), 200)
  })
  api.openapi(list, async (context) => {
    const { limit, cursor, kind: asked } = context.req.valid('query')
    const { name, organization } = await found(db, context.get('caller'), context.req.valid('param').id)
    const rows = await receivedReports(db, { kind: asked, domain: name, organization, after: readAfter(cursor), limit: limit + 1 })
    return context.json(toPage(rows, limit, writtenAfter, shown), 200)
  })
  api.openapi(show, async (context) => {
    const { id, report: asked } = context.req.valid('param')
    const { name, organization } = await found(db, context.get('caller'), id)
    const report = await receivedReport(db, { kind: context.req.valid('query').kind, domain: name, id: asked })
    // What came while the domain was somebody else's is theirs.
    if (report === null || asked === '' || report.organization !== organization) throw new Problem(404, 'not_found', `There is no report ${asked} about ${name}`)
    return context.json({ ...shown(report), document: inSnakeCase(report.document) as Record<string, unknown> }, 200)
  })
  return api
}

async function found(db: Database, caller: Caller, id: string): Promise<HostedDomain> {
  const owner: OrganizationId = ownerOf(caller)
  const name = parseDomain(id)
  const domain = (await domainById(db, owner, id)) ?? (name === null ? null : await domainNamed(db, name))
  if (domain === null || domain.organization !== owner) throw new Problem(404, 'not_found', `There is no domain ${id}`)
  return domain
}

function writtenAfter({ beginMs, reporter, id }: ListedReport): string {
  return `${beginMs} ${id} ${reporter}`
}

/** Where a page begins, as the cursor tells it. */
function readAfter(cursor: string | undefined): ReportsAfter {
  const text = afterOf(cursor)
  if (text === '') return LATEST_REPORTS
  const [, beforeMs, id = '', reporter = ''] = /^(\d{1,15}) (\S{1,100}) (.*)$/s.exec(text) ?? []
  if (beforeMs === undefined) throw invalid([{ field: 'cursor', code: 'invalid_cursor', message: 'this is no next_cursor of ours' }])
  return { beforeMs: Number(beforeMs), reporter, id }
}

function shown({ id, kind: which, domain, reporter, reportId, beginMs, endMs, receivedMs, passed, failed, message }: ListedReport): z.infer<typeof reportShape> {
  return { id, kind: which, domain, reporter, report_id: reportId, from: isoTime(beginMs), to: isoTime(endMs), received_at: isoTime(receivedMs), passed, failed, message }
}

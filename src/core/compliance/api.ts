import { createRoute, z } from '@hono/zod-openapi'
import type { Clock } from '../../base/clock.ts'
import { dayOf } from '../../base/day-tally.ts'
import { isoTime } from '../../base/iso-time.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, needsScope, newApi } from '../../infra/http/api/api.ts'
import { json } from '../../infra/http/api/json.ts'
import { foundDomain } from '../domain/api.ts'
import { type Placement, placementIn } from '../pool/sql-placement.ts'
import type { AskStats } from '../stats/asked.ts'
import { type CompliancePage, compliancePage } from './page.ts'
import { complianceShape } from './shape.ts'
import { knownOf } from './sql-compliance.ts'

const show = createRoute({
  method: 'get',
  path: '/domains/{id}/compliance',
  summary: 'Tell how a From domain stands with what Gmail, Yahoo, Microsoft and Apple ask of those that send to many',
  middleware: needsScope('read', { domains: 'obeyed' }),
  request: { params: z.object({ id: z.string().max(255).openapi({ description: 'The id of a domain, or its name.' }) }) },
  responses: { 200: json(complianceShape, 'Each requirement with what shows it, and the numbers') },
})

/** `/v1/domains/{id}/compliance`: what `merpati domain compliance` tells. */
export function complianceApi({ db, clock, ask }: { readonly db: Database; readonly clock: Clock; readonly ask: AskStats }): Api {
  const api = newApi()
  api.openapi(show, async (context) => {
    const domain = await foundDomain(db, context.get('caller'), context.req.valid('param').id)
    const nowMs = clock.nowMs()
    return context.json(shownCompliance(await compliancePage(ask, domain.organization, domain.name, await knownOf(db, domain, nowMs), nowMs), await placementIn(db, domain.organization)), 200)
  })
  return api
}

/** A page as the API and the command line show it. `placement`: of the organization; null when nobody has looked yet. */
export function shownCompliance({ domain, requirements, score, spam, errors, authPass, rates }: CompliancePage, placement: Placement | null): z.infer<typeof complianceShape> {
  const states = requirements.map(({ state }) => state)
  const share = (value: number | null): number | null => (value === null ? null : Math.round(value * 1e6) / 1e6)
  return {
    object: 'compliance',
    domain,
    state: (['fail', 'warn', 'unknown'] as const).find((state) => states.includes(state)) ?? 'pass',
    requirements: requirements.map(({ id, by, state, evidence }) => ({ id, asked_by: [...by], state, evidence })),
    score: { points: score.points, grade: score.grade, parts: score.parts.map((part) => ({ ...part, text: { ...part.text } })) },
    placement: {
      grade: placement?.grade ?? 'B',
      since: isoTime(placement?.sinceMs ?? null),
      points: placement?.points ?? null,
      points_before: placement?.pointsBefore ?? null,
    },
    spam_rate: spam.map(({ dayMs, ...row }) => ({ day: dayOf(dayMs), ...row })),
    errors: [...errors],
    auth_pass_rate: share(authPass),
    tls_rate: rates.tls,
  }
}

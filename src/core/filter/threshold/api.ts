import { createRoute, z } from '@hono/zod-openapi'
import type { Database } from '../../../infra/db/database.ts'
import { type Api, invalid, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { changerOf, ownerOf } from '../../../infra/http/api/caller.ts'
import { body, json } from '../../../infra/http/api/json.ts'
import { afterOf, pageOf, pageQuery, toPage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import { placeOf } from '../entry/api.ts'
import { MAX_SCORE } from '../limits.ts'
import { type ListedThresholds, removeThresholds, setThresholds, type ThresholdOwner, thresholdsAfter } from './sql-threshold.ts'

const score = z.number().min(0).max(MAX_SCORE).multipleOf(0.01).nullable()
const scoresShape = z
  .object({ domain: z.string().nullable(), account: z.string().nullable().openapi({ description: 'Its id; of `domain` and `account` one is null.' }), reject: score, junk: score, tag: score })
  .openapi('FilterScores')
const wishes = z
  .strictObject({ reject: score.default(null), junk: score.default(null), tag: score.default(null) })
  .refine((asked) => Object.values(asked).some((each) => each !== null), { error: 'say which: reject, junk or tag' })
  .openapi('FilterScoresWishes')
const query = z.object({
  domain: z.string().max(255).optional().openapi({ description: 'The scores of this domain.' }),
  account: z.string().max(320).optional().openapi({ description: 'Those of this account: its id, or its login.' }),
})

const list = createRoute({
  method: 'get', path: '/filter_scores', summary: 'List domains and accounts with scores of their own', middleware: needsScope('read'), request: { query: pageQuery },
  responses: { 200: json(pageOf(scoresShape), 'A page of them') },
})

const set = createRoute({
  method: 'put', path: '/filter_scores', summary: 'Say from which score on mail is marked, goes to Junk or is refused; what is missing or null is as the configuration says', middleware: needsScope('admin'),
  request: { query, body: body(wishes) },
  responses: { 200: json(scoresShape, 'The scores from now on') },
})

const remove = createRoute({
  method: 'delete', path: '/filter_scores', summary: 'Let the scores of the configuration hold again', middleware: needsScope('admin'), request: { query },
  responses: { 200: json(z.object({ deleted: z.literal(true) }), 'They hold') },
})

/** `/v1/filter_scores`: what `merpati filter score` does, for the caller's organization. */
export function filterScoreApi({ db }: { readonly db: Database }): Api {
  const api = newApi()
  api.openapi(list, async (context) => {
    const { limit, cursor } = context.req.valid('query')
    const rows = await thresholdsAfter(db, ownerOf(context.get('caller')), placeAfter(afterOf(cursor)))
    return context.json(toPage(rows.slice(0, limit + 1), limit, ({ owner }) => (owner.kind === 'domain' ? `domain ${owner.domain}` : `account ${owner.account}`), shown), 200)
  })
  api.openapi(set, async (context) => {
    changerOf(context.get('caller'))
    const { organization, owner } = await whose(db, context.get('caller'), context.req.valid('query'))
    const own = context.req.valid('json')
    await db.write(setThresholds, { organization, owner, own })
    return context.json(shown({ owner, ...own }), 200)
  })
  api.openapi(remove, async (context) => {
    changerOf(context.get('caller'))
    const { organization, owner } = await whose(db, context.get('caller'), context.req.valid('query'))
    if (!(await db.write(removeThresholds, { organization, owner }))) throw new Problem(404, 'not_found', 'There are no scores of its own')
    return context.json({ deleted: true as const }, 200)
  })
  return api
}

async function whose(db: Database, caller: Parameters<typeof placeOf>[1], asked: z.infer<typeof query>) {
  const { organization, owner } = await placeOf(db, caller, asked)
  if (organization === '' || owner.kind === 'platform') throw invalid([{ field: '', code: 'mismatch', message: 'say whose: domain or account' }])
  return { organization, owner }
}

/** Where a page begins, as the cursor tells it. */
function placeAfter(key: string): ThresholdOwner | null {
  const name = key.slice(key.indexOf(' ') + 1)
  if (key === '') return null
  return key.startsWith('domain ') ? { kind: 'domain', domain: name } : { kind: 'account', account: name } // Compared as text, whatever it is.
}

function shown({ owner, reject, junk, tag }: ListedThresholds): z.infer<typeof scoresShape> {
  return { domain: owner.kind === 'domain' ? owner.domain : null, account: owner.kind === 'account' ? owner.account : null, reject, junk, tag }
}

import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { OrganizationId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { makeId } from '../../base/ids.ts'
import type { Database } from '../../infra/db/database.ts'
import { type Api, type ApiEnv, invalid, needsScope, newApi } from '../../infra/http/api/api.ts'
import { body, json } from '../../infra/http/api/json.ts'
import { afterId, idPageQuery, pageOf, toPage } from '../../infra/http/api/page.ts'
import { Problem } from '../../infra/http/api/problem.ts'
import type { Template, TemplateContent } from './content.ts'
import { MAX_CHANGE_TRIES, MAX_NAME_CHARS } from './limits.ts'
import type { Renderer } from './render.ts'
import { contentOf, newTemplateShape, renderedShape, renderShape, summaryOf, templateChangeShape, templateDoneShape, templateShape, templateSummaryShape } from './shape.ts'
import { changeTemplate, createTemplate, publishTemplate, removeTemplate, templateContent, templateNamed, templatesAfter } from './sql.ts'

const params = z.object({ id: z.string().max(200).openapi({ description: 'The id of a template, or its alias.' }) })

const create = createRoute({
  method: 'post', path: '/templates', summary: 'Make a template: a draft', middleware: needsScope('content'), request: { body: body(newTemplateShape) },
  responses: { 201: json(templateDoneShape, 'The draft') },
})

const list = createRoute({
  method: 'get', path: '/templates', summary: 'List templates, oldest first', middleware: needsScope('read'), request: { query: idPageQuery },
  responses: { 200: json(pageOf(templateSummaryShape), 'A page of templates') },
})

const duplicate = createRoute({
  method: 'post', path: '/templates/{id}/duplicate', summary: 'Make another template of the latest version of one: a draft, without an alias', middleware: needsScope('content'), request: { params },
  responses: { 201: json(templateDoneShape, 'The draft') },
})

const show = createRoute({
  method: 'get', path: '/templates/{id}', summary: 'Show a template and what its latest version says', middleware: needsScope('read'), request: { params },
  responses: { 200: json(templateShape, 'The template') },
})

const change = createRoute({
  method: 'patch', path: '/templates/{id}', summary: 'Add a version to a template: a draft', middleware: needsScope('content'), request: { params, body: body(templateChangeShape) },
  responses: { 200: json(templateDoneShape, 'It has another version') },
})

const publish = createRoute({
  method: 'post', path: '/templates/{id}/publish', summary: 'Make mail of the latest version from now on', middleware: needsScope('content'), request: { params },
  responses: { 200: json(templateDoneShape, 'It is published') },
})

const render = createRoute({
  method: 'post', path: '/templates/{id}/render', summary: 'Show what a template becomes, without sending it', middleware: needsScope('read'), request: { params, body: body(renderShape) },
  responses: { 200: json(renderedShape, 'What it becomes') },
})

const remove = createRoute({
  method: 'delete', path: '/templates/{id}', summary: 'Remove a template', middleware: needsScope('content'), request: { params },
  responses: { 200: json(templateDoneShape, 'It is gone') },
})

/** What the name of a copy ends with. */
const COPY = ' (copy)'

const TAKEN = () => new Problem(409, 'alias_taken', 'Another template has this alias')

/** `/v1/templates`: what messages are made of. */
export function templateApi({ db, clock, renderer }: { readonly db: Database; readonly clock: Clock; readonly renderer: Renderer }): Api {
  const api = newApi()
  const named = async (context: Context<ApiEnv>, name: string): Promise<Template> => {
    const template = await templateNamed(db, ownerOf(context), name)
    if (template === null) throw new Problem(404, 'not_found', `There is no template ${name}`)
    return template
  }
  const said = async (organization: OrganizationId, id: string, version: number): Promise<TemplateContent> => {
    const content = await templateContent(db, { organization, id, version })
    if (content === null) throw new Problem(404, 'not_found', `There is no version ${version} of this template`)
    return content
  }
  const sound = (content: TemplateContent): TemplateContent => {
    const faults = renderer.faultsOf(content)
    if (faults.length > 0) throw invalid(faults)
    return content
  }
  api.openapi(create, async (context) => {
    const given = context.req.valid('json')
    const nowMs = clock.nowMs()
    const id = makeId('t', nowMs)
    const made = await db.write(createTemplate, { organization: ownerOf(context), id, alias: given.alias ?? null, name: given.name, content: sound(contentOf(given, null)), nowMs })
    if (!made) throw TAKEN()
    return context.json({ object: 'template' as const, id, version: 1 }, 201)
  })
  api.openapi(list, async (context) => {
    const { limit, ...from } = context.req.valid('query')
    const rows = await templatesAfter(db, ownerOf(context), afterId(from), limit + 1)
    return context.json(toPage(rows, limit, ({ id }) => id, summaryOf), 200)
  })
  api.openapi(show, async (context) => {
    const template = await named(context, context.req.valid('param').id)
    const { subject, html, text, from, replyTo, variables, locales } = await said(ownerOf(context), template.id, template.latest)
    const shown = { subject, html, text, from, reply_to: [...replyTo], variables: variables.map(({ key, type, fallback }) => ({ key, type, fallback_value: fallback })), locales: Object.fromEntries(Object.entries(locales).map(([tag, own]) => [tag, { ...own }])) }
    return context.json({ object: 'template' as const, ...summaryOf(template), ...shown }, 200)
  })
  api.openapi(change, async (context) => {
    const given = context.req.valid('json')
    const organization = ownerOf(context)
    for (let tries = 0; tries < MAX_CHANGE_TRIES; tries++) {
      const { id, alias, name, latest } = await named(context, context.req.valid('param').id)
      const content = sound(contentOf(given, await said(organization, id, latest)))
      const changed = await db.write(changeTemplate, { organization, id, alias: given.alias === undefined ? alias : given.alias, name: given.name ?? name, content, from: latest, nowMs: clock.nowMs() })
      if (changed === 'taken') throw TAKEN()
      if (changed === 'changed') return context.json({ object: 'template' as const, id, version: latest + 1 }, 200)
    }
    throw new Problem(503, 'busy', 'Others change this template all the time: try again in a moment', { headers: { 'retry-after': '1' } })
  })
  api.openapi(publish, async (context) => {
    const { id } = await named(context, context.req.valid('param').id)
    const version = await db.write(publishTemplate, { organization: ownerOf(context), id, nowMs: clock.nowMs() })
    return context.json({ object: 'template' as const, id, ...(version === null ? {} : { version }) }, 200)
  })
  api.openapi(render, async (context) => {
    const { variables, locale = null, version } = context.req.valid('json')
    const template = await named(context, context.req.valid('param').id)
    const rendered = renderer.render(await said(ownerOf(context), template.id, version ?? template.latest), locale, variables)
    if (!rendered.ok) throw invalid(rendered.error)
    return context.json(rendered.value, 200)
  })
  api.openapi(remove, async (context) => {
    const { id } = await named(context, context.req.valid('param').id)
    await db.write(removeTemplate, { organization: ownerOf(context), id })
    return context.json({ object: 'template' as const, id, deleted: true }, 200)
  })
  addCopies(api, { db, clock }, { named, said })
  return api
}

interface Reading {
  readonly named: (context: Context<ApiEnv>, name: string) => Promise<Template>
  readonly said: (organization: OrganizationId, id: string, version: number) => Promise<TemplateContent>
}

function addCopies(api: Api, { db, clock }: { readonly db: Database; readonly clock: Clock }, { named, said }: Reading): void {
  api.openapi(duplicate, async (context) => {
    const organization = ownerOf(context)
    const { id: from, name, latest } = await named(context, context.req.valid('param').id)
    const nowMs = clock.nowMs()
    const id = makeId('t', nowMs)
    await db.write(createTemplate, { organization, id, alias: null, name: `${name.slice(0, MAX_NAME_CHARS - COPY.length)}${COPY}`, content: await said(organization, from, latest), nowMs })
    return context.json({ object: 'template' as const, id, version: 1 }, 201)
  })
}

function ownerOf(context: Context<ApiEnv>): OrganizationId {
  return context.get('caller').organization as OrganizationId // It came out of a key.
}

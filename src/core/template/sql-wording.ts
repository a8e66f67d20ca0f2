import type { OrganizationId } from '../../base/brand.ts'
import type { Fault } from '../../base/fault.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Rendered, Renderer, Values } from './render.ts'
import { templateContent, templateNamed } from './sql.ts'

/** Which template a message is made of, and with what. */
export interface TemplateUse {
  /** Its id or its alias. */
  readonly id: string
  /** Null: the published one. */
  readonly version: number | null
  readonly locale: string | null
  readonly variables: Values
}

/** What a message gets from its template. */
export interface FromTemplate extends Rendered {
  readonly from: string | null
  readonly replyTo: readonly string[]
}

/** Renders a template for a message of an organization. */
export async function renderNamed(db: Database, renderer: Renderer, organization: OrganizationId, use: TemplateUse): Promise<Result<FromTemplate, readonly Fault[]>> {
  const template = await templateNamed(db, organization, use.id)
  if (template === null) return fail([{ field: 'id', code: 'unknown_template', message: `there is no template ${use.id}` }])
  const version = use.version ?? template.published
  if (version === null) return fail([{ field: 'id', code: 'not_published', message: 'the template has not been published' }])
  const content = await templateContent(db, { organization, id: template.id, version })
  if (content === null) return fail([{ field: 'version', code: 'unknown_version', message: 'there is no such version' }])
  const rendered = renderer.render(content, use.locale, use.variables)
  return rendered.ok ? ok({ ...rendered.value, from: content.from, replyTo: content.replyTo }) : rendered
}

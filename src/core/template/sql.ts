import type { OrganizationId } from '../../base/brand.ts'
import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Tx, type Work, write } from '../../infra/db/transaction.ts'
import type { Template, TemplateContent } from './content.ts'
import { MAX_VERSIONS } from './limits.ts'

interface Row {
  readonly id: string
  readonly alias: string | null
  readonly name: string
  readonly published: number | null
  readonly latest: number
  readonly created_ms: number
  readonly updated_ms: number
}

type Own = { organization: string; id: string }

const COLUMNS = 'id, alias, name, published, latest, created_ms, updated_ms'
const INSERT = statement<Own & { alias: string | null; name: string; nowMs: number }>(
  `INSERT INTO template (organization, id, alias, name, published, latest, created_ms, updated_ms) VALUES ($organization, $id, $alias, $name, NULL, 1, $nowMs, $nowMs)`,
)
const ADD_VERSION = statement<Own & { version: number; content: string; nowMs: number }>(
  'INSERT INTO template_version (organization, template, version, content, created_ms) VALUES ($organization, $id, $version, $content, $nowMs)',
)
const CHANGE = statement<Own & { alias: string | null; name: string; from: number; latest: number; nowMs: number }>(
  'UPDATE template SET alias = $alias, name = $name, latest = $latest, updated_ms = $nowMs WHERE organization = $organization AND id = $id AND latest = $from',
)
const FORGET_VERSIONS = statement<Own & { upTo: number; published: number }>(
  'DELETE FROM template_version WHERE organization = $organization AND template = $id AND version <= $upTo AND version <> $published',
)
const PUBLISH = statement<Own & { version: number; nowMs: number }>('UPDATE template SET published = $version, updated_ms = $nowMs WHERE organization = $organization AND id = $id')
const DELETE = statement<Own>('DELETE FROM template WHERE organization = $organization AND id = $id')
const DELETE_VERSIONS = statement<Own>('DELETE FROM template_version WHERE organization = $organization AND template = $id')
const ONE = statement<Own, Row>(`SELECT ${COLUMNS} FROM template WHERE organization = $organization AND (id = $id OR alias = $id) ORDER BY CASE WHEN id = $id THEN 0 ELSE 1 END LIMIT 1`)
const ALIAS = statement<{ organization: string; alias: string }, { id: string }>('SELECT id FROM template WHERE organization = $organization AND alias = $alias')
const CONTENT = statement<Own & { version: number }, { content: string }>('SELECT content FROM template_version WHERE organization = $organization AND template = $id AND version = $version')
const PAGE = statement<{ organization: string; after: string; limit: number }, Row>(`SELECT ${COLUMNS} FROM template WHERE organization = $organization AND id > $after ORDER BY id LIMIT $limit`)

/** A template as it is to be. */
export interface KeepTemplateArgs {
  readonly organization: OrganizationId
  readonly id: string
  readonly alias: string | null
  readonly name: string
  readonly content: TemplateContent
  readonly nowMs: number
}

/** Makes a template, with its first version as a draft. False when another one has its alias. */
export const createTemplate = write('template.create', function* (tx, { content, ...args }: KeepTemplateArgs): Work<boolean> {
  if (yield* isTaken(tx, args)) return false
  yield* tx.run(INSERT, args)
  yield* tx.run(ADD_VERSION, { ...args, version: 1, content: JSON.stringify(content) })
  return true
})

/** A template as it is to be from its version `from` on. */
export interface ChangeTemplateArgs extends KeepTemplateArgs {
  readonly from: number
}

/** Adds a version to a template, names it anew, and forgets the oldest drafts. `moved`: `from` is not its latest version any more, and what that added would be lost. */
export const changeTemplate = write('template.change', function* (tx, { content, from, ...args }: ChangeTemplateArgs): Work<'changed' | 'taken' | 'none' | 'moved'> {
  const row = yield* tx.one(ONE, args)
  if (row === null || row.id !== args.id) return 'none'
  if (yield* isTaken(tx, args)) return 'taken'
  const latest = from + 1
  // First, because it locks the row: of two changes at once, the other one waits here and finds that it has moved.
  if ((yield* tx.run(CHANGE, { ...args, from, latest })) === 0) return 'moved'
  yield* tx.run(ADD_VERSION, { ...args, version: latest, content: JSON.stringify(content) })
  yield* tx.run(FORGET_VERSIONS, { ...args, upTo: latest - MAX_VERSIONS, published: row.published ?? 0 })
  return 'changed'
})

function* isTaken(tx: Tx, { organization, id, alias }: Omit<KeepTemplateArgs, 'content'>): Work<boolean> {
  const other = alias === null ? null : yield* tx.one(ALIAS, { organization, alias })
  return other !== null && other.id !== id
}

/** Which template, by its id. */
export interface TemplateRef {
  readonly organization: OrganizationId
  readonly id: string
}

/** Makes the latest version the one that mail is made of. Returns it; null when there is no such template. */
export const publishTemplate = write('template.publish', function* (tx, { organization, id, nowMs }: TemplateRef & { readonly nowMs: number }): Work<number | null> {
  const row = yield* tx.one(ONE, { organization, id })
  if (row === null || row.id !== id) return null
  yield* tx.run(PUBLISH, { organization, id, version: row.latest, nowMs })
  return row.latest
})

/** Removes a template and what it said. False when there is none. */
export const removeTemplate = write('template.remove', function* (tx, { organization, id }: TemplateRef): Work<boolean> {
  yield* tx.run(DELETE_VERSIONS, { organization, id })
  return (yield* tx.run(DELETE, { organization, id })) === 1
})

/** A template of an organization, by its id or its alias; null when there is none. */
export async function templateNamed(db: Database, organization: OrganizationId, name: string): Promise<Template | null> {
  const row = await db.one(ONE, { organization, id: name })
  return row === null ? null : toTemplate(row)
}

/** What a version says; null when it is forgotten, or never was. */
export async function templateContent(db: Database, { organization, id, version }: TemplateRef & { readonly version: number }): Promise<TemplateContent | null> {
  const row = await db.one(CONTENT, { organization, id, version })
  return row === null ? null : (JSON.parse(row.content) as TemplateContent)
}

/** At most `limit` templates of an organization after an id, oldest first; '' begins. */
export async function templatesAfter(db: Database, organization: OrganizationId, after: string, limit: number): Promise<readonly Template[]> {
  return (await db.all(PAGE, { organization, after, limit })).map(toTemplate)
}

function toTemplate({ id, alias, name, published, latest, created_ms: createdMs, updated_ms: updatedMs }: Row): Template {
  return { id, alias, name, published, latest, createdMs, updatedMs }
}

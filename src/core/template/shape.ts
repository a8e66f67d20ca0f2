import { z } from '@hono/zod-openapi'
import { isoTime } from '../../base/iso-time.ts'
import type { Template, TemplateContent } from './content.ts'
import { MAX_LOCALES, MAX_NAME_CHARS, MAX_PART_CHARS, MAX_VARIABLES } from './limits.ts'
import { typeOf } from './render.ts'

const line = (max: number) => z.string().max(max).regex(/^[^\r\n\0]*$/, { error: 'must not hold line breaks or NUL' })
const part = z.string().max(MAX_PART_CHARS)
const TYPES = ['string', 'number', 'boolean', 'list', 'object'] as const
const localeTag = z.string().regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$/, { error: 'is no language tag' })

const variable = z
  .strictObject({ key: z.string().regex(/^[A-Za-z_]\w{0,100}$/), type: z.enum(TYPES).default('string'), fallback_value: z.unknown().optional() })
  .refine(({ type, fallback_value: value }) => value === undefined || value === null || typeOf(value) === type, { error: 'the fallback is of another type', path: ['fallback_value'] })

const wording = { subject: line(2_000).optional(), html: part.nullable().optional(), text: part.nullable().optional() }
const fields = {
  ...wording,
  from: line(2_000).nullable().optional(),
  reply_to: z.union([line(2_000), z.array(line(2_000)).max(50)]).optional(),
  variables: z.array(variable).max(MAX_VARIABLES).optional(),
  locales: z
    .record(localeTag, z.strictObject(wording))
    .refine((all) => Object.keys(all).length <= MAX_LOCALES, { error: `at most ${MAX_LOCALES} languages` })
    .optional()
    .openapi({ description: 'Wordings in other languages, by tag: `id`, `pt-BR`.' }),
}
const names = { name: line(MAX_NAME_CHARS).min(1), alias: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, { error: 'may hold small letters, digits, - and _' }).nullable().optional() }

/** A template to be made. Parts are in Liquid. */
export const newTemplateShape = z.strictObject({ ...names, ...fields }).openapi('NewTemplate')

/** What is to be different. What is left out stays. */
export const templateChangeShape = z.strictObject({ ...names, name: names.name.optional(), ...fields }).openapi('TemplateChange')

/** What is given for the variables. */
export const valuesShape = z.record(z.string().max(200), z.unknown())

/** How a template is tried. */
export const renderShape = z.strictObject({ variables: valuesShape.default({}), locale: z.string().max(50).optional(), version: z.number().int().min(1).optional().openapi({ description: 'The latest, published or not, when it is missing.' }) }).openapi('TemplateRender')

/** What it becomes. */
export const renderedShape = z.object({ subject: z.string(), html: z.string().nullable(), text: z.string().nullable() }).openapi('TemplateRendered')

const time = z.iso.datetime()
const summary = {
  id: z.string(),
  alias: z.string().nullable(),
  name: z.string(),
  status: z.enum(['draft', 'published']),
  published_version: z.number().int().nullable(),
  latest_version: z.number().int(),
  has_unpublished_versions: z.boolean(),
  created_at: time,
  updated_at: time,
}

/** A template in a list. */
export const templateSummaryShape = z.object(summary).openapi('TemplateSummary')

/** A template with what its latest version says. */
export const templateShape = z
  .object({
    object: z.literal('template'),
    ...summary,
    subject: z.string(),
    html: z.string().nullable(),
    text: z.string().nullable(),
    from: z.string().nullable(),
    reply_to: z.array(z.string()),
    variables: z.array(z.object({ key: z.string(), type: z.enum(TYPES), fallback_value: z.unknown() })),
    locales: z.record(z.string(), z.object({ subject: z.string().optional(), html: z.string().nullable().optional(), text: z.string().nullable().optional() })),
  })
  .openapi('Template')

/** That something was done to it. */
export const templateDoneShape = z.object({ object: z.literal('template'), id: z.string(), version: z.number().int().optional(), deleted: z.boolean().optional() }).openapi('TemplateDone')

/** What a version says after a change; `before` is null for the first one. */
export function contentOf(change: z.infer<typeof templateChangeShape>, before: TemplateContent | null): TemplateContent {
  const { subject, html, text, from, reply_to: replyTo, variables, locales } = change
  return {
    subject: subject ?? before?.subject ?? '',
    html: html === undefined ? (before?.html ?? null) : html,
    text: text === undefined ? (before?.text ?? null) : text,
    from: from === undefined ? (before?.from ?? null) : from,
    replyTo: replyTo === undefined ? (before?.replyTo ?? []) : [replyTo].flat(),
    variables: variables === undefined ? (before?.variables ?? []) : variables.map(({ key, type, fallback_value: fallback = null }) => ({ key, type, fallback })),
    locales: locales === undefined ? (before?.locales ?? {}) : Object.fromEntries(Object.entries(locales).map(([tag, own]) => [tag.toLowerCase(), Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))])),
  }
}

/** A template as lists show it. */
export function summaryOf({ id, alias, name, published, latest, createdMs, updatedMs }: Template): z.infer<typeof templateSummaryShape> {
  return {
    ...{ id, alias, name, status: published === null ? 'draft' : 'published', published_version: published, latest_version: latest, has_unpublished_versions: published !== latest },
    ...{ created_at: isoTime(createdMs), updated_at: isoTime(updatedMs) },
  }
}

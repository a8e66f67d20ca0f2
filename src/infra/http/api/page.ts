import { z } from '@hono/zod-openapi'
import { Problem } from './problem.ts'

/** How a list is asked for: `limit` entries after `cursor`. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50).openapi({ description: 'How many at most.' }),
  cursor: z.string().max(200).optional().openapi({ description: '`next_cursor` of the page before.' }),
})

/** The same for lists whose entries are known by an id: programs that were written for other services say where a page begins by it. */
export const idPageQuery = pageQuery.extend({
  after: z.string().min(1).max(320).optional().openapi({ description: 'The id of the last entry of the page before: another way to say `cursor`.' }),
  before: z.unknown().refine((given) => given === undefined, { error: 'pages go forward only: say after, or cursor' }).optional().openapi({ description: 'Refused: pages go forward only.' }),
})

/** A page of a list. */
export function pageOf<T extends z.ZodType>(entry: T) {
  return z.object({ object: z.literal('list'), data: z.array(entry), next_cursor: z.string().nullable(), has_more: z.boolean() })
}

/** A page as it is told. */
export interface Page<Shown> {
  object: 'list'
  data: Shown[]
  next_cursor: string | null
  has_more: boolean
}

/** A page out of one entry more than was asked for, if there are as many. */
export function toPage<Row, Shown>(rows: readonly Row[], limit: number, keyOf: (row: Row) => string, show: (row: Row) => Shown): Page<Shown> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return { object: 'list', data: shown.map(show), next_cursor: last === undefined ? null : cursorOf(keyOf(last)), has_more: last !== undefined }
}

/** The cursor that begins after a key. */
export function cursorOf(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** A list that is told whole, because its limit lies where its entries are made: one page, in the shape of all others. */
export function wholePage<Shown>(data: Shown[]): Page<Shown> {
  return { object: 'list', data, next_cursor: null, has_more: false }
}

/** The id after which a page begins; '' for the first. */
export function afterId({ after, cursor }: { readonly after?: string | undefined; readonly cursor?: string | undefined }): string {
  return after ?? afterOf(cursor)
}

/** The key after which a page begins; '' for the first. */
export function afterOf(cursor: string | undefined): string {
  if (cursor === undefined) return ''
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  if (key === '' || Buffer.from(key).toString('base64url') !== cursor) throw new Problem(422, 'validation_error', 'cursor: this is no next_cursor of ours', { errors: [{ field: 'cursor', code: 'invalid_cursor', message: 'this is no next_cursor of ours' }] })
  return key
}

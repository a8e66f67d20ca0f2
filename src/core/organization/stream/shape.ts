import { z } from '@hono/zod-openapi'
import { MAX_DESCRIPTION, MAX_TITLE } from './limits.ts'
import type { PublicText, StreamTracking } from './stream.ts'

const line = (most: number) => z.string().trim().min(1).max(most).regex(/^\P{Cc}*$/u, { error: 'want one line of text' })
const inLanguages = (most: number) => z.strictObject({ en: line(most).optional(), id: line(most).optional() })
const title = inLanguages(MAX_TITLE).refine(({ en, id }) => en !== undefined || id !== undefined, { error: 'say it in English (en), Indonesian (id) or both' })

const tracking = z.strictObject({ opens: z.boolean().optional(), clicks: z.boolean().optional() })

/** What readers of a stream are told about it, and what is noted of them. */
export const streamWishes = z
  .strictObject({
    title: title.openapi({ description: 'The name that readers know it by, on the preference page. A language that is missing is said in the other.' }),
    description: inLanguages(MAX_DESCRIPTION).default({}).openapi({ description: 'A sentence below it.' }),
    tracking: tracking.default({}).openapi({ description: 'Whether openings and clicks are noted, unless a message says otherwise. What is missing is.' }),
  })
  .openapi('StreamWishes')

/** A stream that goes to many, over HTTP. */
export const streamShape = z
  .object({
    object: z.literal('stream'),
    id: z.string().openapi({ example: 'broadcast.weekly', description: 'What `stream` of a message says.' }),
    title: z.object({ en: z.string().optional(), id: z.string().optional() }),
    description: z.object({ en: z.string().optional(), id: z.string().optional() }),
    tracking,
    created_at: z.iso.datetime(),
  })
  .openapi('Stream')

/** What was asked for, without languages that are not there. */
export function publicText({ en, id }: { readonly en?: string | undefined; readonly id?: string | undefined }): PublicText {
  return { ...(en === undefined ? {} : { en }), ...(id === undefined ? {} : { id }) }
}

/** What was asked for, without what is as usual. */
export function streamTracking({ opens, clicks }: z.infer<typeof tracking>): StreamTracking {
  return { ...(opens === undefined ? {} : { opens }), ...(clicks === undefined ? {} : { clicks }) }
}

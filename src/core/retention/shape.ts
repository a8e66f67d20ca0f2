import { z } from '@hono/zod-openapi'
import { KINDS } from './terms.ts'

const days = z.number().int()

/** For how long things are kept. */
export const retentionShape = z
  .object({
    object: z.literal('retention'),
    data: z.array(
      z.object({
        kind: z.enum(KINDS),
        what: z.string(),
        days: days.openapi({ description: 'What holds.' }),
        chosen_days: days.nullable().openapi({ description: 'What the organization has chosen; null for the most.' }),
        at_least: days,
        at_most: days.openapi({ description: 'What operators allow.' }),
      }),
    ),
    always: z.array(z.object({ what: z.string(), days })).openapi({ description: 'What is kept for a time that nobody chooses.' }),
  })
  .openapi('Retention')

const wish = days.min(0).max(100_000).nullable().optional()

/** What is to be changed. */
export const retentionChange = z
  .strictObject({ events: wish, transcripts: wish, bodies: wish, webhooks: wish, audit: wish })
  .refine((asked) => Object.values(asked).some((each) => each !== undefined), { error: `say what to change: ${KINDS.join(', ')}` })
  .openapi('RetentionChange', { description: 'Days; null for the most that is allowed. What is missing stays as it is.' })

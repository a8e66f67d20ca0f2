import { z } from '@hono/zod-openapi'

/** A fact about a message over HTTP. */
export const eventShape = z
  .object({
    id: z.number().int(),
    type: z.string().openapi({ example: 'delivery.delivered' }),
    at: z.iso.datetime(),
    message: z.string().nullable(),
    delivery: z.string().nullable(),
    data: z.record(z.string(), z.unknown()).openapi({ description: 'What there is to tell: addresses, replies, the servers that were tried with what was said, and more by type.' }),
  })
  .openapi('Event')

/** What is known of a message. */
export const storyShape = z
  .object({ data: z.array(eventShape), has_more: z.boolean().openapi({ description: 'There are older events than these.' }) })
  .openapi('Story')

import { z } from '@hono/zod-openapi'
import { MAX_CAUSE_CHARS } from './limits.ts'

const time = z.iso.datetime({ offset: true })

/** How mail of a stream to a provider stands. */
export const standingShape = z
  .object({
    id: z.string().openapi({ example: 'broadcast:yahoo' }),
    stream: z.string(),
    provider: z.string().openapi({ description: 'The key of a provider; `other` for all that we do not know.' }),
    level: z.enum(['good', 'warned', 'slowed', 'paused']).openapi({ description: '`slowed`: a quarter of its rate. `paused`: nothing goes until an administrator lets it go on.' }),
    since: time,
    reason: z
      .object({
        metric: z.enum(['complaints', 'hard-bounces', 'blocks', 'unsubscribes', 'auth-failures']),
        window: z.enum(['day', 'week']),
        part: z.number().int(),
        whole: z.number().int(),
        share: z.number(),
        limit: z.number(),
        text: z.string(),
      })
      .nullable()
      .openapi({ description: 'The numbers that it was decided by; null when nothing is to be said.' }),
  })
  .openapi('StreamStanding')

/** What is wanted to let a stream go on. */
export const resumeShape = z
  .strictObject({ cause: z.string().trim().min(1).max(MAX_CAUSE_CHARS).openapi({ description: 'What was wrong, and was mended. It is kept with the event.' }) })
  .openapi('ResumeStream')

/** What came of it. */
export const resumedShape = z.object({ id: z.string(), level: z.literal('good') }).openapi('ResumedStream')

import { z } from '@hono/zod-openapi'

const time = z.iso.datetime({ offset: true })

/** What may be asked. */
export const alertQuery = z.object({
  state: z.enum(['open', 'all']).default('open').openapi({ description: '`all`: those resolved in the last 90 days, too.' }),
})

/** An alert. */
export const alertShape = z
  .object({
    rule: z.string().openapi({ example: 'stream.restricted' }),
    subject: z.string().openapi({ description: 'What it is about: a stream, a provider, a source, a webhook, an account.' }),
    severity: z.enum(['warning', 'high', 'critical']),
    text: z.string(),
    raised_at: time,
    resolved_at: time.nullable(),
  })
  .openapi('Alert')

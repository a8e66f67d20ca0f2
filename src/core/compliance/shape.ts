import { z } from '@hono/zod-openapi'

const texts = z.object({ en: z.string(), id: z.string() })
const rate = z.number().nullable()

/** How a From domain stands with what large receivers ask for. */
export const complianceShape = z
  .object({
    object: z.literal('compliance'),
    domain: z.string(),
    state: z.enum(['pass', 'warn', 'fail', 'unknown']).openapi({ description: 'The worst of the requirements; `unknown` when nothing is worse and something could not be told.' }),
    requirements: z.array(
      z.object({
        id: z.string().openapi({ example: 'one-click' }),
        asked_by: z.array(z.enum(['gmail', 'yahoo', 'microsoft', 'apple'])),
        state: z.enum(['pass', 'warn', 'fail', 'unknown']),
        evidence: texts,
      }),
    ),
    score: z.object({
      points: z.number().int().openapi({ description: '0 to 100. 100 less what is taken for each part.' }),
      grade: z.enum(['A', 'B', 'C']),
      parts: z.array(z.object({ name: z.string(), taken: z.number().int(), most: z.number().int(), text: texts })),
    }),
    placement: z
      .object({
        grade: z.enum(['A', 'B', 'C']),
        since: z.iso.datetime().nullable().openapi({ description: 'Null: nobody has looked yet.' }),
        points: z.number().int().nullable().openapi({ description: 'The score of the last day that was looked at, over the seven days before it; null when too little was sent to tell.' }),
        points_before: z.number().int().nullable().openapi({ description: 'The same of the day before.' }),
      })
      .openapi({ description: "By which shared pool the organization's mail to many leaves, where there is one for its grade. Two days in a row with a better or a worse score change it." }),
    spam_rate: z.array(z.object({ day: z.iso.date(), delivered: z.number().int(), complained: z.number().int(), rate })).openapi({ description: 'The last 30 days, of mail to providers that tell of complaints.' }),
    errors: z.array(z.object({ category: z.string(), deliveries: z.number().int() })).openapi({ description: 'Deliveries of seven days that did not arrive, or have not yet, by why.' }),
    auth_pass_rate: rate.openapi({ description: 'Messages in its name that passed DMARC, of those that others reported in 30 days.' }),
    tls_rate: rate.openapi({ description: 'Deliveries of seven days that went over TLS.' }),
  })
  .openapi('Compliance')

import { z } from '@hono/zod-openapi'

const time = z.iso.datetime()
const count = z.object({ used: z.number().int().nullable().openapi({ description: 'Null while nothing is counted: there is no plan.' }), allowed: z.number().int().nullable().openapi({ description: 'Null for no limit.' }), resets_at: time.nullable() })

/** What an organization may use, and has. */
export const usageShape = z
  .object({
    plan: z.string().nullable().openapi({ description: 'Null for none: then there are no limits.' }),
    sandboxed: z.boolean().openapi({ description: 'Writes to confirmed addresses only, until it has proven a domain.' }),
    ends_at: time.nullable(),
    messages_per_day: count,
    messages_per_month: count,
    recipients_per_day: count,
    accounts: count,
    domains: count,
    storage_bytes: count.extend({ stored: z.number().int().openapi({ description: 'What accounts keep now; `used` is what they may keep together.' }) }),
  })
  .openapi('Usage')

/** The same for the organization itself. */
export const ownUsageShape = usageShape
  .extend({ kept_days: z.record(z.string(), z.number().int()).openapi({ description: 'For how many days what is kept; `/v1/retention` tells more, and changes it.', example: { events: 90, bodies: 7 } }) })
  .openapi('OwnUsage')

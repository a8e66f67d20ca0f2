import { z } from '@hono/zod-openapi'
import { OPERATIONS } from './sql-operate.ts'

const STATES = ['queued', 'leased', 'held', 'captured', 'delivered', 'failed', 'cancelled', 'suppressed', 'bounced'] as const

const time = z.iso.datetime()

/** A delivery over HTTP: one recipient of a message. */
export const deliveryShape = z
  .object({
    id: z.string().openapi({ example: 'q-P7AGWW7YrykFne2Cn6S' }),
    message: z.string().openapi({ example: 'm-P7AGWW79Cj4y8gWlYMn' }),
    state: z.enum(STATES).openapi({ description: '`leased`: it is being tried at this moment. `captured`: a demo keeps it instead of sending it.' }),
    stream: z.string(),
    site: z.string().openapi({ description: 'Where it was tried last; its domain before that.' }),
    from: z.string().nullable().openapi({ description: 'The return path; null for the null sender.' }),
    to: z.string(),
    attempts: z.number().int(),
    queued_at: time,
    due_at: time,
    expires_at: time,
    last: z
      .object({ status: z.string(), text: z.string(), host: z.string().nullable(), category: z.string().nullable(), at: time })
      .nullable()
      .openapi({ description: 'What the last try came to.' }),
    held_for: z.string().nullable().openapi({ description: 'Why the checks of what is sent hold it until an operator has looked; null for all others.' }),
    possible_duplicate: z.boolean().openapi({ description: 'An earlier try may have delivered it: the connection was lost after the message had been sent.' }),
  })
  .openapi('Delivery')

/** Which deliveries are listed. */
export const queueFilter = z.object({
  state: z.enum(STATES).optional().openapi({ description: 'Without it, those that are not settled.' }),
  domain: z.string().max(255).optional().openapi({ description: 'The recipient’s domain.' }),
  site: z.string().max(255).optional().openapi({ description: 'As `merpati lane explain` names it: what was last tried there, and new mail to the same domains.' }),
  from: z.string().max(320).optional().openapi({ description: 'The return path; `<>` for the null sender.' }),
  to: z.string().max(320).optional(),
  message: z.string().max(100).optional(),
})

const selection = {
  id: z.string().min(1).max(100).optional(),
  message: z.string().min(1).max(100).optional(),
  domain: z.string().min(1).max(255).optional(),
  site: z.string().min(1).max(255).optional(),
  from: z.string().min(1).max(320).optional(),
  to: z.string().min(1).max(320).optional(),
  all: z.literal(true).optional().openapi({ description: 'Every delivery of the organization.' }),
}

/** What is to be done to which deliveries. */
export const operationShape = z
  .strictObject({ ...selection, via: z.string().regex(/^(?:mx|[A-Za-z0-9.-]{1,253}:\d{1,5})$/).optional().openapi({ description: 'Of `reroute`: the server as `host:port`, or `mx` for what MX records name.' }), dry_run: z.boolean().default(false).openapi({ description: 'Only say how many it would be.' }) })
  .refine((asked) => Object.keys(selection).some((key) => asked[key as keyof typeof selection] !== undefined), { error: 'say which: id, message, domain, site, from, to, or "all": true' })
  .openapi('QueueOperation')

/** What was done. */
export const operatedShape = z.object({ operation: z.enum(OPERATIONS), deliveries: z.number().int(), dry_run: z.boolean() }).openapi('QueueOperated')

import { z } from '@hono/zod-openapi'

const time = z.iso.datetime()

/** One administrative change. */
export const auditShape = z
  .object({
    id: z.string(),
    at: time,
    actor: z.object({ kind: z.enum(['key', 'account', 'operator']), id: z.string() }).openapi({ description: '`operator`: somebody with a shell on the server, by his name there.' }),
    action: z.string().openapi({ example: 'PATCH /v1/webhooks/{id}', description: 'Of the API the method and the path, of the command line the command.' }),
    object: z.string().nullable(),
    asked: z.unknown().openapi({ type: ['object', 'null'], description: 'What was asked for, without secrets; null for nothing.' }),
    before: z.unknown().openapi({ type: ['object', 'null'], description: 'As it was; null for what was not there.' }),
    after: z.unknown().openapi({ type: ['object', 'null'], description: 'As it was then; null for what is gone.' }),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
    outcome: z.enum(['done', 'failed', 'unknown']).openapi({ description: '`failed`: something was changed before it was refused. `unknown`: something was changed, and the end was never told: the server stopped in between.' }),
  })
  .openapi('AuditEntry')

/** Which entries are asked for. */
export const auditFilter = z.object({
  actor: z.string().max(200).optional().openapi({ description: 'The id of a key or an account.' }),
  action: z.string().max(200).optional(),
  object: z.string().max(500).optional(),
  since: time.optional(),
  until: time.optional(),
})

import { z } from '@hono/zod-openapi'
import { MAX_IMPORTED } from './limits.ts'
import { SCOPE } from './suppression.ts'

const scope = z.string().regex(SCOPE, { error: 'want all, broadcast, or stream: and the name of a stream that goes to many' })
const SCOPES = '`all`: nothing that programs send. `broadcast`: only what goes to many. `stream:broadcast.weekly`: only that stream; `stream:broadcast`: only that without those that have names of their own.'
const time = z.iso.datetime()

/** Somebody who is not written to, over HTTP. */
export const suppressionShape = z
  .object({
    id: z.string().openapi({ description: 'The address.' }),
    email: z.string(),
    scope: scope.openapi({ description: SCOPES }),
    origin: z.enum(['bounce', 'complaint', 'unsubscribe', 'manual']),
    category: z.string(),
    reason: z.string().openapi({ description: 'The words of the server, or of whoever added it.' }),
    source_id: z.string().nullable().openapi({ description: 'The delivery that it came of.' }),
    created_at: time,
    expires_at: time.nullable(),
    locked_until: time.nullable().openapi({ description: 'It was removed before and came back: it stays until then.' }),
  })
  .openapi('Suppression')

const why = {
  scope: scope.default('all').openapi({ description: SCOPES }),
  reason: z.string().max(500).regex(/^[^\0]*$/, { error: 'must not hold NUL' }).default('added by a program'),
  expires_at: time.optional().openapi({ description: 'Until it is removed, when it is missing.' }),
}

/** Somebody who is not to be written to. */
export const newSuppressionShape = z.strictObject({ email: z.string().max(320), ...why }).openapi('NewSuppression')

/** Many of them, for one reason. */
export const importShape = z.strictObject({ emails: z.array(z.string().max(320)).min(1).max(MAX_IMPORTED), ...why }).openapi('SuppressionImport')

/** Many who may be written to again. */
export const releaseShape = z
  .strictObject({ emails: z.array(z.string().max(320)).min(1).max(MAX_IMPORTED), confirm: z.literal(true).optional().openapi({ description: 'Those who have complained are removed only with it.' }) })
  .openapi('SuppressionRelease')

/** What became of each. */
export const releasedShape = z
  .object({ data: z.array(z.object({ object: z.literal('suppression'), id: z.string(), deleted: z.boolean(), code: z.enum(['not_found', 'confirm_needed', 'locked']).nullable().openapi({ description: 'Why it stays, or was not there; null when it was removed.' }) })) })
  .openapi('SuppressionReleased')

/** How many were added, and which of them are no addresses. */
export const importedShape = z.object({ object: z.literal('suppression_import'), data: z.array(z.object({ object: z.literal('suppression'), id: z.string() })).openapi({ description: 'Those who are on the list now.' }), added: z.number().int(), skipped: z.array(z.string()).openapi({ description: 'What is no address.' }) }).openapi('SuppressionImported')

/** That something was done to it. */
export const suppressionDoneShape = z.object({ object: z.literal('suppression'), id: z.string(), deleted: z.boolean().optional() }).openapi('SuppressionDone')

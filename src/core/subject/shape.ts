import { z } from '@hono/zod-openapi'

/** Whom it is about. */
export const subjectShape = z.strictObject({ email: z.string().max(320) }).openapi('Subject')

/** Whom to erase. */
export const eraseShape = subjectShape
  .extend({ account: z.enum(['refuse', 'remove']).default('refuse').openapi({ description: 'What to do when it is the address of an account here: `remove` removes it with all its mail, for good.' }) })
  .openapi('SubjectErasure')

/** How far an erasure is. */
export const erasureShape = z
  .object({
    object: z.literal('erasure'),
    id: z.string(),
    state: z.enum(['account', 'rows', 'files', 'done']).openapi({ description: '`account`: the account of that address is being removed. `rows`: what is kept of it is gone through. `files`: what held its large messages is made anew, which takes an hour or two. `done`: nothing of it is left.' }),
    changed: z.number().int().openapi({ description: 'Rows that were rewritten or removed so far.' }),
    waiting: z.number().int().openapi({ description: 'Messages to it that wait to be sent to somebody else, and go then.' }),
    hash: z.string().openapi({ description: 'What is kept in its place: an HMAC-SHA-256 of the address under a key of the installation.' }),
    created_at: z.iso.datetime(),
    done_at: z.iso.datetime().nullable(),
  })
  .openapi('Erasure')

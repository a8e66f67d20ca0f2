import { z } from '@hono/zod-openapi'
import { listedSessionShape } from '../../access/session/shape.ts'

/** Where somebody is logged in, to who manages the account. */
export const accountSessionShape = listedSessionShape.omit({ current: true }).openapi('AccountSession')

/** How many sessions ended. */
export const endedShape = z.object({ ended: z.number().int() })

/** Who somebody is at another house. */
export const accountIdentityShape = z.object({ id: z.string(), issuer: z.string(), created_at: z.iso.datetime() }).openapi('AccountIdentity')

/** That something is gone. */
export const goneShape = z.object({ id: z.string(), deleted: z.literal(true) })

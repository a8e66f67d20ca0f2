import { z } from '@hono/zod-openapi'

/** A field of a request that people look for, because other services have it: refused, with what is said in its place. */
export function saidElsewhere(where: string) {
  return z.unknown().refine((given) => given === undefined, { error: where }).optional().openapi({ description: `Refused: ${where}.` })
}

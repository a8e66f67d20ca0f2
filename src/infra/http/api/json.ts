import type { z } from '@hono/zod-openapi'

/** An answer in JSON, as a route describes it. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** A body in JSON that a route cannot do without. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } }
}

import { z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../../base/brand.ts'
import { OPERATOR } from '../../../base/operator.ts'
import { type Caller, ownerOf } from './caller.ts'
import { Problem } from './problem.ts'

/** Asks for what belongs to no organization, in the query of a request. */
export const platform = z.literal('true').optional().openapi({ description: 'What belongs to no organization and holds for all: needs a key of an operator.' })

/** Throws `Problem` 403 for everybody but operators. `what` begins the sentence: `The list of the platform`. */
export function needsOperator({ scopes }: Caller, what: string): void {
  if (!scopes.includes(OPERATOR)) throw new Problem(403, 'missing_scope', `${what} needs the scope "${OPERATOR}"`)
}

/** Whose things a request means: its caller's organization's, or with `platform=true` those of none, which only operators may. `what` as for `needsOperator`. */
export function meantOwner(caller: Caller, asked: z.infer<typeof platform>, what: string): OrganizationId | '' {
  if (asked === undefined) return ownerOf(caller)
  needsOperator(caller, what)
  return ''
}

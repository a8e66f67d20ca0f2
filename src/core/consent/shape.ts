import { z } from '@hono/zod-openapi'
import { STREAM_NAME } from '../organization/stream/name.ts'
import { MAX_PROOF, MAX_REASON, MAX_SOURCE, MAX_VERSION, MAX_WORDING } from './limits.ts'

const time = z.iso.datetime()
// PostgreSQL keeps no NUL.
const words = (most: number) => z.string().min(1).max(most).regex(/^[^\0]*$/, { error: 'must not hold NUL' })

/** A consent to be written down, over HTTP and from the command line. */
export const newConsentShape = z
  .strictObject({
    email: z.string().max(320),
    stream: z.string().regex(STREAM_NAME, { error: 'names no stream: want transactional, broadcast, or one such as broadcast.weekly' }).default('broadcast'),
    source: words(MAX_SOURCE).openapi({ description: 'Where it was given: the address of a form, a till, an import.' }),
    wording: words(MAX_WORDING).openapi({ description: 'The words that were agreed to, in the language that they were read in.' }),
    text_version: words(MAX_VERSION).optional().openapi({ description: 'Which version of these words.' }),
    client_address: z.string().max(45).optional().openapi({ description: 'The IP address that it came from.' }),
    proof: words(MAX_PROOF).optional().openapi({ description: 'What proves it beside this: the id of a confirmation mail, the number of a paper.' }),
    given_at: time.optional().openapi({ description: 'Now, when it is missing.' }),
  })
  .openapi('NewConsent')

/** The same, read. */
export type ConsentRequest = z.output<typeof newConsentShape>

/** A consent, over HTTP. */
export const consentShape = z
  .object({
    object: z.literal('consent'),
    id: z.string(),
    email: z.string(),
    stream: z.string(),
    source: z.string(),
    wording: z.string(),
    text_version: z.string().nullable(),
    client_address: z.string().nullable(),
    proof: z.string().nullable(),
    given_at: time,
    recorded_at: time,
    withdrawn_at: time.nullable().openapi({ description: 'When it ended; null while it holds.' }),
    withdrawn_by: z.enum(['unsubscribe', 'complaint', 'request']).nullable(),
  })
  .openapi('Consent')

/** Somebody who asked for the end of what goes to many, over HTTP. */
export const withdrawalShape = z
  .strictObject({ email: z.string().max(320), reason: words(MAX_REASON).openapi({ description: 'How it was asked for: by phone, by letter.' }) })
  .openapi('ConsentWithdrawal')

/** What came of it. */
export const withdrawnShape = z
  .object({ object: z.literal('consent_withdrawal'), email: z.string(), ended: z.number().int().openapi({ description: 'How many records ended.' }) })
  .openapi('ConsentWithdrawn')

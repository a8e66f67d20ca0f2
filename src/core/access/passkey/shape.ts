import { z } from '@hono/zod-openapi'
import { passwordShape } from '../session/shape.ts'
import { MAX_PART_CHARS } from './limits.ts'

const part = z.string().max(MAX_PART_CHARS)
const id = z.string().regex(/^[\w-]{1,1400}$/) // WebAuthn §4: at most 1,023 octets.
const time = z.iso.datetime()
const shared = { id, rawId: id, type: z.literal('public-key'), clientExtensionResults: z.record(z.string(), z.unknown()).default({}), authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional() }

/** A passkey, to its owner. */
export const passkeyShape = z.object({ id: z.string(), name: z.string(), created_at: time, used_at: time.nullable() }).openapi('Passkey')

/** What begins a ceremony: `publicKey` of the browser's call, in JSON. */
export const ceremonyShape = z.object({ options: z.record(z.string(), z.unknown()) }).openapi('PasskeyOptions')

/** Who wants to begin with a passkey. */
export const beginShape = z.strictObject({ password: passwordShape })

/** What a browser has made: RegistrationResponseJSON of WebAuthn §5.1. */
export const madeShape = z.strictObject({
  name: z.string().min(1).max(100).regex(/^[^\0-\x1f\x7f]*$/, { error: 'must not hold control characters' }),
  response: z.object({ ...shared, response: z.object({ clientDataJSON: part, attestationObject: part, transports: z.array(z.string().regex(/^[a-z-]{1,20}$/)).max(10).optional() }) }),
})

/** What a browser has signed: AuthenticationResponseJSON of WebAuthn §5.1. */
export const shownShape = z.strictObject({
  response: z.object({ ...shared, response: z.object({ clientDataJSON: part, authenticatorData: part, signature: part, userHandle: part.optional() }) }),
})

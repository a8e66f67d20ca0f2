import { z } from '@hono/zod-openapi'
import { MAX_LOGIN_CHARS, MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from '../limits.ts'

const time = z.iso.datetime()

/** A password that is shown, not chosen: whatever it is, it is right or wrong. */
export const passwordShape = z.string().max(MAX_PASSWORD_CHARS)

/** A password that somebody chooses. */
export const newPasswordShape = z.string().min(MIN_PASSWORD_CHARS).max(MAX_PASSWORD_CHARS)

/** A code of an authenticator or a recovery code. */
export const codeShape = z.string().min(6).max(60).openapi({ description: 'A code of the authenticator, or a recovery code.' })

/** Who logs in. */
export const loginShape = z.strictObject({ address: z.string().max(MAX_LOGIN_CHARS), password: passwordShape }).openapi('Login')

/** A login, to who has it. */
export const sessionShape = z
  .object({
    object: z.literal('session'),
    id: z.string(),
    state: z.enum(['open', 'second_factor']).openapi({ description: '`second_factor`: nothing may be done before POST /v1/session/second_factor.' }),
    account: z.object({ id: z.string(), address: z.string(), role: z.string(), organization: z.string() }),
    csrf_token: z.string().openapi({ description: 'What changes something needs it in the header X-CSRF-Token.' }),
    expires_at: time,
  })
  .openapi('Session')

/** A login in the list of all of them. */
export const listedSessionShape = z
  .object({
    id: z.string(),
    current: z.boolean().openapi({ description: 'It is the one that asks.' }),
    method: z.string().openapi({ description: 'How it began.' }),
    address: z.string(),
    agent: z.string(),
    created_at: time,
    used_at: time.openapi({ description: 'To within a minute.' }),
    expires_at: time,
  })
  .openapi('ListedSession')

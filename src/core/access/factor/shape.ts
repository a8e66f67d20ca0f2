import { z } from '@hono/zod-openapi'

/** What an account logs in with beside its password. */
export const factorsShape = z
  .object({ object: z.literal('factors'), totp: z.enum(['off', 'on']), recovery_codes: z.number().int().openapi({ description: 'How many are left.' }) })
  .openapi('Factors')

/** The secret of an authenticator, shown once. */
export const enrolledShape = z
  .object({
    object: z.literal('totp'),
    secret: z.string().openapi({ description: 'As it is typed, base32.' }),
    uri: z.string().openapi({ description: 'As programs read it: otpauth://totp/...' }),
    qr_svg: z.string().openapi({ description: 'The same as a picture: data:image/svg+xml,...' }),
  })
  .openapi('EnrolledTotp')

/** Codes that stand in for the authenticator, shown once. */
export const recoveryShape = z.object({ object: z.literal('recovery_codes'), codes: z.array(z.string()) }).openapi('RecoveryCodes')

import { z } from '@hono/zod-openapi'
import { parseDomain } from '../../proto/mail/domain.ts'
import { KEY_OVERLAP_HOURS, MAX_BOUNDS, MAX_CAP, MAX_KEY_NAME_CHARS, MAX_KEY_OVERLAP_HOURS } from './limits.ts'
import { parseNetwork } from './network.ts'
import { SCOPES, SENDING_STREAMS } from './rights.ts'

const time = z.iso.datetime()

/** What a key or a credential is called: one line. */
export const nameShape = z.string().min(1).max(MAX_KEY_NAME_CHARS).regex(/^\P{Cc}*$/u, { error: 'want one line of text' }).openapi({ example: 'Shop' })

/** Domains that something is confined to. */
export const domainsShape = z.array(z.string().max(255).transform(domainOf).openapi({ type: 'string', example: 'example.org' })).min(1).max(MAX_BOUNDS).nullable().openapi({ description: 'Only for these domains; null for all of the organization.' })

/** Streams that something is confined to. */
export const streamsShape = z.array(z.enum(SENDING_STREAMS)).min(1).max(SENDING_STREAMS.length).nullable().openapi({ description: 'Sends in these streams only; null for all.' })

const networks = z.array(z.string().max(50).transform(networkOf).openapi({ type: 'string', example: '192.0.2.0/24' })).min(1).max(MAX_BOUNDS).nullable().openapi({ description: 'Valid from these addresses and networks only; null for everywhere.' })
const cap = z.number().int().min(1).max(MAX_CAP).nullable()

/** How many messages may be sent with something. */
export const capsShape = {
  messages_per_hour: cap.openapi({ description: 'Of the clock; null for no cap.' }),
  messages_per_day: cap.openapi({ description: 'Of UTC; null for no cap.' }),
} as const

const given = {
  name: nameShape,
  mode: z.enum(['live', 'test']).openapi({ description: 'A test key sends nothing to the world, and changes nothing.' }),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  domains: domainsShape,
  streams: streamsShape,
  networks,
  ...capsShape,
  expires_at: time.nullable().openapi({ description: 'Null for never.' }),
}

/** A key over HTTP. Its text is not here: it is shown when it is made. */
export const apiKeyShape = z
  .object({
    object: z.literal('api_key'),
    id: z.string().openapi({ example: 'k-P7AGWW7YrykFne2Cn6S' }),
    ...given,
    ...{ scopes: z.array(z.string()), domains: z.array(z.string()).nullable(), networks: z.array(z.string()).nullable() },
    state: z.enum(['valid', 'expired', 'revoked']),
    created_at: time,
    last_used_at: time.nullable().openapi({ description: 'To within a minute.' }),
  })
  .openapi('ApiKey')

/** A new key, with its text. */
export const newApiKeyShape = apiKeyShape.extend({ key: z.string().openapi({ example: 'sk_live_...', description: 'Shown this once.' }), token: z.string().openapi({ description: 'The same, where clients of Resend look for it.' }) }).openapi('NewApiKey')

/** What a new key is made of. */
export const apiKeyWishes = z
  .strictObject({
    ...given,
    ...{ mode: given.mode.default('live'), scopes: given.scopes.optional().openapi({ description: '`send` and `read`, when neither this nor `permission` says otherwise.' }), domains: given.domains.default(null), streams: given.streams.default(null) },
    ...{ networks: networks.default(null), messages_per_hour: given.messages_per_hour.default(null), messages_per_day: given.messages_per_day.default(null), expires_at: given.expires_at.default(null) },
    permission: z.enum(['full_access', 'sending_access']).optional().openapi({ description: 'Scopes in the words of Resend: `["*"]` or `["send"]`.' }),
    domain_id: z.string().max(255).optional().openapi({ description: 'One domain, by its id, in the place of `domains`.' }),
  })
  .refine(({ scopes, permission }) => scopes === undefined || permission === undefined, { error: 'say scopes or permission, not both', path: ['permission'] })
  .openapi('ApiKeyWishes')

/** What may be changed of a key: what it is called. What it may do, nobody changes: make another one. */
export const apiKeyChange = z.strictObject({ name: nameShape }).openapi('ApiKeyChange')

/** How long the old key goes on to be valid. */
export const keyRotation = z.strictObject({ overlap_hours: z.number().int().min(0).max(MAX_KEY_OVERLAP_HOURS).default(KEY_OVERLAP_HOURS).openapi({ description: 'So long the present key is valid beside the new one.' }) }).openapi('ApiKeyRotation')

/** The key in another's place. */
export const rotatedKeyShape = newApiKeyShape.extend({ old_key_until: time }).openapi('RotatedApiKey')

function domainOf(text: string, context: z.RefinementCtx): string {
  const domain = parseDomain(text)
  if (domain === null) context.addIssue({ code: 'custom', message: 'is no name of a domain' })
  return domain ?? ''
}

function networkOf(text: string, context: z.RefinementCtx): string {
  const network = parseNetwork(text)
  if (network === null) context.addIssue({ code: 'custom', message: 'want an address or a network such as "192.0.2.0/24" or "2001:db8::/32"' })
  return network ?? ''
}

import { z } from '@hono/zod-openapi'
import { MAX_DESCRIPTION_CHARS, MAX_OVERLAP_HOURS, MAX_URL_CHARS, OVERLAP_HOURS } from './limits.ts'
import { PUBLIC_TYPES, TEST_TYPE } from './public-types.ts'
import { SCHEMES } from './signature.ts'

const time = z.iso.datetime()

const url = z.string().max(MAX_URL_CHARS).openapi({ example: 'https://example.org/hooks' })
const sameAsUrl = url.optional().openapi({ description: 'Another name for `url`, in the place of it.' })
const description = z.string().max(MAX_DESCRIPTION_CHARS).regex(/^\P{Cc}*$/u, { error: 'want one line of text' })
const signature = z.enum(SCHEMES).openapi({ description: 'How calls are signed: `v1`, HMAC-SHA256 with a secret that you know; `v1a`, Ed25519, and you verify with `public_key`.' })
const publicKey = z.string().nullable().openapi({ example: null, description: '`whpk_...`, what calls signed by `v1a` are verified with; null for `v1`.' })
const chat = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('slack') }),
    z.strictObject({ kind: z.literal('telegram'), chat_id: z.string().regex(/^(?:-?\d{1,20}|@[A-Za-z0-9_]{1,64})$/, { error: 'want the number of a chat, or @ and its name' }).openapi({ example: '-1001234567890' }) }),
  ])
  .nullable()
  .openapi({ example: null, description: 'It is a chat, told in a sentence: an incoming webhook of Slack (or Mattermost), or `sendMessage` of a Telegram bot. Null for programs.' })
const events = z.array(z.enum(PUBLIC_TYPES)).min(1).max(PUBLIC_TYPES.length).nullable().openapi({ description: 'What it is told of; null for everything.' })

/** An endpoint over HTTP. Its secret is not here: it is shown when it is made. */
export const webhookShape = z
  .object({
    object: z.literal('webhook'),
    id: z.string().openapi({ example: 'h-P7AGWW7YrykFne2Cn6S' }),
    url,
    endpoint: url.openapi({ description: 'The same as `url`, where clients of Resend look for it.' }),
    description: z.string(),
    events: z.array(z.string()).nullable(),
    state: z.enum(['enabled', 'disabled']),
    status: z.enum(['enabled', 'disabled']).openapi({ description: 'The same as `state`.' }),
    disabled_reason: z.enum(['by-hand', 'gone', 'failing']).nullable().openapi({ description: '`gone`: it answered 410. `failing`: it has taken nothing for five days.' }),
    failing_since: time.nullable().openapi({ description: 'Since when every try has failed.' }),
    signature,
    public_key: publicKey,
    chat,
    old_secret_until: time.nullable().openapi({ description: 'Until when the secret or key before the present one signs, too.' }),
    created_at: time,
  })
  .openapi('Webhook')

/** What endpoints are posted. `data` has fields of its own for each type: docs/api.md names them. */
export const calledShape = z
  .object({
    type: z.enum([...PUBLIC_TYPES, 'email.routed', TEST_TYPE]),
    timestamp: time,
    created_at: time.openapi({ description: 'The same as `timestamp`.' }),
    sequence: z.number().int().openapi({ description: 'Counts the deliveries of an endpoint: order is not promised.' }),
    data: z.record(z.string(), z.unknown()).openapi({ description: 'What happened, by type: of mail `email_id`, `recipient`, `stream`, `tags`, `metadata` and more.' }),
  })
  .openapi('WebhookEvent')

/** What proves who posts. Standard Webhooks; the same under `svix-id` and so on. */
export const signedShape = z.object({
  'webhook-id': z.string().openapi({ description: 'The same in every try and every replay.' }),
  'webhook-timestamp': z.string().openapi({ description: 'Seconds since 1970.' }),
  'webhook-signature': z.string().openapi({ description: '`v1,` and the HMAC-SHA256, or `v1a,` and the Ed25519 signature, of id, time and body in base64; one for each secret or key, with blanks between.' }),
})

const secret = {
  secret: z.string().nullable().openapi({ example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', description: 'What calls are signed with. Shown this once; null for `v1a`, where `public_key` verifies them.' }),
  signing_secret: z.string().nullable().openapi({ description: 'The same as `secret`.' }),
} as const

/** A new endpoint, with its secret. */
export const newWebhookShape = webhookShape.extend(secret).openapi('NewWebhook')

/** What a new endpoint is made of. */
export const webhookWishes = z
  .strictObject({ url: url.optional(), endpoint: sameAsUrl, description: description.default(''), events: events.default(null), signature: signature.default('v1'), chat: chat.default(null) })
  .refine(({ url: own, endpoint }) => (own === undefined) !== (endpoint === undefined), { error: 'say where, as url or as endpoint', path: ['url'] })
  .openapi('WebhookWishes')

/** What may be changed of one. */
export const webhookChange = z
  .strictObject({
    ...{ url: url.optional(), endpoint: sameAsUrl, description: description.optional(), events: events.optional(), enabled: z.boolean().optional() },
    status: z.enum(['enabled', 'disabled']).optional().openapi({ description: 'Another way to say `enabled`, in the place of it.' }),
  })
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: 'say what to change: url, description, events or enabled' })
  .refine(({ url: own, endpoint }) => own === undefined || endpoint === undefined, { error: 'say url or endpoint, not both', path: ['url'] })
  .refine(({ enabled, status }) => enabled === undefined || status === undefined, { error: 'say enabled or status, not both', path: ['status'] })
  .openapi('WebhookChange')

/** How long the old secret goes on to sign, and how the new one does. */
export const rotation = z
  .strictObject({
    overlap_hours: z.number().int().min(0).max(MAX_OVERLAP_HOURS).default(OVERLAP_HOURS).openapi({ description: 'So long the present secret or key signs beside the new one.' }),
    signature: signature.optional(),
  })
  .openapi('WebhookRotation')

/** A new secret. */
export const rotatedShape = z.object({ object: z.literal('webhook'), id: z.string(), signature, ...secret, public_key: publicKey, old_secret_until: time }).openapi('WebhookRotated')

/** One try. */
export const tryShape = z
  .object({
    at: time,
    duration_ms: z.number().int(),
    status: z.number().int().nullable().openapi({ description: 'What the endpoint answered; null when it did not.' }),
    error: z.string().nullable(),
    response: z.string().openapi({ description: 'The first 1,024 octets of the answer.' }),
  })
  .openapi('WebhookTry')

/** One try in a list of them. */
export const attemptShape = tryShape
  .pick({ duration_ms: true, error: true, response: true })
  .extend({ id: z.string().openapi({ description: 'The id of the delivery and when it was tried.' }), sent_at: time, http_status_code: tryShape.shape.status })
  .openapi('WebhookAttempt')

/** An event on its way to an endpoint. */
export const callShape = z
  .object({
    id: z.string().openapi({ description: 'The header `webhook-id`: the same in every try.' }),
    type: z.string(),
    sequence: z.number().int(),
    state: z.enum(['waiting', 'calling', 'delivered', 'failed']),
    status: z.enum(['pending', 'attempting', 'success', 'failed']).openapi({ description: 'The same as `state`, in the words of Resend.' }),
    attempts: z.number().int(),
    created_at: time,
    next_attempt_at: time.nullable().openapi({ description: 'Null unless it waits.' }),
    last: tryShape.nullable(),
  })
  .openapi('WebhookDelivery')

/** The same with all that is known of it. */
export const wholeCallShape = callShape.extend({ object: z.literal('webhook_event'), body: z.string().openapi({ description: 'What is sent, to the letter.' }), payload: calledShape.nullable().openapi({ description: 'The same, read; null when it is there no more.' }), tries: z.array(tryShape).openapi({ description: 'The newest 100, newest first.' }) }).openapi('WebhookDeliveryWhole')

/** Which calls are listed. */
export const callFilter = z.object({ state: callShape.shape.state.optional(), type: z.string().max(100).optional() })

/** Which calls are sent again. */
export const replayWishes = z.strictObject({ since: time, which: z.enum(['failed', 'all']).default('failed').openapi({ description: '`all`: those that arrived, too.' }) }).openapi('WebhookReplay')

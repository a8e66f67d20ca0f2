import { z } from '@hono/zod-openapi'
import { saidElsewhere } from '../organization/said-elsewhere.ts'
import { STREAM_NAME } from '../organization/stream/name.ts'
import { valuesShape } from '../template/shape.ts'
import { MAX_ADDRESSES, MAX_FILES, MAX_HEADERS, MAX_TAG_CHARS, MAX_TAGS, MAX_TEXT_CHARS } from './limits.ts'

/** Text that stands in the header: a line break in it would begin another field. */
const line = (max: number) => z.string().max(max).regex(/^[^\r\n\0]*$/, { error: 'must not hold line breaks or NUL' })

const address = line(MAX_TEXT_CHARS).openapi({ example: 'Ani <ani@example.org>' })
const addresses = z.union([address, z.array(address).max(MAX_ADDRESSES)])
const tag = line(MAX_TAG_CHARS)

/** Both forms that programs know: a list of names and values, or an object. */
const few = <T extends z.ZodType<object>>(schema: T, most: number) => schema.refine((all) => Object.keys(all).length <= most, { error: `at most ${most} of them` })
const tags = z.union([z.array(z.strictObject({ name: tag.min(1), value: tag })).max(MAX_TAGS), few(z.record(tag.min(1), tag), MAX_TAGS)])

const attachment = z.strictObject({
  content: z.string().optional().openapi({ description: 'The file in base64.' }),
  filename: line(255).optional(),
  content_type: line(255).optional().openapi({ description: 'Told by the name of the file when it is missing.' }),
  content_id: line(200).optional().openapi({ description: 'Shown inside the HTML as `cid:` this.' }),
  path: z.string().max(2_000).optional().openapi({ description: 'Instead of content: where the file stands. It is fetched before the message is taken; not in a batch.', example: 'https://example.org/invoice.pdf' }),
})

/** A message to be sent, as JSON says it. */
export const emailShape = z
  .strictObject({
    from: address.optional().openapi({ description: 'At a domain of the organization. May come from the template.' }),
    to: addresses,
    cc: addresses.optional(),
    bcc: addresses.optional(),
    reply_to: addresses.optional(),
    subject: line(MAX_TEXT_CHARS).optional(),
    html: z.string().optional(),
    text: z.string().optional(),
    template: z
      .strictObject({ id: z.string().max(200), version: z.number().int().min(1).optional(), locale: z.string().max(50).optional(), variables: valuesShape.optional() })
      .optional()
      .openapi({ description: 'Instead of html and text: the id or alias of a template, and what is given for its variables.' }),
    headers: few(z.record(z.string(), line(MAX_TEXT_CHARS)), MAX_HEADERS).optional(),
    attachments: z.array(attachment).max(MAX_FILES).optional(),
    tags: tags.optional(),
    metadata: few(z.record(tag.min(1), tag), MAX_TAGS).optional().openapi({ description: 'Kept with the message and told with it; not sent.' }),
    stream: z
      .string()
      .regex(STREAM_NAME, { error: 'names no stream: write transactional, broadcast or one of your own such as broadcast.weekly' })
      .optional()
      .openapi({ description: '`transactional` when it is missing: the answer to something somebody did. `broadcast`: what goes to many; `broadcast.weekly` and the like: a stream that its readers know by name, made by `PUT /v1/streams/broadcast.weekly`.', example: 'transactional' }),
    tracking: z
      .strictObject({ opens: z.boolean().optional(), clicks: z.boolean().optional(), anonymous: z.boolean().optional().openapi({ description: 'Only count: do not tell which recipient it was.' }) })
      .optional()
      .openapi({ description: 'Whether openings and clicks of the HTML are noted: without it, those of the stream `broadcast` are.' }),
    unsubscribe: z
      .union([z.literal(false), z.strictObject({ url: z.string().max(2_000) })])
      .optional()
      .openapi({ description: 'How readers stop it. Without it what goes to many gets an address of ours. `url`: yours, which mail programs post to (RFC 8058); `false`: none, which only a transactional message may have.' }),
    scheduled_at: z.string().max(100).optional().openapi({ description: 'RFC 3339, `in 10 minutes` or `tomorrow at 9am`; at most 30 days ahead.' }),
    require_tls: z.boolean().optional().openapi({ description: 'Rather not deliver than without verified TLS: RFC 8689.' }),
    return_path: saidElsewhere('the return path is ours: by it we know which message bounced. Bounces are told to webhooks'),
    pool: saidElsewhere('the addresses that mail leaves from follow from its stream and from what the operator gave to the organization'),
    priority: saidElsewhere('what answers to something somebody did goes first: say stream, transactional or broadcast'),
    topic_id: saidElsewhere('what readers choose among are streams with names: say stream, such as broadcast.weekly'),
  })
  .openapi('EmailRequest')

/** It, checked. */
export type EmailRequest = z.infer<typeof emailShape>

const recipient = z.object({ email: z.string(), id: z.string().openapi({ description: 'Of the delivery: `/v1/queue/{id}`.' }), status: z.string() })

/** What became of a message that was taken. */
export const takenShape = z
  .object({
    id: z.string().openapi({ example: 'm-P7AGWW79Cj4y8gWlYMn' }),
    status: z.enum(['queued', 'scheduled', 'suppressed']),
    recipients: z.array(recipient),
  })
  .openapi('EmailTaken')

/** What became of a batch. */
export const batchTakenShape = z
  .object({ data: z.array(takenShape), errors: z.array(z.object({ index: z.number().int(), message: z.string(), errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })) })) })
  .openapi('EmailBatchTaken')

const time = z.iso.datetime()

const summary = {
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  reply_to: z.array(z.string()),
  subject: z.string(),
  stream: z.string(),
  tags: z.array(z.object({ name: z.string(), value: z.string() })),
  metadata: z.record(z.string(), z.string()),
  message_id: z.string(),
  created_at: time,
  scheduled_at: time.nullable(),
  resend_of: z.string().nullable().openapi({ description: 'The message that it repeats; null for one of its own.' }),
  last_event: z.string().nullable().openapi({
    description: 'What happened last to any of its recipients: `scheduled`, `queued`, `delivery_delayed`, `delivered`, `bounced`, `failed`, `suppressed`, `canceled`, `opened` or `clicked` (by a person, not by a program) or `complained`; null when nothing of it is known any more, a week after its deliveries were settled.',
  }),
}

/** A message that was sent, in a list. */
export const emailSummaryShape = z.object(summary).openapi('EmailSummary')

/** A message that was sent, with its recipients. */
export const sentEmailShape = z
  .object({
    object: z.literal('email'),
    ...summary,
    text: z.string().nullable().openapi({ description: 'What mail programs show. Null when it has none, is larger than 2 MiB (`/raw` tells it), or its bytes are removed.' }),
    html: z.string().nullable().openapi({ description: 'The same; the address by which its reader stops mail is hidden.' }),
    recipients: z.array(recipient.extend({ attempts: z.number().int(), last: z.object({ status: z.string(), text: z.string(), host: z.string().nullable(), at: time }).nullable() })),
  })
  .openapi('Email')

/** A new time for a message. */
export const scheduleShape = z.strictObject({ scheduled_at: z.string().max(100) }).openapi('EmailSchedule')

/** That it was changed. */
export const changedShape = z.object({ object: z.literal('email'), id: z.string() }).openapi('EmailChanged')

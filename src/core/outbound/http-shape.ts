import { z } from '@hono/zod-openapi'

const time = z.iso.datetime()
const texts = z.object({ en: z.string(), id: z.string() })

/** Something that is stopped. */
export const suspensionShape = z
  .object({
    id: z.string(),
    what: z.string().openapi({ description: 'Whom it concerns: a site, a source and a site, or an organization and a site.' }),
    covers: z.enum(['all', 'bulk']),
    by: z.string().openapi({ description: '`user`, or the rule that set it off.' }),
    reason: z.string(),
    first_reply: z.string().nullable(),
    since: time,
    until: time.nullable().openapi({ description: 'Null: until somebody ends it.' }),
  })
  .openapi('Suspension')

/** A lane, explained. */
export const laneShape = z
  .object({
    domain: z.string(),
    site: z.string().openapi({ description: 'The servers of the domain, whichever other domains they serve.' }),
    provider: z.string().nullable(),
    servers: z.array(z.object({ host: z.string(), port: z.number().int(), preference: z.number().int() })),
    fault: z.string().nullable().openapi({ description: 'Why there are no servers.' }),
    limits: z.array(z.object({ limit: z.string(), value: z.unknown(), origin: z.string().openapi({ description: 'Who said so: `default`, `provider`, `override` or `rule`.' }), text: texts })),
    suspensions: z.array(suspensionShape),
  })
  .openapi('Lane')

/** What is to be stopped. */
export const suspendWishes = z
  .strictObject({
    organization: z.string().max(100).nullable().default(null).openapi({ description: 'Only the mail of this organization, by its id.' }),
    covers: z.enum(['all', 'bulk']).default('all').openapi({ description: '`bulk`: only what goes to many.' }),
    minutes: z.number().int().min(1).max(366 * 24 * 60).nullable().default(null).openapi({ description: 'For how long; null until somebody ends it.' }),
    reason: z.string().min(1).max(200).regex(/^\P{Cc}*$/u, { error: 'want one line of text' }).default('stopped by hand'),
  })
  .openapi('SuspendWishes')

const host = z.strictObject({ host: z.string().min(1).max(255).regex(/^[A-Za-z0-9.:-]+$/, { error: 'is no host name or address' }), port: z.number().int().min(1).max(65_535) })

/** A transport that leads to servers. Its password goes in and never comes out. */
const relay = z.strictObject({
  kind: z.literal('relay'),
  hosts: z.array(host).min(1).max(10).openapi({ description: 'Best first.' }),
  protocol: z.enum(['smtp', 'lmtp']).default('smtp'),
  security: z.enum(['verified', 'implicit', 'opportunistic']).default('verified'),
  login: z.strictObject({ user: z.string().min(1).max(320), password: z.string().min(1).max(1_024) }).nullable().default(null),
})

/** Where mail for a domain is to go. */
export const transportWishes = z
  .discriminatedUnion('kind', [
    relay,
    z.strictObject({ kind: z.literal('direct') }).openapi({ description: 'By MX records, though all other mail goes to a relay.' }),
    z.strictObject({ kind: z.literal('refuse'), text: z.string().regex(/^[ -~]{1,200}$/, { error: 'is up to 200 characters of ASCII' }) }),
  ])
  .openapi('TransportWishes')

/** Where it goes. */
export const transportShape = z
  .object({
    pattern: z.string().openapi({ description: '`far.example`, `*.far.example` for all below it, or `*` for all; the most exact one counts.' }),
    kind: z.enum(['relay', 'direct', 'refuse']),
    hosts: z.array(host),
    protocol: z.enum(['smtp', 'lmtp']).nullable(),
    security: z.enum(['verified', 'implicit', 'opportunistic']).nullable(),
    user: z.string().nullable(),
    text: z.string().nullable(),
  })
  .openapi('Transport')

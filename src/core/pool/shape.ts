import { z } from '@hono/zod-openapi'
import { POOL_KINDS, SOURCE_NAME } from './source.ts'
import { WARMUP_GROUPS, WARMUP_PROFILES } from './table/warmup.ts'

/** What becomes of mail that a warming pool has no room for. */
const OVERFLOW_MODES = ['to-shared', 'defer', 'strict-split'] as const

const time = z.iso.datetime()
const name = z.string().regex(SOURCE_NAME, { error: 'is up to 32 lower-case letters, digits and hyphens' })
const texts = z.object({ en: z.string(), id: z.string() })
const weight = z.number().int().min(1).max(999_999_999).openapi({ description: 'Its part of the work beside others of its pool.' })
const profiles = Object.keys(WARMUP_PROFILES) as [keyof typeof WARMUP_PROFILES, ...(keyof typeof WARMUP_PROFILES)[]]
const warmup = z.strictObject({ profile: z.enum(profiles), target_per_day: z.number().int().min(1).nullable().default(null) }).openapi('WarmupWishes')
const ehlo = z.string().min(1).max(255)

/** A pool over HTTP. */
export const poolShape = z
  .object({ name, kind: z.enum(POOL_KINDS), organization: z.string().nullable(), overflow: z.string().nullable(), overflow_mode: z.enum(OVERFLOW_MODES), sources: z.array(z.string()) })
  .openapi('Pool')

/** What a pool is to be. */
export const poolWishes = z
  .strictObject({
    kind: z.enum(POOL_KINDS).default('all'),
    organization: z.string().max(100).nullable().default(null).openapi({ description: 'The id of its owner: of a dedicated pool, and of no other.' }),
    overflow: name.nullable().default(null).openapi({ description: 'The pool that takes what warm-up has no room for.' }),
    overflow_mode: z.enum(OVERFLOW_MODES).default('to-shared'),
    sources: z.array(name).max(500).default([]),
  })
  .openapi('PoolWishes')

const check = z.enum(['ok', 'failed', 'unknown'])

const groupShape = z.object({
  day: z.number().int(),
  per_day: z.number().int().openapi({ description: 'Messages that may go today; for `other`, to each site.' }),
  sent_today: z.number().int().nullable().openapi({ description: 'Null for `other`, which is counted by site.' }),
  stopped_until: time.nullable(),
  held_back: z.boolean().openapi({ description: 'A day went badly, and none has gone well since.' }),
  yesterday: z.object({ step: z.enum(['advance', 'free', 'hold', 'step-back', 'stop']), reasons: z.array(texts) }).nullable().openapi({ description: 'What was made of the last whole day, and why.' }),
})

/** Where the warm-up of a source stands. */
export const warmupShape = z
  .object({
    profile: z.enum(profiles),
    day: z.number().int(),
    per_day: z.number().int(),
    sent_today: z.number().int(),
    days_left: z.number().int().openapi({ description: 'When every day goes well.' }),
    groups: z.object(Object.fromEntries(WARMUP_GROUPS.map((group) => [group, groupShape])) as Record<(typeof WARMUP_GROUPS)[number], typeof groupShape>),
  })
  .openapi('Warmup')

/** A source over HTTP. */
export const sourceShape = z
  .object({
    name,
    address: z.string(),
    ehlo: z.string(),
    state: z.enum(['provisioning', 'warming', 'active', 'resting', 'quarantine', 'retired']),
    weight,
    pools: z.array(z.string()),
    sends_since: time.nullable(),
    usable: z.boolean().openapi({ description: 'Mail may leave from it: its state allows that, and no check failed.' }),
    checks: z.object({ reverse: check, ehlo: check, unlisted: check, egress: check, spf: check, clock: check }),
    checked_at: time.nullable(),
    missing: z.array(texts).openapi({ description: 'What is not known to be in order.' }),
    warmup: warmupShape.nullable(),
  })
  .openapi('Source')

/** A source to be added. */
export const sourceWishes = z
  .strictObject({ name, address: z.union([z.ipv4(), z.ipv6()]), ehlo: ehlo.optional(), weight: weight.default(1), warmup: warmup.nullable().default(null) })
  .openapi('SourceWishes')

/** What may be changed of one. */
export const sourceChange = z
  .strictObject({ state: z.enum(['active', 'resting', 'quarantine', 'retired']).optional(), ehlo: ehlo.optional(), weight: weight.optional(), warmup: warmup.nullable().optional().openapi({ description: 'Begins a plan from its first day; null ends the one under way.' }) })
  .refine((asked) => Object.values(asked).some((value) => value !== undefined), { error: 'say what to change: state, ehlo, weight or warmup' })
  .openapi('SourceChange')

import { createHash } from 'node:crypto'
import type { OrganizationId } from '../../base/brand.ts'
import { fail, ok, type Result } from '../../base/result.ts'

/** What is kept for a time that may be chosen. */
export const KINDS = ['events', 'transcripts', 'bodies', 'webhooks', 'audit'] as const

/** One of them. */
export type Kind = (typeof KINDS)[number]

/** Days by kind. */
export type Days = Readonly<Record<Kind, number>>

/** What a time must be within, and why. */
interface Bound {
  /** When nobody says otherwise: deliverability §8.2. */
  readonly usual: number
  readonly least: number
  readonly most: number
  readonly whyLeast: string
  readonly whyMost: string
  /** What it is, as pages and commands tell it. */
  readonly what: string
}

const NO_LONGER = 'ten years is more than anybody may need it'

/** What each kind is, and may be. */
export const BOUNDS: Readonly<Record<Kind, Bound>> = {
  events: { usual: 90, least: 7, most: 3_650, whyLeast: 'bounces and complaints come for a week, and are understood with the events before them', whyMost: NO_LONGER, what: 'what happened to each message; its counts stay for 25 months' },
  transcripts: { usual: 30, least: 1, most: 3_650, whyLeast: 'why a message did not arrive must be found out', whyMost: NO_LONGER, what: 'what was said with other servers' },
  bodies: { usual: 7, least: 0, most: 60, whyLeast: 'it cannot be less', whyMost: 'what is known of a message is kept for 60 days', what: 'messages that programs sent, after the last of their deliveries ended' },
  webhooks: { usual: 30, least: 7, most: 365, whyLeast: 'calls are tried for six days', whyMost: 'a call of a year ago is nobody\'s news', what: 'calls of webhooks, with their tries' },
  audit: { usual: 400, least: 365, most: 3_650, whyLeast: 'who changed what must be shown for a year (records of processing: UU PDP article 31, GDPR article 30)', whyMost: NO_LONGER, what: 'who changed what' },
}

/** What the system keeps when nobody says otherwise. */
export const USUAL_DAYS: Days = Object.fromEntries(KINDS.map((kind) => [kind, BOUNDS[kind].usual])) as Days

/** What an organization has chosen, and the most that operators allow it beside the system's time; null for neither. */
export interface Own {
  readonly days: number | null
  readonly mostDays: number | null
}

/** What holds for an organization. */
export function daysFor({ days, mostDays }: Own, systemDays: number): number {
  const most = mostDays ?? systemDays
  return Math.min(days ?? most, most)
}

/** Why so many days cannot be: a sentence that names the bound and its reason. */
export function checkDays(kind: Kind, days: number): Result<number, string> {
  const { least, most, whyLeast, whyMost } = BOUNDS[kind]
  if (days < least) return fail(`want at least ${inDays(least)}: ${whyLeast}`)
  return days > most ? fail(`want at most ${inDays(most)}: ${whyMost}`) : ok(days)
}

/** The same for what an organization chooses, which operators bound. */
export function checkChoice(kind: Kind, days: number, { mostDays }: Own, systemDays: number): Result<number, string> {
  const checked = checkDays(kind, days)
  const most = mostDays ?? systemDays
  return checked.ok && days > most ? fail(`want at most ${inDays(most)}: that is how long it is kept here, and only an operator can allow more`) : checked
}

/** A time as people read it. */
export function inDays(days: number): string {
  return days === 1 ? '1 day' : `${days} days`
}

/** What holds for everybody: the system's times, and those of organizations that have their own. */
export interface Terms {
  readonly system: Days
  readonly own: ReadonlyMap<OrganizationId, Days>
}

/** The times that are in use for a kind, the shortest first. */
export function timesOf({ system, own }: Terms, kind: Kind): readonly number[] {
  return [...new Set([system[kind], ...[...own.values()].map((days) => days[kind])])].toSorted((a, b) => a - b)
}

/** Whose things are removed after so many days. */
export interface Members {
  /** '' stands for what is no organization's. */
  readonly has: (organization: OrganizationId | '') => boolean
  /** The same text for the same organizations: whose time changes is in another one, and what was passed by is looked at again. */
  readonly digest: string
}

/** The organizations for which a kind is kept for `days` or less. */
export function membersOf({ system, own }: Terms, kind: Kind, days: number): Members {
  const others = new Set<OrganizationId | ''>([...own].flatMap(([organization, theirs]) => (theirs[kind] <= days === system[kind] <= days ? [] : [organization])))
  const inside = system[kind] <= days
  const digest = createHash('sha256').update(JSON.stringify([inside, [...others].toSorted()])).digest('hex')
  return { has: (organization) => inside !== others.has(organization), digest }
}

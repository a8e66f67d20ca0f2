import type { OrganizationId } from '../../base/brand.ts'
import type { Suspension } from '../pool/suspension.ts'

/** How mail of a stream to a provider stands: `warned` changes nothing, `slowed` goes at a quarter of its rate, `paused` waits for a person. */
export type Level = 'good' | 'warned' | 'slowed' | 'paused'

/** What is measured of a stream. Each is a share of mail to one provider. */
export type Metric = 'complaints' | 'hard-bounces' | 'blocks' | 'unsubscribes' | 'auth-failures'

/** The numbers that shares are made of. */
export interface Measured {
  readonly delivered: number
  /** To a provider that tells of complaints, and how many complained. */
  readonly deliveredHeard: number
  readonly complainedHeard: number
  readonly attempted: number
  readonly hard: number
  readonly block: number
  readonly authFailed: number
  readonly unsubscribed: number
}

/** Why a stream stands as it does: the inputs of the decision, as they were. */
export interface Finding {
  readonly level: Exclude<Level, 'good'>
  readonly metric: Metric
  /** Over how long. */
  readonly window: 'day' | 'week'
  readonly part: number
  readonly whole: number
  /** The share that was reached. */
  readonly limit: number
}

/** Mail of one stream of an organization to one provider. */
export interface StreamKey {
  readonly organization: OrganizationId
  readonly stream: string
  /** A provider's key, or `other` for all that we do not know. */
  readonly provider: string
}

/** How such mail stands, and since when. */
export interface Standing extends StreamKey {
  readonly level: Level
  readonly sinceMs: number
  /** Null when it is good. */
  readonly finding: Finding | null
  /** Mail accepted before is not counted: somebody looked at it, and let the stream go on. */
  readonly countedFromMs: number
  /** What slows or stops it; null when nothing does. */
  readonly suspension: Suspension | null
}

/** The name of a stream and a provider for people and programs, such as `broadcast:gmail`. */
export function standingName({ stream, provider }: Pick<StreamKey, 'stream' | 'provider'>): string {
  return `${stream}:${provider}`
}

/** The stream and the provider of such a name; null for what is none. No provider has a colon in its key. */
export function readStandingName(name: string): Pick<StreamKey, 'stream' | 'provider'> | null {
  const colon = name.lastIndexOf(':')
  return colon < 1 || colon === name.length - 1 ? null : { stream: name.slice(0, colon), provider: name.slice(colon + 1) }
}

/** A stream of which nothing was counted. */
export const UNMEASURED: Measured = { delivered: 0, deliveredHeard: 0, complainedHeard: 0, attempted: 0, hard: 0, block: 0, authFailed: 0, unsubscribed: 0 }

/** The name under which the place in the log is kept up to which streams were judged. */
export const STANDING_READER = 'standing'

import { perMinute, perSecond, rateFault } from './rate.ts'
import type { Rate } from './rate.ts'

/**
 * What TLS a site needs, from the least to the most. `require-insecure`: encrypted, with whatever version the peer has;
 * `require`: encrypted with a version we hold to be safe; `verify`: and with a certificate that proves the host's name.
 */
export type TlsNeed = 'disable' | 'opportunistic' | 'require-insecure' | 'require' | 'verify'

/** From the least to the most: overrides that may only narrow go to the right. */
export const TLS_NEEDS: readonly TlsNeed[] = ['disable', 'opportunistic', 'require-insecure', 'require', 'verify']

/** What one lane (a source and a site) may do. */
export interface LaneLimits {
  /** Connections at a time from this source. */
  readonly connections: number
  /** Connections at a time from all our sources together. */
  readonly connectionsOverAll: number
  readonly messagesPerConnection: number
  readonly recipientsPerMessage: number
  readonly rate: Rate
  /** Messages that may go at once when the lane was quiet. */
  readonly burst: number
  /** An open connection without work is closed after this. */
  readonly idleMs: number
  /** A connection is closed after this, whatever it does: peers change hosts behind their names. */
  readonly connectionAgeMs: number
  readonly tls: TlsNeed
  readonly family: 'any' | 'v4' | 'v6'
  readonly connectWithinMs: number
  readonly greetingWithinMs: number
}

/** The name of one limit. */
export type LimitName = keyof LaneLimits

/** Some of the limits: what an operator overrides, or a provider's row says. */
export type SomeLimits = { readonly [Name in LimitName]?: LaneLimits[Name] }

/** Numbers of the sites that nothing is known about, while a source is cold and after. Our own choice: polite to a small server. */
export const DEFAULT_LIMITS: { readonly cold: LaneLimits; readonly warm: LaneLimits } = {
  cold: {
    connections: 5,
    connectionsOverAll: 20,
    messagesPerConnection: 50,
    recipientsPerMessage: 100, // RFC 5321 §4.5.3.1.8: every server takes at least 100.
    rate: perMinute(30),
    burst: 5,
    idleMs: 60_000,
    connectionAgeMs: 600_000,
    tls: 'opportunistic',
    family: 'any',
    connectWithinMs: 30_000,
    greetingWithinMs: 60_000,
  },
  warm: {
    connections: 5,
    connectionsOverAll: 20,
    messagesPerConnection: 50,
    recipientsPerMessage: 100,
    rate: perSecond(5),
    burst: 5,
    idleMs: 60_000,
    connectionAgeMs: 600_000,
    tls: 'opportunistic',
    family: 'any',
    connectWithinMs: 30_000,
    greetingWithinMs: 60_000,
  },
}

/** The whole range of each number, so that a slip of the finger is an error and no flood. */
const RANGE: { readonly [Name in LimitName]?: readonly [number, number] } = {
  connections: [1, 500],
  connectionsOverAll: [1, 10_000],
  messagesPerConnection: [1, 10_000],
  recipientsPerMessage: [1, 1000],
  burst: [1, 10_000],
  idleMs: [0, 300_000],
  connectionAgeMs: [1000, 3_600_000],
  connectWithinMs: [1000, 300_000],
  greetingWithinMs: [1000, 300_000],
}

/** Why these are no limits, naming the one that is wrong; null when they are. For what operators write, and for our own tables. */
export function limitsFault(limits: SomeLimits): string | null {
  for (const [name, value] of Object.entries(limits)) {
    const range = RANGE[name as LimitName]
    if (range !== undefined) {
      const isRight = typeof value === 'number' && Number.isSafeInteger(value) && value >= range[0] && value <= range[1]
      if (!isRight) return `${name}: want a whole number from ${range[0]} to ${range[1]}, got ${String(value)}`
    } else if (name === 'rate') {
      const fault = limits.rate === undefined ? null : rateFault(limits.rate)
      if (fault !== null) return `rate: ${fault}`
    } else if (name === 'tls') {
      if (!(TLS_NEEDS as readonly unknown[]).includes(value)) return `tls: want one of ${TLS_NEEDS.join(', ')}, got ${String(value)}`
    } else if (name === 'family') {
      if (value !== 'any' && value !== 'v4' && value !== 'v6') return `family: want any, v4 or v6, got ${String(value)}`
    } else {
      return `${name}: no such limit`
    }
  }
  return null
}

import type { Domain, OrganizationId } from '../../base/brand.ts'
import { DEFAULT_LIMITS, TLS_NEEDS } from './lane-limits.ts'
import type { LaneLimits, LimitName, SomeLimits, TlsNeed } from './lane-limits.ts'
import { COLD_DAYS } from './limits.ts'
import { limitsOfRow } from './provider.ts'
import type { Providers } from './provider.ts'
import { burstOf, isSlower, shareOf, slower } from './rate.ts'
import type { Rate } from './rate.ts'
import { PROVIDERS } from './table/providers.ts'

/**
 * What an operator says differently. For a provider or a domain (and what is below it) it replaces; for a source or a tenant it only
 * narrows.
 */
export type Override =
  | { readonly level: 'provider'; readonly provider: string; readonly limits: SomeLimits }
  | { readonly level: 'domain'; readonly domain: string; readonly limits: SomeLimits }
  | { readonly level: 'source'; readonly source: string; readonly limits: SomeLimits }
  | { readonly level: 'tenant'; readonly organization: OrganizationId; readonly limits: SomeLimits }

/** What a rule of automation says for now. It only narrows; a share is of what the lane might do without any rule. */
export interface Adjustment {
  readonly rule: string
  /** Null: until somebody ends it. */
  readonly untilMs: number | null
  readonly state: 'active' | 'recovering'
  readonly rate: Narrowing<Rate> | null
  readonly connections: Narrowing<number> | null
  readonly messagesPerConnection: number | null
  readonly tls: TlsNeed | null
}

/** At most this, or this share; with both, whichever is more: recovery never goes below what the rule itself allowed. */
export interface Narrowing<T> {
  readonly atMost: T | null
  readonly percent: number | null
}

/** Who said that a limit is as it is. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'provider'; readonly provider: string; readonly age: 'cold' | 'warm' }
  | { readonly kind: 'override'; readonly level: Override['level']; readonly key: string }
  | { readonly kind: 'rule'; readonly rule: string; readonly untilMs: number | null; readonly state: Adjustment['state'] }

/** The limits of a lane, and for each who said so. */
export interface Resolved {
  readonly limits: LaneLimits
  readonly origins: { readonly [Name in LimitName]: Origin }
}

/** Whose limits are asked for. */
export interface LimitsQuestion {
  readonly domain: Domain | string
  /** From `siteOf`. */
  readonly provider: string | null
  readonly source: string
  /** Since the source began to send; below 30 it is cold. */
  readonly sourceAgeDays: number
  /** Set when the source is this organization's alone; null on a shared one, where no tenant speaks for the others. */
  readonly organization: OrganizationId | null
  readonly overrides: readonly Override[]
  readonly adjustments: readonly Adjustment[]
}

/** Resolves the limits of a lane: default, provider, operator for the provider, for the domain, for the source, for the tenant, rules. */
export function limitsOf(question: LimitsQuestion, providers: Providers = PROVIDERS): Resolved {
  const age = question.sourceAgeDays < COLD_DAYS ? 'cold' : 'warm'
  const draft = new Draft(DEFAULT_LIMITS[age])
  const row = question.provider === null ? null : (providers.byKey.get(question.provider) ?? null)
  if (row !== null) draft.replace(limitsOfRow(row, age), { kind: 'provider', provider: row.key, age })
  for (const override of inOrder(question)) {
    const origin: Origin = { kind: 'override', level: override.level, key: keyOf(override) }
    if (override.level === 'provider' || override.level === 'domain') draft.replace(override.limits, origin)
    else draft.narrow(override.limits, origin)
  }
  const before = draft.limits
  for (const adjustment of question.adjustments) {
    const { rule, untilMs, state } = adjustment
    draft.narrow(narrowed(before, adjustment), { kind: 'rule', rule, untilMs, state })
  }
  return { limits: draft.limits, origins: draft.origins }
}

/** Limits while they are put together. */
class Draft {
  limits: LaneLimits
  origins: Resolved['origins']

  constructor(limits: LaneLimits) {
    this.limits = limits
    const origin: Origin = { kind: 'default' }
    // Every name of `limits`, and nothing else: the cast says what the compiler cannot count.
    this.origins = Object.fromEntries(Object.keys(limits).map((name) => [name, origin])) as unknown as Resolved['origins']
  }

  replace(some: SomeLimits, origin: Origin): void {
    const given = withBurst(some)
    this.limits = { ...this.limits, ...given }
    this.#note(Object.keys(given) as LimitName[], origin)
  }

  narrow(some: SomeLimits, origin: Origin): void {
    const given = withBurst(some)
    const names = (Object.keys(given) as LimitName[]).filter((name) => isNarrower(name, given, this.limits))
    const narrower = Object.fromEntries(names.map((name) => [name, given[name]])) as SomeLimits
    this.limits = { ...this.limits, ...narrower }
    this.#note(names, origin)
  }

  #note(names: readonly LimitName[], origin: Origin): void {
    this.origins = { ...this.origins, ...Object.fromEntries(names.map((name) => [name, origin])) }
  }
}

/** A rate without a burst brings its own: the old one may be a minute's worth of the new rate. */
function withBurst(limits: SomeLimits): SomeLimits {
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as SomeLimits
  if (given.rate === undefined || given.burst !== undefined) return given
  return { ...given, burst: burstOf(given.rate) }
}

function isNarrower(name: LimitName, some: SomeLimits, now: LaneLimits): boolean {
  if (name === 'rate') return some.rate !== undefined && isSlower(some.rate, now.rate)
  if (name === 'tls') return some.tls !== undefined && TLS_NEEDS.indexOf(some.tls) > TLS_NEEDS.indexOf(now.tls)
  if (name === 'family') return some.family !== undefined && some.family !== 'any' && now.family === 'any'
  const value = some[name]
  return value !== undefined && value < now[name]
}

function narrowed(before: LaneLimits, adjustment: Adjustment): SomeLimits {
  const { rate, connections, messagesPerConnection, tls } = adjustment
  return {
    ...(rate === null ? {} : { rate: narrowedRate(before.rate, rate) }),
    ...(connections === null ? {} : { connections: narrowedConnections(before.connections, connections) }),
    ...(messagesPerConnection === null ? {} : { messagesPerConnection }),
    ...(tls === null ? {} : { tls }),
  }
}

/** A rate under a narrowing: never faster than before when `percent` is one. */
export function narrowedRate(before: Rate, { atMost, percent }: Narrowing<Rate>): Rate {
  const share = percent === null ? null : shareOf(before, percent)
  if (atMost === null || share === null) return atMost ?? share ?? before
  return slower(atMost, share) === atMost ? share : atMost
}

function narrowedConnections(before: number, { atMost, percent }: Narrowing<number>): number {
  const share = percent === null ? 0 : Math.floor((before * percent) / 100)
  return Math.max(1, atMost ?? 0, share)
}

/** Those that concern this lane, the wide ones first, and of domains the shorter name first: the nearest has the last word. */
function inOrder({ provider, domain, source, organization, overrides }: LimitsQuestion): readonly Override[] {
  const concerns = overrides.filter((override) => {
    switch (override.level) {
      case 'provider': return override.provider === provider
      case 'domain': return domain === override.domain || domain.endsWith(`.${override.domain}`)
      case 'source': return override.source === source
      case 'tenant': return override.organization === organization
    }
  })
  return concerns.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || keyOf(a).length - keyOf(b).length)
}

const LEVELS: readonly Override['level'][] = ['provider', 'domain', 'source', 'tenant']

function keyOf(override: Override): string {
  switch (override.level) {
    case 'provider': return override.provider
    case 'domain': return override.domain
    case 'source': return override.source
    case 'tenant': return override.organization
  }
}

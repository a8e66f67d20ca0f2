import type { OrganizationId } from '../../base/brand.ts'
import type { Category } from './category.ts'
import type { TlsNeed } from './lane-limits.ts'
import type { Rate } from './rate.ts'
import { providerOfSite } from './site.ts'
import type { Texts } from './text.ts'

/** Where in the conversation a reply was given. `final`: after the message. */
export type Stage = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'mail' | 'rcpt' | 'data' | 'final'

/** Whom a rule's actions concern. `author`: the domain of From; `recipient`: this delivery and nothing else, so nothing is remembered. */
export type Scope = 'source-site' | 'site' | 'tenant-site' | 'stream-site' | 'stream-provider' | 'stream' | 'author' | 'source' | 'recipient'

/** One thing that a rule does. */
export type Action =
  | { readonly do: 'rate'; readonly atMost: Rate | null; readonly percent: number | null }
  | { readonly do: 'connections'; readonly atMost: number | null; readonly percent: number | null }
  | { readonly do: 'messages-per-connection'; readonly atMost: number }
  /** Nothing goes, except now and then a canary if `canary`; `covers: 'bulk'` lets transactional mail pass. */
  | { readonly do: 'suspend'; readonly canary: boolean; readonly covers: 'all' | 'bulk' }
  /** Nothing goes, and no canary: a person has to look. */
  | { readonly do: 'pause' }
  | { readonly do: 'require-tls'; readonly need: TlsNeed }
  /** The reply means another category than its code says. */
  | { readonly do: 'reclass'; readonly category: Category }
  /** A 5xx that means 4xx. */
  | { readonly do: 'temporary' }
  | { readonly do: 'retry-after'; readonly afterMs: number; readonly sameSource: boolean }
  | { readonly do: 'alert'; readonly level: 'notice' | 'high' }
  /** Something of ours should be looked at now; `until-ok` lasts until it was found in order. */
  | { readonly do: 'check'; readonly what: 'dnsbl' | 'ptr' | 'auth' }
  /** Another pool. For faults of a network only, never to slip past a block: `loadRules` refuses it elsewhere. */
  | { readonly do: 'reroute'; readonly pool: string }
  /** As if another rule had been hit too. */
  | { readonly do: 'hit'; readonly rule: string }

/** How long a step lasts, in ms, or until what; null for actions that are over at once. */
export type Lasts = number | 'manual' | 'until-ok' | 'permanent' | null

/** What a rule does from some number of hits on. Later steps add to the earlier ones. */
export interface Step {
  /** Null: at the first hit. */
  readonly after: { readonly hits: number; readonly withinMs: number } | null
  /** Only for replies of this class. */
  readonly replies: '4' | '5' | null
  readonly actions: readonly Action[]
  readonly lasts: Lasts
}

/** What a reply must look like: everything that is given must hold. Patterns are matched without case, anywhere in the text. */
export interface Condition {
  /** The first digits of the code: `4`, `421`. */
  readonly code?: string
  /** One of these enhanced codes. */
  readonly enhanced?: readonly string[]
  readonly text?: RegExp
  readonly and?: RegExp
}

/** One rule: a row of the tables in `table/`. */
export interface Rule {
  readonly id: string
  /** Keys of providers; `any` rules are asked when no provider's rule matched. */
  readonly providers: readonly string[] | 'any'
  /** Null: wherever the reply was given. */
  readonly stages?: readonly Stage[]
  /** One of these, unless `except` matches. Or a number that somebody counts. */
  readonly when: readonly Condition[] | Counter
  readonly except?: RegExp
  readonly scope: Scope
  readonly steps: readonly Step[]
  /** What it means, for whoever is told of it. */
  readonly note: Texts
  /** Replies (or numbers) that hit this very rule, and some near them that do not. */
  readonly tests: { readonly yes: readonly string[]; readonly no: readonly string[] }
}

/** A number that is counted elsewhere, and where it becomes a hit. Of connections: failures in a row. Of users: percent of the last 500. */
export interface Counter {
  readonly count: 'connect-failures' | 'unknown-users'
  readonly atLeast: number
}

/** Who was sending what where when something happened. */
export interface Keys {
  readonly source: string
  readonly site: string
  /** Null for our own mail: nobody's tenant. */
  readonly organization: OrganizationId | null
  readonly stream: string | null
  /** The domain of its author, of what goes to many; not there for all other mail. */
  readonly author?: string | undefined
}

/** The key of what a scope names, equal for whom the rule concerns together. Null when there is nobody to name. */
export function scopeKey(scope: Scope, { source, site, organization, stream, author }: Keys): string | null {
  switch (scope) {
    case 'source-site': return `${scope} ${source} ${site}`
    case 'site': return `${scope} ${site}`
    case 'source': return `${scope} ${source}`
    case 'tenant-site': return organization === null ? null : `${scope} ${organization} ${site}`
    case 'stream-site': return organization === null || stream === null ? null : `${scope} ${organization} ${stream} ${site}`
    case 'stream-provider': return organization === null || stream === null ? null : `${scope} ${organization} ${stream} ${providerOfSite(site) ?? 'other'}`
    case 'stream': return organization === null || stream === null ? null : `${scope} ${organization} ${stream}`
    case 'author': return organization === null || author === undefined ? null : `${scope} ${organization} ${author}`
    case 'recipient': return null
  }
}

/** Scopes that outlive a delivery. */
export const LASTING_SCOPES: readonly Scope[] = ['source-site', 'site', 'source', 'tenant-site', 'stream-site', 'stream-provider', 'stream', 'author']

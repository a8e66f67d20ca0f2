import type { OrganizationId } from '../../base/brand.ts'
import { MAX_STARS } from './limits.ts'

/** A program's endpoint that is to get the mail of an address. */
export interface Hook {
  /** The route that says so. */
  readonly route: string
  readonly organization: OrganizationId
  /** The webhook. */
  readonly webhook: string
}

/** Addresses of a domain that lead somewhere by a pattern. */
export interface PatternRoute {
  readonly id: string
  readonly organization: OrganizationId
  /** A folded local part, in which `*` stands for any letters. */
  readonly pattern: string
  /** Addresses, here or elsewhere; with no webhook, none of them refuses the mail. */
  readonly targets: readonly string[]
  readonly webhook: string | null
}

/** The most exact route of a local part: one without `*` first, then the one with most letters. Null when none is for it. */
export function routeFor(routes: readonly PatternRoute[], local: string): PatternRoute | null {
  const fitting = routes.filter(({ pattern }) => matches(pattern, local))
  const [best] = fitting.toSorted((a, b) => exactness(b.pattern) - exactness(a.pattern) || (a.pattern < b.pattern ? -1 : 1))
  return best ?? null
}

function exactness(pattern: string): number {
  const letters = pattern.replaceAll('*', '').length
  return pattern.includes('*') ? letters : letters + 1_000
}

/** Whether a folded local part fits. Each piece between stars is looked for once, from left to right: linear time. */
export function matches(pattern: string, local: string): boolean {
  const [first = '', ...rest] = pattern.split('*', MAX_STARS + 2)
  const last = rest.pop()
  if (last === undefined) return pattern === local
  if (!local.startsWith(first)) return false
  let at = first.length
  for (const piece of rest) {
    const found = local.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return local.length - last.length >= at && local.endsWith(last)
}

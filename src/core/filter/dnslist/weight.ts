import { REJECT_WEIGHT } from './limits.ts'
import type { ListHit } from './list-session.ts'

/** What lists weigh together for the address of a client, beside the score: from `REJECT_WEIGHT` on its mail is refused. deliverability §5.3. */
export interface ListWeight {
  readonly weight: number
  readonly isReject: boolean
  /** The zones that count, the heaviest first. */
  readonly zones: readonly string[]
}

const GRAVE_RULES: Readonly<Record<string, number>> = { DNSBL_SBL: 6, DNSBL_CSS: 6, DNSBL_XBL: 6, DNSBL_DROP: 6, DNSBL_PBL: 4 }

/** What any other list that may refuse weighs. */
const USUAL_WEIGHT = 2

/** Weighs the hits of a client's address. A zone counts once, by its gravest rule; domains do not count, nor lists that only score. */
export function listWeight(hits: readonly ListHit[]): ListWeight {
  const zones = new Map<string, number>()
  for (const { list, subject, rules } of hits) {
    if (list.tier !== 'block' || (subject.kind !== 'ip4' && subject.kind !== 'ip6')) continue
    for (const rule of rules) zones.set(list.zone, Math.max(zones.get(list.zone) ?? 0, GRAVE_RULES[rule] ?? USUAL_WEIGHT))
  }
  const weight = [...zones.values()].reduce((sum, each) => sum + each, 0)
  return { weight, isReject: weight >= REJECT_WEIGHT, zones: [...zones].toSorted((a, b) => b[1] - a[1]).map(([zone]) => zone) }
}

/** How much DNSWL thinks of a client: null when it is not listed there. */
export function allowLevel(hits: readonly ListHit[]): 'none' | 'low' | 'medium' | 'high' | null {
  const rules = new Set(hits.flatMap((hit) => hit.rules))
  for (const level of ['high', 'medium', 'low', 'none'] as const) if (rules.has(`DNSWL_${level.toUpperCase()}`)) return level
  return null
}

/** What is to become of SPF records. */
export interface Mending {
  /** All that begin with `v=spf1` at the name; empty when there is none. */
  readonly texts: readonly string[]
  /** Terms to leave out, as they are written there. */
  readonly drop: ReadonlySet<string>
  /** Terms of ours that must be in it. */
  readonly add: readonly string[]
}

const ALL = /^[+?~-]?all$/i
const PTR = /^[+?~-]?ptr(?:[:/]|$)/i

/**
 * One record out of those that there are: everybody else who may send for the domain still may, what does harm is left out, and it ends in `~all`, or
 * `-all` where that was said. Each term once; ours come first, where every receiver gets to before it stops counting.
 */
export function mendSpf({ texts, drop, add }: Mending): string {
  const terms = texts.flatMap((text) => text.split(/ +/)).filter((term) => term !== '' && !/^v=spf1$/i.test(term))
  const end = terms.findLast((term) => term === '-all' || term === '~all')
  const kept = terms.filter((term) => !ALL.test(term) && !PTR.test(term) && !drop.has(term))
  const redirects = kept.filter((term) => /^redirect=/i.test(term))
  const others = kept.filter((term) => !/^redirect=/i.test(term))
  // RFC 7208 §6.1: a redirect means nothing beside an all.
  const last = end ?? (terms.some((term) => ALL.test(term)) ? '~all' : (redirects[0] ?? '~all'))
  return ['v=spf1', ...new Set([...add, ...others]), last].join(' ')
}

/** Finds an address in text that was written by anybody, and puts something else in its place. */
export interface Mention {
  isIn(text: string): boolean
  replaceIn(text: string, by: string): string
}

/**
 * Looks for a folded address, whatever the case of its letters, raw or as it stands in a URL (`%40`). Only whole addresses: `ani@x.example` does not stand in
 * `dani@x.example` or `ani@x.example.org`.
 */
export function mentionOf(address: string): Mention {
  const at = address.lastIndexOf('@')
  const [local, domain] = [address.slice(0, at), address.slice(at + 1)].map((part) => RegExp.escape(part)) as [string, string]
  // Before it no letter that would make the local part longer, unless it ends an escape of a URL; behind it nothing that would make the domain longer.
  const source = `(?:(?<![\\p{L}\\p{N}._+-])|(?<=%[0-9a-f]{2}))${local}(?:@|%40)${domain}(?![\\p{L}\\p{N}-]|\\.[\\p{L}\\p{N}])`
  const found = new RegExp(source, 'iu')
  const all = new RegExp(source, 'giu')
  return { isIn: (text) => found.test(text), replaceIn: (text, by) => text.replace(all, by) }
}

import { MAX_RECORD_CHARS, MAX_TAGS, MAX_URL_CHARS } from './limits.ts'

/** What the TXT records at `<selector>._bimi.<domain>` say. draft-brand-indicators-for-message-identification §4.2. */
export type BimiRecord =
  /** Where the picture is, and where the certificate that says whose it is; null for none. Both HTTPS. */
  | { readonly kind: 'record'; readonly location: string | null; readonly evidence: string | null }
  /** The owner wants no picture: both are empty. */
  | { readonly kind: 'declined' }
  /** There is no record, several, or one that is broken. */
  | { readonly kind: 'none' }
  | { readonly kind: 'broken' }

/** The name whose TXT records are asked for. */
export function bimiName(selector: string, domain: string): string {
  return `${selector}._bimi.${domain}`
}

/** Reads the records, the strings of each joined. What begins otherwise is no record of ours to read. */
export function parseBimi(texts: readonly string[]): BimiRecord {
  const own = texts.filter((text) => /^v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/i.test(text))
  const [text] = own
  if (text === undefined) return { kind: 'none' }
  const tags = own.length === 1 && text.length <= MAX_RECORD_CHARS ? tagsOf(text) : null
  if (tags === null) return { kind: 'broken' }
  const location = tags.get('l') ?? ''
  const evidence = tags.get('a') ?? ''
  if (location === '' && evidence === '') return tags.has('l') ? { kind: 'declined' } : { kind: 'broken' }
  if (!isUsable(location) || !isUsable(evidence)) return { kind: 'broken' }
  return { kind: 'record', location: location === '' ? null : location, evidence: evidence === '' ? null : evidence }
}

/** The selector that a BIMI-Selector field names, `default` without one; null when it names none that could be asked for. §4.4. */
export function bimiSelector(field: string | null): string | null {
  if (field === null) return 'default'
  const [, selector] = /(?:^|;)[ \t]*s[ \t]*=[ \t]*([a-z0-9_-]{1,63})[ \t]*(?:;|$)/i.exec(field.slice(0, MAX_RECORD_CHARS)) ?? []
  return selector?.toLowerCase() ?? null
}

/** Names and values; null when a tag comes twice. */
function tagsOf(text: string): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>()
  for (const piece of text.split(';', MAX_TAGS)) {
    const equals = piece.indexOf('=')
    if (equals === -1) continue
    const name = piece.slice(0, equals).trim().toLowerCase()
    if (tags.has(name)) return null
    tags.set(name, piece.slice(equals + 1).trim())
  }
  return tags
}

/** §4.2: HTTPS only. */
function isUsable(url: string): boolean {
  return url === '' || (url.length <= MAX_URL_CHARS && /^https:\/\/[!-~]+$/i.test(url))
}

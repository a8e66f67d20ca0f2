import type { HeaderScan } from '../../proto/mail/header-scan.ts'

/** What may stand once, besides what `HeaderScan.duplicates` knows: RFC 2369 §3, RFC 2919 §3, RFC 8058 §3.1; Feedback-ID by Google's word. */
const FOR_PROGRAMS: ReadonlySet<string> = new Set(['list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'list-help', 'list-subscribe', 'list-post', 'list-owner', 'list-archive', 'feedback-id'])

/**
 * A field that stands in a header more often than it may (RFC 5322 §3.6); null for none. Readers differ on which one counts, and Gmail refuses such mail of programs
 * (deliverability §8.1). What is left out because it is unusable does not count.
 */
export function repeatedField({ duplicates, fields }: HeaderScan): string | null {
  const names = fields.map(({ name }) => name).filter((name) => FOR_PROGRAMS.has(name))
  const repeated = duplicates[0] ?? names.find((name, at) => names.indexOf(name) < at)
  return repeated?.replace(/\b(?:id|mime)\b|\b[a-z]/g, (part) => part.toUpperCase()) ?? null
}

/** What is said of such a field. */
export const TWICE = 'stands twice in the header, and may stand there once: write it once'

import { ANSWERED, DELETED, DRAFT, FLAGGED, SEEN } from './backend.ts'
import { MAX_KEYWORD, MAX_KEYWORDS } from './limits.ts'
import type { Scanner } from './scanner.ts'

/** Flags as a command gives them: system flags as bits, keywords as written. */
export interface Flags {
  readonly flags: number
  readonly keywords: readonly string[]
}

const BITS: ReadonlyMap<string, number> = new Map([
  ['SEEN', SEEN],
  ['ANSWERED', ANSWERED],
  ['FLAGGED', FLAGGED],
  ['DELETED', DELETED],
  ['DRAFT', DRAFT],
])

/** System flags in wire form for each of the 32 sets of bits. */
const NAMES: readonly string[] = Array.from({ length: 32 }, (_, bits) =>
  [
    [ANSWERED, '\\Answered'],
    [FLAGGED, '\\Flagged'],
    [DELETED, '\\Deleted'],
    [SEEN, '\\Seen'],
    [DRAFT, '\\Draft'],
  ]
    .filter(([bit]) => (bits & (bit as number)) !== 0)
    .map(([, name]) => name)
    .join(' '),
)

/** Every system flag, as FLAGS and PERMANENTFLAGS list them. */
export const ALL_FLAGS: string = NAMES[31] as string // 32 entries were just made.

/** Reads `(\Seen $Forwarded)`. Keywords that differ only in case are one. */
export function scanFlagList(s: Scanner): Flags {
  s.need('(')
  if (s.skip(')')) return { flags: 0, keywords: [] }
  const flags = scanFlags(s)
  s.need(')')
  return flags
}

/**
 * Reads flags parted by spaces, without parentheses, as STORE also allows.
 *
 * System flags that we do not keep are in the grammar (RFC 9051 §9, flag-extension) and not in PERMANENTFLAGS: a change of one is
 * ignored, as RFC 9051 §7.1 allows. \Recent is one of them (RFC 3501 §2.3.2), and Outlook's APPEND names it all the same.
 */
export function scanFlags(s: Scanner): Flags {
  let flags = 0
  const keywords = new Map<string, string>()
  do {
    if (s.skip('\\')) {
      flags |= BITS.get(s.word()) ?? 0
      continue
    }
    const keyword = s.atom()
    if (keyword.length > MAX_KEYWORD || keywords.size === MAX_KEYWORDS) s.fail('too many or too long keywords')
    if (s.fault === null && !keywords.has(keyword.toLowerCase())) keywords.set(keyword.toLowerCase(), keyword)
  } while (s.skip(' '))
  return { flags, keywords: [...keywords.values()] }
}

/** Flags in wire form, without parentheses. */
export function formatFlags(flags: number, keywords: readonly string[]): string {
  const system = NAMES[flags & 31] as string // Masked to the table's size.
  if (keywords.length === 0) return system
  const own = keywords.join(' ')
  return system === '' ? own : `${system} ${own}`
}

/** True when `keywords` has this one, in any case. */
export function hasKeyword(keywords: readonly string[], keyword: string): boolean {
  if (keywords.length === 0) return false
  if (keywords.includes(keyword)) return true
  const folded = keyword.toLowerCase()
  return keywords.some((own) => own.toLowerCase() === folded)
}

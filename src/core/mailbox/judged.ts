import type { Role } from './mailbox.ts'

/** What marks a message as spam for clients. RFC 9051 §2.3.2. */
export const JUNK_KEYWORD = '$Junk'

/** What somebody says of a message by what they do with it. */
export type Judgement = 'junk' | 'not-junk'

/** How it was said. */
export type How = 'moved' | 'copied' | 'appended' | 'flagged'

/** Messages of one command whose judgement is told. More at once is tidying up, which says nothing of each. deliverability §5.8. */
export const MAX_JUDGED = 500

/**
 * What it says to put a message from one mailbox into another: into Junk, that it is junk; out of it, that it is not. Out of it into Trash says nothing: who
 * throws spam away has not changed their mind.
 */
export function saidByMove(from: Role | null, to: Role | null): Judgement | null {
  if (from === to) return null
  if (to === 'junk') return 'junk'
  return from === 'junk' && to !== 'trash' ? 'not-junk' : null
}

/** RFC 9051 §2.3.2 has $Junk and $NotJunk; older clients say it without the sign, Thunderbird says `NonJunk`. All lower-case. */
const JUNK: ReadonlySet<string> = new Set(['$junk', 'junk'])
const NOT_JUNK: ReadonlySet<string> = new Set(['$notjunk', 'notjunk', '$nonjunk', 'nonjunk'])

/** What keywords say of a message, as a set. RFC 9051 §2.3.2: both at once are to be taken as none. */
export function saidByKeywords(keywords: readonly string[]): Judgement | null {
  const junk = keywords.some((keyword) => JUNK.has(keyword.toLowerCase()))
  const notJunk = keywords.some((keyword) => NOT_JUNK.has(keyword.toLowerCase()))
  if (junk === notJunk) return null
  return junk ? 'junk' : 'not-junk'
}

/**
 * What a change of keywords says: what was added counts, also beside its contrary. Taking away the mark of junk says that it is none; a client that replaces all
 * keywords, and knows nothing of these, says nothing by that.
 */
export function saidByChange(before: readonly string[], after: readonly string[], op: 'add' | 'remove' | 'replace'): Judgement | null {
  const was = saidByKeywords(before)
  const added = saidByKeywords(after.filter((keyword) => !before.includes(keyword)))
  if (added !== null) return added === was ? null : added
  return op === 'remove' && was === 'junk' && saidByKeywords(after) === null ? 'not-junk' : null
}

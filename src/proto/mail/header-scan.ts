import { authservIdOf } from './auth-results.ts'
import { asBuffer } from './bytes.ts'
import { parseDate } from './date.ts'
import { parseAddressList } from './display-address.ts'
import type { ListedAddress } from './display-address.ts'
import { fieldText, readHeader } from './headers.ts'
import type { Field, HeaderBlock, HeaderDefect } from './headers.ts'
import { parseMessageIds } from './message-id.ts'
import { MAX_ADDRESSES, MAX_FIELD_BYTES } from './limits.ts'
import type { Range } from './view.ts'

/** Which header fields of a received message are left out of what clients see. */
export interface HeaderRules {
  /** Lower-case names whose fields are left out: `return-path` at final delivery, `bcc` at submission. */
  readonly leaveOut: ReadonlySet<string>
  /** Leave out each Authentication-Results that speaks in this name (lower-case); null to keep all. */
  readonly authservId: string | null
  /**
   * What becomes of folded lines before the first field. Where we put fields of our own in front of a stranger's message they must be left
   * out: they would go on with our last field, and say there what they like.
   */
  readonly orphans: 'keep' | 'leave-out'
  /** What becomes of a Date that is none and a Message-ID without an id that has an `@`: left out they count as missing. RFC 6409 §8.2, §8.3. */
  readonly unusable: 'keep' | 'leave-out'
}

/** What the end of DATA needs to know of a message's header, found in one pass. */
export interface HeaderScan extends HeaderBlock {
  /** Lower-case names of all fields there are: `names.has('date')`. */
  readonly names: ReadonlySet<string>
  /** Names that RFC 5322 §3.6 allows once and that came more often, each once. */
  readonly duplicates: readonly string[]
  /** `Received` fields. At `MAX_RECEIVED` the message goes in circles. */
  readonly receivedCount: number
  /** Ranges to leave out of the view, in order. */
  readonly skips: readonly Range[]
  /** Every entry of every From field; a group has entries of its own. */
  readonly from: readonly ListedAddress[]
  /** What every From and every Sender field says, for `readAuthors`; null for one too long to be read whole. */
  readonly authorTexts: Readonly<Record<'from' | 'sender', readonly (string | null)[]>>
  /** The first Message-ID without brackets, or null. */
  readonly messageId: string | null
}

const NUL = 0
const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32

/** Leaves nothing out: for APPEND, imports and tools. */
export const KEEP_ALL: HeaderRules = { leaveOut: new Set(), authservId: null, orphans: 'keep', unusable: 'keep' }

/** RFC 5322 §3.6: at most one of each. RFC 2045 §3 for the MIME ones. */
const SINGLE: ReadonlySet<string> = new Set([
  'date', 'from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'message-id', 'in-reply-to', 'references', 'subject',
  'mime-version', 'content-type', 'content-transfer-encoding', 'content-id', 'content-description',
])

/** Scans the header at the start of `bytes`. Never throws for what is in it. */
export function scanHeader(bytes: Uint8Array, rules: HeaderRules = KEEP_ALL): HeaderScan {
  return scanBlock(bytes, readHeader(bytes), rules)
}

/** The same over a block that has been cut already. */
export function scanBlock(bytes: Uint8Array, block: HeaderBlock, rules: HeaderRules): HeaderScan {
  const names = new Set<string>()
  const duplicates = new Set<string>()
  const skips: Range[] = []
  const from: ListedAddress[] = []
  const authorTexts: { readonly from: (string | null)[]; readonly sender: (string | null)[] } = { from: [], sender: [] }
  if (rules.orphans === 'leave-out') skips.push(...orphans(bytes))
  let receivedCount = 0
  let messageId: string | null = null
  for (const field of block.fields) {
    if (rules.unusable === 'leave-out' && isUnusable(bytes, field)) {
      skips.push({ start: field.start, end: field.end })
      continue
    }
    const known = names.size
    names.add(field.name)
    if (names.size === known && SINGLE.has(field.name)) duplicates.add(field.name)
    if (leavesOut(bytes, field, rules)) skips.push({ start: field.start, end: field.end })
    if (field.name === 'received') receivedCount++
    else if (field.name === 'from') {
      const text = fieldText(bytes, field)
      from.push(...parseAddressList(text, Math.max(0, MAX_ADDRESSES - from.length)))
      authorTexts.from.push(isWhole(field) ? text : null)
    } else if (field.name === 'sender') authorTexts.sender.push(isWhole(field) ? fieldText(bytes, field) : null)
    else if (field.name === 'message-id') messageId ??= parseMessageIds(fieldText(bytes, field), 1)[0] ?? null
  }
  return { ...block, names, duplicates: [...duplicates], receivedCount, skips, from, authorTexts, messageId }
}

/** Is there something wrong that a strict receiver would name? For scores and for submission's checks. */
export function headerDefects(scan: HeaderScan): readonly (HeaderDefect | 'duplicate-field' | 'no-empty-line')[] {
  const found: (HeaderDefect | 'duplicate-field' | 'no-empty-line')[] = [...scan.defects]
  if (scan.duplicates.length > 0) found.push('duplicate-field')
  if (!scan.terminated) found.push('no-empty-line')
  return found
}

/**
 * What may not stand among header lines, before `end`: NUL, or a CR or LF that is not part of CRLF. RFC 5322 §2.2. Readers differ on where a
 * line ends there, so that a field one of them checked is not the field another shows. Of `lines` the line ends have been looked at already.
 */
export function headerLineFault(bytes: Uint8Array, end: number, content: 'lines' | 'binary'): 'nul' | 'bare-line-end' | null {
  const header = asBuffer(bytes).subarray(0, end)
  if (header.includes(NUL)) return 'nul'
  return content === 'binary' && hasBareLineEnd(header) ? 'bare-line-end' : null
}

/** Is there a CR or LF that is not part of CRLF? */
export function hasBareLineEnd(given: Uint8Array): boolean {
  const bytes = asBuffer(given)
  for (let at = bytes.indexOf(CR); at !== -1; at = bytes.indexOf(CR, at + 1)) if (bytes[at + 1] !== LF) return true
  for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) if (bytes[at - 1] !== CR) return true
  return false
}

/** The folded lines at the very start, which belong to no field: one range or none. */
function orphans(bytes: Uint8Array): readonly Range[] {
  let end = 0
  while (bytes[end] === SPACE || bytes[end] === TAB) {
    const lf = bytes.indexOf(LF, end)
    end = lf === -1 ? bytes.length : lf + 1
  }
  return end === 0 ? [] : [{ start: 0, end }]
}

/** `fieldText` cuts longer ones. */
function isWhole(field: Field): boolean {
  return field.end - field.valueStart <= MAX_FIELD_BYTES
}

function isUnusable(bytes: Uint8Array, field: Field): boolean {
  if (field.name === 'date') return parseDate(fieldText(bytes, field)) === null
  // RFC 5322 §3.6.4: left and right of an `@`.
  return field.name === 'message-id' && parseMessageIds(fieldText(bytes, field), 1)[0]?.includes('@') !== true
}

function leavesOut(bytes: Uint8Array, field: Field, rules: HeaderRules): boolean {
  if (rules.leaveOut.has(field.name)) return true
  if (rules.authservId === null || field.name !== 'authentication-results') return false
  return authservIdOf(fieldText(bytes, field)) === rules.authservId
}

import { mailboxesOf, parseAddressList } from '../../proto/mail/display-address.ts'
import { type Field, fieldText, type HeaderBlock } from '../../proto/mail/headers.ts'
import { MAX_RECEIVED } from '../../proto/mail/limits.ts'
import type { Range } from '../../proto/mail/view.ts'
import { type Refusal, refuse } from './refusal.ts'

/** Addresses a From field may have: one to many authors of one message is plenty. */
const MAX_AUTHORS = 50

/** What the header of an arriving message says that acceptance depends on. */
export interface Inspection {
  /** Addresses in From, as written. */
  readonly authors: readonly string[]
  readonly hasFrom: boolean
  readonly hasDate: boolean
  readonly hasMessageId: boolean
  /** Ranges that must not be kept: a Return-Path set in transit, results in our name; Bcc of a submission. */
  readonly skips: readonly Range[]
  /** Why it cannot be accepted, or null. */
  readonly refusal: Refusal | null
}

/** Which fields are left out of what we keep. */
export interface InspectRules {
  /** Authentication-Results of this authserv-id are somebody's forgery: RFC 8601 §5. */
  readonly authservId: string
  /** True for mail of our own users: RFC 6409 §8 lets us mend it, and Bcc must not travel (RFC 5322 §3.6.3). */
  readonly submission: boolean
}

/** Reads the header of a message once, for everything that is decided before it is stored. `bytes` are those `block` was read from. */
export function inspect(bytes: Uint8Array, block: HeaderBlock, rules: InspectRules): Inspection {
  const skips: Range[] = []
  let received = 0
  let from: Field | null = null
  let authorFields = 0
  let hasDate = false
  let hasMessageId = false
  for (const field of block.fields) {
    switch (field.name) {
      case 'received':
        received += 1
        break
      case 'from':
        from ??= field
        authorFields += 1
        break
      case 'date':
        hasDate = true
        break
      case 'message-id':
        hasMessageId = true
        break
      case 'return-path': // RFC 5321 §4.4: it is added at final delivery, and one that is there already is taken away.
        skips.push(rangeOf(field))
        break
      case 'bcc':
        if (rules.submission) skips.push(rangeOf(field))
        break
      case 'authentication-results':
        if (claimsOurName(fieldText(bytes, field), rules.authservId)) skips.push(rangeOf(field))
        break
    }
  }
  return {
    authors: from === null ? [] : mailboxesOf(parseAddressList(fieldText(bytes, from), MAX_AUTHORS)),
    hasFrom: from !== null,
    hasDate,
    hasMessageId,
    skips,
    refusal: refusalOf(received, authorFields),
  }
}

function refusalOf(received: number, authorFields: number): Refusal | null {
  // RFC 5321 §6.3. A final refusal: a loop that is told to come back lives for days.
  if (received >= MAX_RECEIVED) return refuse(554, '5.4.6', `Mail loop: ${received} Received fields`)
  // RFC 5322 §3.6 allows one. Two let one reader see another author than the next.
  if (authorFields > 1) return refuse(550, '5.6.0', 'More than one From field')
  return null
}

function rangeOf(field: Field): Range {
  return { start: field.start, end: field.end }
}

/** RFC 8601 §2.2: the authserv-id is the first word, perhaps with a version behind it. */
function claimsOurName(text: string, authservId: string): boolean {
  return (/^[^\s;]+/.exec(text)?.[0] ?? '').toLowerCase() === authservId.toLowerCase()
}

import { MAX_ADDRESSES, MAX_COMMENT_DEPTH } from './limits.ts'

/**
 * One entry of an address header, as IMAP's ENVELOPE shows it (RFC 9051 §7.5.2). A mailbox has `mailbox` and `host` (`''` when it
 * was missing). A group opens with its name in `mailbox` and a null `host`, and closes with nulls.
 */
export interface ListedAddress {
  /** The display name without quotes, encoded words as they came; null when there is none. */
  readonly name: string | null
  /** The local part without quotes. */
  readonly mailbox: string | null
  readonly host: string | null
}

/** What is being gathered of one entry. */
interface Entry {
  phrase: string
  /** Its last character. Asking the string itself would flatten it at each word, which makes long ones quadratic. */
  last: string
  /** Where the last dotted chain of words begins in `phrase`: the local part, when an `@` follows. */
  chain: number
  /** Where the `@` of an address without brackets is, or -1. */
  at: number
  /** Where its local part begins. */
  local: number
  comment: string | null
  angle: { readonly mailbox: string; readonly host: string } | null
  space: boolean
}

const GROUP_END: ListedAddress = { name: null, mailbox: null, host: null }
/** A run without anything that has a meaning of its own. */
const RUN = /[^\s()<>@,;:"[\]\\.]+/y

/**
 * Reads an address list out of a display header, forgivingly: comments, groups, routes, obsolete dots and blanks, semicolons for
 * commas, missing brackets. RFC 5322 §3.4, §4.4. Never for envelopes.
 *
 * Entries after `limit` are left out. Linear in the length of `text`.
 */
export function parseAddressList(text: string, limit = MAX_ADDRESSES): readonly ListedAddress[] {
  const list: ListedAddress[] = []
  let entry = emptyEntry()
  let inGroup = false
  let at = 0
  const flush = (): void => {
    const listed = finish(entry)
    if (listed !== null) list.push(listed)
    entry = emptyEntry()
  }
  while (at < text.length && list.length < limit) {
    const char = text.charAt(at)
    if (char === ',') {
      flush()
      at++
    } else if (char === ';') {
      flush()
      if (inGroup) list.push(GROUP_END)
      inGroup = false
      at++
    } else if (char === ':' && !inGroup && entry.angle === null && entry.at === -1 && entry.phrase !== '') {
      list.push({ name: null, mailbox: entry.phrase, host: null })
      entry = emptyEntry()
      inGroup = true
      at++
    } else {
      at = readPiece(text, at, entry)
    }
  }
  if (list.length < limit) flush()
  if (inGroup) list.push(GROUP_END)
  return list
}

/** The mailboxes of a list as `local@host` texts, groups opened up. */
export function mailboxesOf(list: readonly ListedAddress[]): readonly string[] {
  const found: string[] = []
  for (const entry of list) {
    if (entry.mailbox !== null && entry.host !== null && entry.host !== '') found.push(`${entry.mailbox}@${entry.host}`)
  }
  return found
}

/** Takes one blank, comment, quoted string, angle address, literal or word into `entry`; returns where the next begins. */
function readPiece(text: string, at: number, entry: Entry): number {
  switch (text.charAt(at)) {
    case ' ':
    case '\t':
      entry.space = true
      return at + 1
    case '(': {
      const comment = readComment(text, at)
      entry.comment = comment.text
      entry.space = true
      return comment.next
    }
    case '"': {
      const quoted = readQuoted(text, at)
      append(entry, quoted.text)
      return quoted.next
    }
    case '<':
      return readAngle(text, at + 1, entry)
    case '@':
      if (entry.at === -1 && entry.phrase !== '') {
        entry.local = entry.chain
        entry.at = entry.phrase.length
      }
      entry.space = false
      entry.phrase += '@'
      entry.last = '@'
      return at + 1
    case '[': {
      const close = entry.at === -1 ? -1 : text.slice(at, at + 256).indexOf(']')
      const next = close === -1 ? at + 1 : at + close + 1
      append(entry, text.slice(at, next))
      return next
    }
    default:
      return readWord(text, at, entry)
  }
}

function readWord(text: string, at: number, entry: Entry): number {
  RUN.lastIndex = at
  const next = RUN.test(text) ? RUN.lastIndex : at + 1
  append(entry, text.slice(at, next))
  return next
}

/** Adds a word. Around dots and after `@` blanks vanish (RFC 5322 §4.4), but only as far as the address goes. */
function append(entry: Entry, word: string): void {
  const { last } = entry
  const chained = last === '.' || word.startsWith('.')
  if (entry.space && entry.phrase !== '') {
    const inHost = entry.at !== -1 && (chained || last === '@')
    if (!inHost) entry.phrase += ' '
    if (!chained) entry.chain = entry.phrase.length
  }
  entry.space = false
  entry.phrase += word
  if (word !== '') entry.last = word.charAt(word.length - 1)
}

/** Reads `local@host>`; an unclosed bracket ends at the next comma. */
function readAngle(text: string, from: number, entry: Entry): number {
  let local = ''
  let part = ''
  let seenAt = false
  let at = from
  let inRoute = false
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '>' || (!inRoute && (char === ',' || char === ';'))) break
    if (char === '"') {
      const quoted = readQuoted(text, at)
      part += quoted.text
      at = quoted.next - 1
    } else if (char === '(') {
      at = readComment(text, at).next - 1
    } else if (char === ':' && inRoute) {
      inRoute = false
      seenAt = false
      local = ''
      part = ''
    } else if (char === '@') {
      if (!seenAt && part === '') inRoute = true
      local = seenAt ? `${local}@${part}` : part
      part = ''
      seenAt = true
    } else if (char !== ' ' && char !== '\t' && char !== '<') {
      part += char
    }
  }
  if (entry.angle === null) entry.angle = seenAt ? { mailbox: local, host: part } : { mailbox: part, host: '' }
  return text.charAt(at) === '>' ? at + 1 : at
}

/** A quoted string without its quotes and backslashes. Unclosed, it goes to the end. */
function readQuoted(text: string, from: number): { readonly text: string; readonly next: number } {
  let out = ''
  let at = from + 1
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') return { text: out, next: at + 1 }
    if (char === '\\') at++
    out += char === '\\' ? text.charAt(at) : char
  }
  return { text: out, next: text.length }
}

/** A comment without its brackets. Unclosed, it goes to the end. */
function readComment(text: string, from: number): { readonly text: string; readonly next: number } {
  let out = ''
  let depth = 1
  let at = from + 1
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '(' && depth < MAX_COMMENT_DEPTH) depth++
    if (char === ')') depth--
    if (depth === 0) return { text: out.trim(), next: at + 1 }
    if (char === '\\') at++
    out += char === '\\' ? text.charAt(at) : char
  }
  return { text: out.trim(), next: text.length }
}

function finish(entry: Entry): ListedAddress | null {
  const { phrase, comment, angle } = entry
  const named = phrase === '' ? comment : phrase
  if (angle !== null) return { name: named === '' ? null : named, mailbox: angle.mailbox, host: angle.host }
  if (entry.at !== -1) {
    // `John john@example.org`: what stands before the address can only be meant as a name; before it, a comment.
    const before = phrase.slice(0, entry.local).trim()
    const host = phrase.slice(entry.at + 1)
    const blank = host.indexOf(' ')
    const mailbox = phrase.slice(entry.local, entry.at).replace(/ *\. */g, '.')
    const name = before === '' ? comment : before
    return { name: name === '' ? null : name, mailbox, host: blank === -1 ? host : host.slice(0, blank) }
  }
  return phrase === '' ? null : { name: comment === '' ? null : comment, mailbox: phrase, host: '' }
}

function emptyEntry(): Entry {
  return { phrase: '', last: '', chain: 0, at: -1, local: 0, comment: null, angle: null, space: false }
}

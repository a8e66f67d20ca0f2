import { MAX_COMMENT_DEPTH } from './limits.ts'

/** A word, a mark with a meaning of its own, or what joins them. `before`: was there a blank or a comment in front of it? */
interface Token {
  readonly kind: 'atom' | 'quoted' | 'literal' | 'special'
  readonly text: string
  readonly before: 'space' | 'nothing'
}

const BLANK = /[ \t]+/y
const QUOTED = /"(?:[^"\\]|\\.)*"/sy
// Addresses in brackets are written with these; blanks and marks, which RFC 5322 §3.4.1 allows there, would end the address for some readers.
const LITERAL = /\[[\w.:%-]*\]/y
// Anything that is no special of RFC 5322 §3.2.3, no blank and no control.
const ATOM = /[^\0-\x20\x7f()<>@,;:"[\]\\.]+/y
const SPECIAL = /[<>@,;:.]/y

/**
 * The authors that a From or Sender field names, as `local@host`; null when two readers could take different ones out of it.
 * RFC 5322 §3.4. Empty when it names nobody who has an address.
 *
 * For checking who may send what: unlike `parseAddressList` it forgives nothing that is understood in more than one way (a name that is an
 * address, two addresses in one entry, brackets and quotes left open). Linear in the length of `text`.
 */
export function readAuthors(text: string): readonly string[] | null {
  const tokens = tokensOf(text)
  if (tokens === null) return null
  const found: string[] = []
  let inGroup = false
  let entry: Token[] = []
  for (const token of [...tokens, END]) {
    const mark = token.kind === 'special' ? token.text : ''
    if (mark === ':') {
      if (inGroup || !isPhrase(entry)) return null
      inGroup = true
      entry = []
    } else if (mark === ',' || mark === ';' || token === END) {
      const address = entry.length === 0 ? '' : addressOf(entry)
      if (address === null || (mark === ';' && !inGroup)) return null
      if (address !== '') found.push(address)
      if (mark === ';') inGroup = false
      entry = []
    } else {
      entry.push(token)
    }
  }
  return inGroup ? null : found
}

const END: Token = { kind: 'special', text: '', before: 'nothing' }

/** The address of one entry: alone, or in brackets at its end; null when it is neither. */
function addressOf(entry: readonly Token[]): string | null {
  const open = entry.findIndex((token) => isMark(token, '<'))
  if (open === -1) return bare(entry) ?? (isStrayName(entry) ? '' : null)
  const last = entry.at(-1)
  const address = last !== undefined && isMark(last, '>') ? bare(entry.slice(open + 1, -1)) : null
  if (address === null) return null
  const name = entry.slice(0, open)
  // Some clients say the address twice; any other address in the name would be somebody else.
  const isSame = (): boolean => bare(name)?.toLowerCase() === address.toLowerCase()
  return name.length === 0 || isPhrase(name) || isSame() ? address : null
}

/** Half of a name whose comma should have been quoted, as in `Maju, Tbk <ani@home.example>`: no reader takes it for an address. */
function isStrayName(entry: readonly Token[]): boolean {
  return isPhrase(entry) && entry.every(({ text }) => !/@|=\?/.test(text))
}

/** `local@host`: words joined by dots, or one quoted string; a domain or a literal. */
function bare(tokens: readonly Token[]): string | null {
  const at = tokens.findIndex((token) => isMark(token, '@'))
  const local = tokens.slice(0, Math.max(0, at))
  const host = tokens.slice(at + 1)
  const [first] = local
  const [place] = host
  const isLocal = isDotted(local) || (local.length === 1 && first?.kind === 'quoted' && first.text !== '""')
  const isHost = isDotted(host) || (host.length === 1 && place?.kind === 'literal')
  if (at === -1 || !isLocal || !isHost) return null
  // RFC 2047 §5: no encoded words in an address. Some readers decode them there all the same.
  if (tokens.some(({ text }) => text.includes('=?'))) return null
  return tokens.map(({ text }) => text).join('')
}

/** Atoms with a dot between each two, and no blank among them. */
function isDotted(tokens: readonly Token[]): boolean {
  return tokens.length % 2 === 1 && tokens.every((token, i) => (i % 2 === 0 ? token.kind === 'atom' : isMark(token, '.')) && (i === 0 || token.before === 'nothing'))
}

/** A name: words, and dots as in `Dr. Ani`. RFC 5322 §4.1 (obs-phrase). */
function isPhrase(tokens: readonly Token[]): boolean {
  return tokens.length > 0 && tokens.every((token) => token.kind === 'atom' || token.kind === 'quoted' || isMark(token, '.'))
}

function isMark(token: Token, mark: string): boolean {
  return token.kind === 'special' && token.text === mark
}

/** Cuts a field into tokens; null for what cannot be cut in only one way. */
function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = []
  let at = 0
  let before: Token['before'] = 'nothing'
  while (at < text.length) {
    const blank = matchEnd(BLANK, text, at)
    const next = text.charAt(at) === '(' ? commentEnd(text, at) : blank
    if (next === null && text.charAt(at) === '(') return null
    if (next !== null) {
      before = 'space'
      at = next
      continue
    }
    const token = tokenAt(text, at, before)
    if (token === null) return null
    tokens.push(token)
    at += token.text.length
    before = 'nothing'
  }
  return tokens
}

function tokenAt(text: string, at: number, before: Token['before']): Token | null {
  for (const [kind, pattern] of [['atom', ATOM], ['special', SPECIAL], ['quoted', QUOTED], ['literal', LITERAL]] as const) {
    const end = matchEnd(pattern, text, at)
    if (end !== null) return { kind, text: text.slice(at, end), before }
  }
  return null
}

function matchEnd(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}

/** Just past the comment that opens at `at`; null when it is never closed, or nested too deep. */
function commentEnd(text: string, at: number): number | null {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === '\\') i++
    if (char === '(' && ++depth >= MAX_COMMENT_DEPTH) return null
    if (char === ')' && --depth === 0) return i + 1
  }
  return null
}

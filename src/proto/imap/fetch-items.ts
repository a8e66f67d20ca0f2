import { MAX_FETCH_ITEMS, MAX_SECTION_DEPTH } from './limits.ts'
import { scanList } from './scan.ts'
import type { Scanner } from './scanner.ts'

/** Part of a section's bytes: `<start.count>`. */
export interface Partial {
  readonly start: number
  readonly count: number
}

/** What of which part: the inside of `BODY[1.2.HEADER.FIELDS (Subject)]`. RFC 9051 §6.4.5.1. */
export interface Section {
  readonly path: readonly number[]
  readonly of: 'all' | 'header' | 'text' | 'mime' | 'fields' | 'fields.not'
  readonly fields: readonly string[]
}

/** Items that are a word. */
export type PlainItem =
  | 'FLAGS'
  | 'UID'
  | 'INTERNALDATE'
  | 'RFC822.SIZE'
  | 'ENVELOPE'
  | 'BODY'
  | 'BODYSTRUCTURE'
  | 'MODSEQ'
  | 'EMAILID'
  | 'THREADID'
  | 'SAVEDATE'

/** One thing that FETCH asks for. `label` is how the answer names it; `sees` whether asking sets \Seen. */
export type FetchItem =
  | { readonly kind: 'plain'; readonly item: PlainItem }
  | { readonly kind: 'section'; readonly label: string; readonly section: Section; readonly partial: Partial | null; readonly sees: boolean }
  | { readonly kind: 'binary'; readonly label: string; readonly path: readonly number[]; readonly partial: Partial | null; readonly sees: boolean }
  | { readonly kind: 'binary-size'; readonly label: string; readonly path: readonly number[] }

const PLAIN: ReadonlySet<string> = new Set<PlainItem>([
  'FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY', 'BODYSTRUCTURE', 'MODSEQ', 'EMAILID', 'THREADID', 'SAVEDATE',
])
const MACROS: Readonly<Record<string, readonly PlainItem[]>> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}
const WHOLE: Section = { path: [], of: 'all', fields: [] }

/** Reads what FETCH asks for: a macro, one item, or a list. */
export function scanFetchItems(s: Scanner): readonly FetchItem[] {
  if (s.sees('(')) {
    const items = scanList(s, MAX_FETCH_ITEMS, scanItem)
    if (items.length === 0) s.fail('expected a fetch item')
    return items
  }
  for (const [name, items] of Object.entries(MACROS)) {
    const at = s.at
    if (s.skip(name) && (s.atEnd || s.sees(' '))) return items.map((item) => ({ kind: 'plain', item }))
    s.at = at
  }
  return [scanItem(s)]
}

function scanItem(s: Scanner): FetchItem {
  const name = s.take(/[A-Z0-9.]+/iy, 'a fetch item').toUpperCase()
  if (s.sees('[')) return scanBracketed(s, name)
  if (name === 'RFC822') return { kind: 'section', label: name, section: WHOLE, partial: null, sees: true }
  if (name === 'RFC822.HEADER') return { kind: 'section', label: name, section: { ...WHOLE, of: 'header' }, partial: null, sees: false }
  if (name === 'RFC822.TEXT') return { kind: 'section', label: name, section: { ...WHOLE, of: 'text' }, partial: null, sees: true }
  if (!PLAIN.has(name)) s.fail(`unknown fetch item ${name}`)
  return { kind: 'plain', item: name as PlainItem } // Known, or there is a fault and nobody looks.
}

function scanBracketed(s: Scanner, name: string): FetchItem {
  const start = s.at
  s.need('[')
  switch (name) {
    case 'BODY':
    case 'BODY.PEEK': {
      const section = scanSection(s)
      // RFC 7888 §4: a literal that does not wait goes from client to server only, so its plus is not sent back.
      const label = `BODY${s.text.slice(start, s.at).replaceAll(/\{(\d+)\+\}\r\n/g, '{$1}\r\n')}`
      const partial = scanPartial(s)
      return { kind: 'section', label: label + origin(partial), section, partial, sees: name === 'BODY' }
    }
    case 'BINARY':
    case 'BINARY.PEEK': {
      const path = scanPath(s)
      s.need(']')
      const partial = scanPartial(s)
      return { kind: 'binary', label: `BINARY[${path.join('.')}]${origin(partial)}`, path, partial, sees: name === 'BINARY' }
    }
    case 'BINARY.SIZE': {
      const path = scanPath(s)
      s.need(']')
      return { kind: 'binary-size', label: `BINARY.SIZE[${path.join('.')}]`, path }
    }
    default:
      s.fail(`unknown fetch item ${name}`)
      return { kind: 'plain', item: 'UID' }
  }
}

function scanSection(s: Scanner): Section {
  const path = scanPath(s)
  if (s.skip(']')) return { path, of: 'all', fields: [] }
  if (path.length > 0) s.need('.')
  const word = s.take(/[A-Z.]+/iy, 'a section').toUpperCase()
  if (word === 'HEADER.FIELDS' || word === 'HEADER.FIELDS.NOT') {
    s.need(' ')
    const fields = scanList(s, MAX_FETCH_ITEMS, (s) => s.astring())
    if (fields.length === 0) s.fail('expected the name of a field')
    // The answer repeats the names as they came: a line end in one could pass for the length of a literal.
    if (fields.some((name) => /[\0-\x1f\x7f]/.test(name))) s.fail('a field name has no control characters')
    s.need(']')
    return { path, of: word === 'HEADER.FIELDS' ? 'fields' : 'fields.not', fields }
  }
  s.need(']')
  if (word === 'HEADER') return { path, of: 'header', fields: [] }
  if (word === 'TEXT') return { path, of: 'text', fields: [] }
  if (word !== 'MIME' || path.length === 0) s.fail(`unknown section ${word}`)
  return { path, of: 'mime', fields: [] }
}

function scanPath(s: Scanner): readonly number[] {
  if (!/[0-9]/.test(s.text.charAt(s.at))) return []
  const path = s.take(/[1-9][0-9]{0,8}(?:\.[1-9][0-9]{0,8})*/y, 'a part number').split('.').map(Number)
  if (path.length > MAX_SECTION_DEPTH) s.fail('no part is that deep')
  return path
}

function scanPartial(s: Scanner): Partial | null {
  if (!s.skip('<')) return null
  const start = s.number()
  s.need('.')
  const count = s.nzNumber()
  s.need('>')
  return { start, count }
}

function origin(partial: Partial | null): string {
  return partial === null ? '' : `<${partial.start}>`
}

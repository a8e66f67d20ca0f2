import { fail, ok, type Result } from '../../base/result.ts'
import { MAX_EXPANSION_CHARS, MAX_NAME_CHARS } from './limits.ts'

/** A piece of a macro-string. RFC 7208 §7.1. */
export type MacroPart = { readonly kind: 'text'; readonly text: string } | Expand | { readonly kind: 'escape'; readonly text: string }

/** `%{...}`: which value, and what is made of it. */
export interface Expand {
  readonly kind: 'expand'
  readonly letter: MacroLetter
  /** Written as a capital: what comes out is escaped as in a URL. RFC 7208 §7.3. */
  readonly isEscaped: boolean
  /** How many parts of the right are kept; null for all. */
  readonly keep: number | null
  readonly isReversed: boolean
  /** Where the value is split: characters. */
  readonly delimiters: string
}

/** What a macro stands for. RFC 7208 §7.2; c, r and t only in explanations. */
export type MacroLetter = 's' | 'l' | 'o' | 'd' | 'i' | 'p' | 'v' | 'h' | 'c' | 'r' | 't'

/** Gives the value of a letter. `p` costs lookups, so it is asked for only when it is there. */
export type MacroValues = (letter: MacroLetter) => Promise<string>

const EXPAND = /%\{([slodipvhcrt])([0-9]*)(r?)([-.+,/_=]*)\}/iy
const LITERAL = /[!-$&-~]+/y
const LITERAL_OR_SPACE = /[ -$&-~]+/y
/** RFC 7208 §7.3 and RFC 3986 §2.3. */
const RESERVED = /[^A-Za-z0-9\-._~]/gu

/**
 * Reads a macro-string. `in: 'text'` is an explanation: it may have spaces, and the letters c, r and t. The error says what is wrong.
 */
export function parseMacros(text: string, where: { readonly in: 'name' | 'text' | 'unknown' }): Result<readonly MacroPart[], string> {
  const parts: MacroPart[] = []
  const literal = where.in === 'text' ? LITERAL_OR_SPACE : LITERAL
  for (let at = 0; at < text.length; ) {
    const part = text[at] === '%' ? readMacro(text, at) : readLiteral(literal, text, at)
    if (part === null) return fail(`${JSON.stringify(text.slice(at, at + 10))} is no macro and no plain text`)
    if (part.part.kind === 'expand' && where.in === 'name' && 'crt'.includes(part.part.letter)) return fail(`%{${part.part.letter}} is for explanations only`)
    parts.push(part.part)
    at = part.end
  }
  return ok(parts)
}

/**
 * The name that macros make: without a last dot, and when it is too long without the labels on the left (RFC 7208 §7.3). It need not be a
 * name that can be asked for: the syntax was checked before, and macros bring in what they like.
 */
export async function expandName(parts: readonly MacroPart[], values: MacroValues): Promise<string> {
  let name = ''
  // From the right, where a name is kept: so no record can make it long.
  for (const part of parts.toReversed()) {
    if (name.length >= MAX_EXPANSION_CHARS) break
    name = (await valueOf(part, values)) + name
  }
  return fitName(name.endsWith('.') ? name.slice(0, -1) : name)
}

/** The text that macros make, cut at `maxChars`. */
export async function expandText(parts: readonly MacroPart[], values: MacroValues, maxChars: number): Promise<string> {
  let text = ''
  for (const part of parts) {
    if (text.length >= maxChars) break
    text += await valueOf(part, values)
  }
  return text.slice(0, maxChars)
}

function readLiteral(grammar: RegExp, text: string, at: number): { readonly part: MacroPart; readonly end: number } | null {
  grammar.lastIndex = at
  const found = grammar.exec(text)?.[0]
  return found === undefined ? null : { part: { kind: 'text', text: found }, end: at + found.length }
}

function readMacro(text: string, at: number): { readonly part: MacroPart; readonly end: number } | null {
  const escape = ESCAPES[text[at + 1] ?? '']
  if (escape !== undefined) return { part: { kind: 'escape', text: escape }, end: at + 2 }
  EXPAND.lastIndex = at
  const found = EXPAND.exec(text)
  if (found === null) return null
  const [all, letter = '', digits = '', reverse = '', delimiters = ''] = found
  // RFC 7208 §7.3: at least one part is kept. More than 128 could not be there.
  const keep = digits === '' ? null : Number(digits.slice(0, 9))
  if (keep === 0) return null
  const lower = letter.toLowerCase() as MacroLetter // The pattern allows no other.
  return {
    part: { kind: 'expand', letter: lower, isEscaped: letter !== lower, keep, isReversed: reverse !== '', delimiters: delimiters === '' ? '.' : [...new Set(delimiters)].join('') },
    end: at + all.length,
  }
}

/** RFC 7208 §7.1: a percent sign, a space, and a space as URLs have it. */
const ESCAPES: Readonly<Partial<Record<string, string>>> = Object.assign(Object.create(null) as Record<string, string>, { '%': '%', _: ' ', '-': '%20' })

async function valueOf(part: MacroPart, values: MacroValues): Promise<string> {
  if (part.kind !== 'expand') return part.text
  const value = transform(part, await values(part.letter))
  return part.isEscaped ? value.toWellFormed().replace(RESERVED, (char) => encodeURIComponent(char).replace(/[!'()*]/g, percent)) : value
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

/** Splits, turns around, keeps the right. RFC 7208 §7.3: parts are joined by dots, whatever separated them. */
function transform({ keep, isReversed, delimiters }: Expand, value: string): string {
  if (keep === null && !isReversed && delimiters === '.') return value
  const parts = [...delimiters].reduce((text, sign) => text.replaceAll(sign, '\0'), value).split('\0')
  if (isReversed) parts.reverse()
  return parts.slice(keep === null ? 0 : -keep).join('.')
}

function fitName(name: string): string {
  if (name.length <= MAX_NAME_CHARS) return name
  const dot = name.indexOf('.', name.length - MAX_NAME_CHARS - 1)
  return dot === -1 ? '' : name.slice(dot + 1)
}

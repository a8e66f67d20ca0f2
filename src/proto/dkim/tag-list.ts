import { Buffer } from 'node:buffer'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { MAX_TAGS } from './limits.ts'

/** One `name=value` of a list. Where the value stands, white space around it included, is kept for `b=`. */
export interface Tag {
  /** Without white space at its ends; inside it may be folded. */
  readonly value: string
  readonly start: number
  readonly end: number
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/
// FWS and visible characters without the semicolon; RFC 8616 §5 adds what is not ASCII.
const VALUE = /^[!-:<-~\x80-\uffff \t\r\n]*$/

/** Reads `a=1; b=2;`. A name may come once, and the last semicolon may be left out. RFC 6376 §3.2. Names keep their case. */
export function parseTagList(text: string): Result<ReadonlyMap<string, Tag>, 'syntax'> {
  const tags = new Map<string, Tag>()
  let at = 0
  while (at < text.length) {
    const semicolon = text.indexOf(';', at)
    const end = semicolon === -1 ? text.length : semicolon
    const equals = text.indexOf('=', at)
    if (equals === -1 || equals >= end) {
      // After the last semicolon there may be white space.
      return semicolon === -1 && text.slice(at).trim() === '' && tags.size > 0 ? ok(tags) : fail('syntax')
    }
    const name = text.slice(at, equals).trim()
    const value = text.slice(equals + 1, end)
    if (!NAME.test(name) || !VALUE.test(value) || tags.has(name) || tags.size >= MAX_TAGS) return fail('syntax')
    tags.set(name, { value: value.trim(), start: equals + 1, end })
    at = end + 1
  }
  return tags.size === 0 ? fail('syntax') : ok(tags)
}

/** A value in which white space means nothing: Base64 and lists. */
export function unfolded(value: string): string {
  return value.replace(/[ \t\r\n]+/g, '')
}

/** The entries of a colon-separated list. RFC 6376 §3.2 lets white space stand around each. */
export function listOf(value: string): readonly string[] {
  return unfolded(value).split(':')
}

/** The bytes of a Base64 value, which may be folded; null when it is none or empty. */
export function base64Of(value: string): Uint8Array | null {
  const text = unfolded(value)
  return text !== '' && isBase64(text) ? Buffer.from(text, 'base64') : null
}

/** RFC 4648 §4: groups of four, the last of which may end in one or two `=`. By hand: a pattern takes longer than all the rest of a signature. */
function isBase64(text: string): boolean {
  let end = text.length
  while (end > text.length - 2 && text.endsWith('=', end)) end -= 1
  for (let at = 0; at < end; at++) if (BASE64[text.charCodeAt(at)] !== 1) return false
  return text.length % 4 === 0
}

const BASE64 = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/]/.test(String.fromCharCode(code)) ? 1 : 0))

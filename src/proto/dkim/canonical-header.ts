import { asBuffer } from '../mail/bytes.ts'
import type { Field } from '../mail/headers.ts'
import type { Canonicalization } from './canonical-body.ts'

/** A header field in canonical form, its CRLF included, as Latin-1 text: a character is a byte. RFC 6376 §3.4.1, §3.4.2. */
export function canonicalField(bytes: Uint8Array, field: Field, how: Canonicalization): string {
  const raw = asBuffer(bytes).toString('latin1', field.start, field.end)
  if (how === 'simple') return raw.endsWith('\n') ? raw : `${raw}\r\n`
  return relaxed(field.name, raw.slice(field.valueStart - field.start))
}

/** A field made of a name and a value, relaxed: unfolded, one space for many, none at the ends. RFC 6376 §3.4.2. */
export function relaxed(name: string, value: string): string {
  let line = value.endsWith('\r\n') ? value.slice(0, -2) : value
  // Unfolding takes the line end away and leaves the white space behind it; a tab is white space too. Most fields have none of it.
  if (UNTIDY.test(line)) line = line.replace(/\r?\n/g, '').replace(/[ \t]+/g, ' ')
  const start = line.startsWith(' ') ? 1 : 0
  const end = line.endsWith(' ') && line.length > start ? line.length - 1 : line.length
  return `${name.toLowerCase()}:${line.slice(start, end)}\r\n`
}

const UNTIDY = /[\t\n]| {2}/

/**
 * The fields that `names` (lower-case) mean: each mention of a name is the lowest instance not mentioned before, and
 * nothing when there is none left. RFC 6376 §5.4.2.
 */
export function selectFields(fields: readonly Field[], names: readonly string[]): readonly Field[] {
  const left = new Map<string, Field[]>()
  for (const name of names) if (!left.has(name)) left.set(name, [])
  for (const field of fields) left.get(field.name)?.push(field)
  return names.flatMap((name) => left.get(name)?.pop() ?? [])
}

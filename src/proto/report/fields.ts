import { Buffer } from 'node:buffer'
import { fieldText, readHeader } from '../mail/index.ts'
import { decodeUtf8Address, decodeXtext } from '../smtp/xtext.ts'

/** Fields of one group by name in lower case, in order. */
export type Fields = ReadonlyMap<string, readonly string[]>

/** A group of fields: the machine part of a report is written in header syntax. RFC 3464 §2.1, RFC 5965 §3. */
export function readFields(text: string): Fields {
  const bytes = Buffer.from(text, 'utf8')
  const fields = new Map<string, string[]>()
  for (const field of readHeader(bytes).fields) {
    const value = fieldText(bytes, field).trim()
    const values = fields.get(field.name)
    if (values === undefined) fields.set(field.name, [value])
    else values.push(value)
  }
  return fields
}

/** The first value of a field, or null when it is missing or empty. */
export function valueOf(fields: Fields, name: string): string | null {
  return fields.get(name)?.find((value) => value !== '') ?? null
}

/** The value after its type: `rfc822; joe@example.org`, `dns; mx.example.org`. The type is often left out. */
export function typedValue(fields: Fields, name: string): string | null {
  const value = valueOf(fields, name)
  return value === null ? null : afterType(value)
}

function afterType(value: string): string | null {
  // RFC 5321 §4.1.2: a source route says how it went, not to whom.
  const bare = value.replace(/^\s*[\w/.-]{1,40}\s*;\s*/, '').replace(/^<?@[^:@\s]{1,255}:(?=[^\s]+@)/, '').trim()
  return bare === '' ? null : bare
}

/** The address of a recipient field, without brackets and escapes; null when it has none. RFC 3464 §2.3.1, RFC 6533 §4. */
export function addressField(fields: Fields, name: string): string | null {
  const value = valueOf(fields, name)
  const bare = value === null ? null : afterType(value)
  if (value === null || bare === null) return null
  if (/^utf-8\s*;/i.test(value)) return plainAddress(decodeUtf8Address(bare) ?? bare)
  return plainAddress(/\+(?:2B|3D)/.test(bare) ? (decodeXtext(bare) ?? bare) : bare)
}

/** What stands in the brackets, or the first word that has an `@`; null when nothing does. */
export function plainAddress(text: string): string | null {
  return ADDRESS.exec(text)?.[0] ?? null
}

/** An address in running text. The quantifiers bound the work; local parts are taken longer than RFC 5321 §4.5.3.1 allows, as VERP writes them. */
export const ADDRESS = /(?:"[^"\r\n]{1,64}"|[^\s<>()[\]"',:;@|\\*][^\s<>()[\]",:;@|\\]{0,127})@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,252}[\p{L}\p{N}])?/u

import type { Entry, Zone } from './dns/zone.ts'
import { zone } from './dns/zone.ts'

/** A record as `merpati dns records --json` gives it. */
export interface GivenRecord {
  readonly name: string
  readonly type: string
  readonly value: string
  readonly need: string
}

/** What is put into a zone instead of what the program asked for: by type and name; null takes it away. */
export type Changes = Readonly<Record<string, readonly string[] | null>>

/**
 * The zones in which all that the program asks for is published, as its owner would copy it, with some changes. Values are read back from zone-file form.
 */
export function zonesOf(records: readonly GivenRecord[], changes: Changes = {}, options: { readonly signed?: boolean; readonly bogus?: boolean } = {}): readonly Zone[] {
  const entries = new Map<string, Record<string, string[]>>()
  const put = (type: string, name: string, values: readonly string[]): void => {
    const entry = entries.get(name) ?? {}
    entry[type] = [...(entry[type] ?? []), ...values]
    entries.set(name, entry)
  }
  for (const { name, type, value } of records) {
    const key = `${type} ${name}`
    if (key in changes || (type === 'TXT' && name.startsWith('default._bimi'))) continue
    put(type, name, [type === 'TXT' ? unquoted(value) : value])
  }
  for (const [key, values] of Object.entries(changes)) {
    const [type = '', name = ''] = key.split(' ')
    if (values !== null) put(type, name, values)
    else if (!entries.has(name)) entries.set(name, {})
  }
  return [zone('', Object.fromEntries([...entries].map(([name, entry]) => [`${name}.`, entry as Entry])), options)]
}

/** The text of TXT data in zone-file form: RFC 1035 §5.1. Throws for what no zone file may hold. */
export function unquoted(value: string): string {
  const strings = [...value.matchAll(/"((?:[^"\\]|\\\d{3}|\\[^\d])*)"(?: |$)/g)]
  if (strings.map(([whole]) => whole).join('') !== value) throw new Error(`no TXT data: ${value}`)
  const bytes = strings.map(([, inner = '']) => {
    const octets = [...inner.matchAll(/\\(\d{3})|\\(.)|([^\\])/g)].map(([, code, escaped, plain]) => (code === undefined ? (escaped ?? plain ?? '').charCodeAt(0) : Number(code)))
    if (octets.length > 255) throw new Error('a string of more than 255 octets')
    return Buffer.from(octets)
  })
  return Buffer.concat(bytes).toString('utf8')
}

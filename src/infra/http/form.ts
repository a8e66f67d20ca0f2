import { MAX_FORM_FIELDS } from './limits.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The fields of a form as browsers post it (`application/x-www-form-urlencoded`, WHATWG URL §5.1), each name once: of several the first counts. Null for anything else: another media type, broken
 * UTF-8, too many fields. The body's size is the caller's limit.
 */
export function readForm(contentType: string | undefined, body: Uint8Array, maxFields = MAX_FORM_FIELDS): ReadonlyMap<string, string> | null {
  if (contentType === undefined || !/^application\/x-www-form-urlencoded *(?:;|$)/i.test(contentType)) return null
  const text = Buffer.from(body).toString('latin1')
  if (text === '') return new Map()
  const pairs = text.split('&', maxFields + 1)
  if (pairs.length > maxFields) return null
  const fields = new Map<string, string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1))
    if (name === null || value === null) return null
    if (!fields.has(name)) fields.set(name, value)
  }
  return fields
}

/** A percent sign that stands before anything but two digits is itself, as browsers read it. */
function decode(coded: string): string | null {
  const octets = coded.replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  try {
    return utf8.decode(Buffer.from(octets, 'latin1'))
  } catch {
    return null // Broken UTF-8.
  }
}

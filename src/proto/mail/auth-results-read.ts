import { MAX_AUTH_PROPERTIES, MAX_AUTH_RESULTS } from './limits.ts'

/** A method and what it found, lower-case: `dmarc` and `pass`. */
export interface ReadResult {
  readonly method: string
  readonly result: string
  /** Properties such as `['header.from', 'example.org']`, in order: names lower-case, values as they are, without quotes. */
  readonly properties: readonly (readonly [name: string, value: string])[]
}

/**
 * The results in the value of an Authentication-Results field (RFC 8601 §2.2) or what follows `i=` in ARC's: authserv-id first.
 * Comments are passed over and quoted strings are values, so that nothing can be hidden in them. Linear; at most 100 results.
 */
export function resultsOf(value: string): readonly ReadResult[] {
  const found: ReadResult[] = []
  const { plain, strings } = plainText(value)
  const [, ...parts] = plain.split(';')
  for (const part of parts.slice(0, MAX_AUTH_RESULTS)) {
    const [all, method, result] = /^\s*([a-z][a-z0-9-]*)\s*(?:\/\s*[0-9]+\s*)?=\s*([a-z]+)(?![^\s])/i.exec(part) ?? []
    if (all === undefined || method === undefined || result === undefined) continue
    found.push({ method: method.toLowerCase(), result: result.toLowerCase(), properties: propertiesIn(part.slice(all.length), strings) })
  }
  return found
}

/** RFC 8601 §2.2 lets comments and blanks stand around the dot and the equals sign. */
function propertiesIn(text: string, strings: readonly string[]): ReadResult['properties'] {
  const properties: (readonly [string, string])[] = []
  for (const word of text.replace(/\s+/g, ' ').replace(/ ?([.=]) ?/g, '$1').split(' ', MAX_AUTH_PROPERTIES)) {
    const [, name, value] = /^([a-z][a-z0-9-]*\.[a-z0-9][\w.-]*)=(.+)$/i.exec(word) ?? []
    if (name !== undefined && value !== undefined) properties.push([name.toLowerCase(), value.replace(/"(\d+)"/g, (_, at: string) => strings[Number(at)] ?? '')])
  }
  return properties
}

interface PlainText {
  /** Without comments; of quoted strings there is the number, in quotes. */
  readonly plain: string
  readonly strings: readonly string[]
}

function plainText(value: string): PlainText {
  const strings: string[] = []
  let plain = ''
  let depth = 0
  let quoted: string | null = null
  for (let at = 0; at < value.length; at++) {
    const char = value.charAt(at)
    const isEscaped = char === '\\' && (depth > 0 || quoted !== null)
    const meant = isEscaped ? value.charAt(++at) : char
    if (quoted !== null && (isEscaped || char !== '"')) quoted += meant
    else if (quoted !== null) {
      plain += `"${strings.push(quoted) - 1}"`
      quoted = null
    } else if (char === '(') depth++
    else if (depth > 0) {
      if (char === ')') depth--
      // A comment separates what stands around it.
      if (depth === 0) plain += ' '
    } else if (char === '"') quoted = ''
    else plain += char
  }
  return { plain, strings }
}

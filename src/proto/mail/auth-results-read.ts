import { MAX_AUTH_RESULTS } from './limits.ts'

/** A method and what it found, lower-case: `dmarc` and `pass`. */
export interface ReadResult {
  readonly method: string
  readonly result: string
}

/**
 * The methods and results in the value of an Authentication-Results field (RFC 8601 §2.2) or what follows `i=` in ARC's: authserv-id
 * first. Comments and quoted strings are passed over, so that nothing can be hidden in them. Linear; at most 100 results.
 */
export function resultsOf(value: string): readonly ReadResult[] {
  const found: ReadResult[] = []
  const [, ...parts] = plainText(value).split(';')
  for (const part of parts.slice(0, MAX_AUTH_RESULTS)) {
    const [, method, result] = /^\s*([a-z][a-z0-9-]*)\s*(?:\/\s*[0-9]+\s*)?=\s*([a-z]+)(?![^\s])/i.exec(part) ?? []
    if (method !== undefined && result !== undefined) found.push({ method: method.toLowerCase(), result: result.toLowerCase() })
  }
  return found
}

/** Without comments, and with quoted strings emptied. */
function plainText(value: string): string {
  let plain = ''
  let depth = 0
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const char = value.charAt(at)
    if (char === '\\' && (depth > 0 || quoted)) at++
    else if (quoted) quoted = char !== '"'
    else if (char === '(') depth++
    else if (char === ')' && depth > 0) depth--
    else if (depth === 0 && char === '"') quoted = true
    else if (depth === 0) plain += char
    if (depth > 0 || quoted) continue
    // A comment separates what stands around it.
    if (char === ')') plain += ' '
  }
  return plain
}

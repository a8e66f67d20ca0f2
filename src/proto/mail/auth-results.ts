import { remembered } from '../../base/remembered.ts'
import { parseDomain } from './domain.ts'
import { FOLD_CHARS, MAX_KNOWN_TOKENS } from './limits.ts'

/** One finding for an Authentication-Results field. RFC 8601 §2.2. */
export interface MethodResult {
  /** `spf`, `dkim`, `dmarc`, `arc`, `iprev`, `auth`, ... */
  readonly method: string
  /** `pass`, `fail`, `none`, `temperror`, ... */
  readonly result: string
  /** Why, in words; null for none. It may come from a peer. */
  readonly reason: string | null
  /** Properties such as `['smtp.mailfrom', 'a@example.org']`, in order. Values may come from a peer. */
  readonly properties: readonly (readonly [name: string, value: string])[]
}

/**
 * Writes an Authentication-Results field, CRLF included: one result a line. With no results it says `none`.
 *
 * Whatever a value holds, the field stays one field of ASCII: CR, LF and controls become blanks, what is no token is quoted, and what is foreign becomes `?`, because the field goes along
 * when the message is forwarded to servers that take no other (RFC 6531 §3.6).
 */
export function authenticationResults(authservId: string, results: readonly MethodResult[]): string {
  if (results.length === 0) return `Authentication-Results: ${pvalue(authservId)}; none\r\n`
  let field = `Authentication-Results: ${pvalue(authservId)}`
  for (const each of results) field += `;\r\n${lineOf(each)}`
  return `${field}\r\n`
}

function lineOf({ method, result, reason, properties }: MethodResult): string {
  let line = `\t${token(method)}=${token(result)}`
  let length = line.length
  const pieces = reason === null ? [] : [`reason=${quoted(reason)}`]
  for (const [name, value] of properties) pieces.push(`${token(name)}=${pvalue(value)}`)
  for (const piece of pieces) {
    const breaks = length + 1 + piece.length > FOLD_CHARS
    line += breaks ? `\r\n\t ${piece}` : ` ${piece}`
    length = breaks ? piece.length + 2 : length + 1 + piece.length
  }
  return line
}

/**
 * In whose name an Authentication-Results value (unfolded) speaks, lower-case; null when it names nobody. At our border every
 * field that speaks in our name is left out, whoever wrote it: RFC 8601 §5.
 */
export function authservIdOf(value: string): string | null {
  const at = skipComments(value)
  if (value.charAt(at) === '"') {
    const quotedId = /^"((?:[^"\\]|\\.)*)"?/s.exec(value.slice(at, at + 1024))
    return quotedId === null ? null : asName((quotedId[1] ?? '').replace(/\\(.)/gs, '$1').trim())
  }
  // RFC 2045 §5.1: a slash is in no token. Some write the version behind one.
  const bare = /^[^\s;()"/]+/.exec(value.slice(at, at + 1024))
  return bare === null ? null : asName(bare[0])
}

/** A name with its last dot is the same name, and so is one in U-labels, which a message in UTF-8 may have. RFC 8601 §2.5, RFC 8616 §3. */
function asName(id: string): string {
  const name = id.replace(/\.$/, '')
  return parseDomain(name) ?? name.toLowerCase()
}

/** Past blanks and comments, nested ones too. */
function skipComments(text: string): number {
  let depth = 0
  let at = 0
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '(') depth++
    else if (char === ')' && depth > 0) depth--
    else if (char === '\\' && depth > 0) at++
    else if (depth === 0 && char !== ' ' && char !== '\t') break
  }
  return Math.min(at, text.length)
}

const MAX_VALUE = 256

/** A token has no tspecials, such as the slash of base 64 and the colon of IPv6. RFC 2045 §5.1. */
const TOKEN = /^[\w!#$%&'*+.^`{|}~-]+$/
/** `[[local-part] "@"] domain-name`, as RFC 8601 §2.2 has it: the slash may stand in a local part. */
const ADDRESS = /^(?:[\w!#$%&'*+^`{|}~/=?-]+(?:\.[\w!#$%&'*+^`{|}~/=?-]+)*)?@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/

/** RFC 8601 §2.2: a token, an address as it is, or a quoted string. */
function pvalue(text: string): string {
  return text.length <= MAX_VALUE && (TOKEN.test(text) || ADDRESS.test(text)) ? text : quoted(text)
}

function quoted(text: string): string {
  // Most of what is quoted are words of ours.
  if (text.length <= MAX_VALUE && /^[ !#-[\]-~]*$/.test(text)) return `"${text}"`
  const clean = text.slice(0, MAX_VALUE).replace(/[\0-\x1f\x7f]+/g, ' ').replace(/[^ -~]+/g, '?')
  return `"${clean.replace(/["\\]/g, '\\$&')}"`
}

/** Names are ours, and few; one that is none is a bug that must not become a header. */
const token = remembered(MAX_KNOWN_TOKENS, (text) => {
  if (!/^[A-Za-z0-9][\w.-]*$/.test(text)) throw new Error(`no keyword: ${JSON.stringify(text.slice(0, 40))}`)
  return text
})

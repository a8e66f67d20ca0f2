import { fail, ok, type Result } from '../../base/result.ts'
import { parseDomain } from '../mail/domain.ts'
import { MAX_AGE_S, MAX_MX_PATTERNS, MAX_POLICY_BYTES } from './limits.ts'

/** What a domain asks of those who send to it. RFC 8461 §3.2. */
export interface StsPolicy {
  /** `enforce`: no mail to a server that does not do; `testing`: mail and a report; `none`: nothing is asked. */
  readonly mode: 'enforce' | 'testing' | 'none'
  /** Seconds that it holds, from when it was fetched. */
  readonly maxAgeS: number
  /** Names of servers, as A-labels in lower case; the first label may be `*`. Empty only when the mode is `none`. */
  readonly mx: readonly string[]
}

const FIELD = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*([^\0-\x1f\x7f]*)$/

/** Reads a policy file, or says why it is none. RFC 8461 §3.2. */
export function parseStsPolicy(bytes: Uint8Array): Result<StsPolicy, string> {
  if (bytes.length > MAX_POLICY_BYTES) return fail('the policy is too large')
  const first = new Map<string, string>()
  const mx: string[] = []
  for (const line of linesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))) {
    const [, name, value = ''] = FIELD.exec(withoutBlanks(line)) ?? []
    if (name === undefined) return fail('a line of the policy is no field')
    if (name === 'mx') mx.push(value)
    // §3.2: of all other fields the first counts, and those that are not known mean nothing.
    else if (!first.has(name)) first.set(name, value)
  }
  return policyOf(first, mx)
}

function policyOf(fields: ReadonlyMap<string, string>, mx: readonly string[]): Result<StsPolicy, string> {
  if (fields.get('version') !== 'STSv1') return fail('the version is not STSv1')
  const mode = fields.get('mode')
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none') return fail('the mode is not known')
  const age = fields.get('max_age') ?? ''
  if (!/^[0-9]{1,10}$/.test(age)) return fail('max_age is no number of seconds')
  if (mx.length > MAX_MX_PATTERNS) return fail('the policy has too many mx patterns')
  const patterns = mx.map(patternOf).filter((pattern) => pattern !== null)
  if (patterns.length < mx.length) return fail('an mx pattern is no name of a host')
  if (patterns.length === 0 && mode !== 'none') return fail('no mx is named')
  // §3.2 gives a greatest value. Who asks for more wants to be kept for long, and is.
  return ok({ mode, maxAgeS: Math.min(Number(age), MAX_AGE_S), mx: patterns })
}

/** Writes a policy file, as `parseStsPolicy` reads it. RFC 8461 §3.2: lines end in CRLF. */
export function formatStsPolicy({ mode, maxAgeS, mx }: StsPolicy): string {
  return ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${maxAgeS}`, ''].join('\r\n')
}

/** §3.2: lines end in CRLF or LF, the last one perhaps in nothing. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Without the spaces and tabs at its end: the grammar allows them, and they are no part of the value. */
function withoutBlanks(line: string): string {
  let end = line.length
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end--
  return line.slice(0, end)
}

function patternOf(text: string): string | null {
  const isWild = text.startsWith('*.')
  const domain = parseDomain(isWild ? text.slice(2) : text)
  if (domain === null) return null
  return isWild ? `*.${domain}` : domain
}

/**
 * Whether a pattern of a policy covers a host. The star stands for exactly one label, the first. RFC 8461 §4.1.
 * Both are A-labels in lower case.
 */
export function mxMatches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot + 1) === pattern.slice(2)
}

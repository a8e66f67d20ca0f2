import ipaddr from 'ipaddr.js'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Net } from './client.ts'
import { parseDomainSpec } from './domain-spec.ts'
import { MAX_RECORD_CHARS } from './limits.ts'
import { type MacroPart, parseMacros } from './macro.ts'

/** What a matching mechanism says. RFC 7208 §4.6.2. */
export type Qualifier = 'pass' | 'fail' | 'softfail' | 'neutral'

/** How a client is recognized. RFC 7208 §5. `target` is null for the domain whose record it is. */
export type Mechanism =
  | { readonly kind: 'all' }
  | { readonly kind: 'include' | 'exists'; readonly target: readonly MacroPart[] }
  | { readonly kind: 'a' | 'mx'; readonly target: readonly MacroPart[] | null; readonly bits4: number; readonly bits6: number }
  | { readonly kind: 'ptr'; readonly target: readonly MacroPart[] | null }
  | { readonly kind: 'ip'; readonly net: Net }

/** A mechanism with its qualifier. */
export interface Directive {
  readonly qualifier: Qualifier
  readonly mechanism: Mechanism
  /** As it was written, for people. */
  readonly text: string
}

/** A name that a modifier gives, and how it was written. */
export interface Target {
  readonly target: readonly MacroPart[]
  readonly text: string
}

/** A policy. RFC 7208 §4.6. */
export interface SpfRecord {
  readonly directives: readonly Directive[]
  readonly redirect: Target | null
  readonly explanation: Target | null
}

/** What is wrong with a record: the term as it stands there ('' for all of it), and a sentence. */
export interface RecordFault {
  readonly term: string
  readonly problem: string
}

const QUALIFIERS: Readonly<Record<string, Qualifier>> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' }
const TERM = /^([-+?~]?)([a-z][a-z0-9\-_.]*)(.*)$/is
/** RFC 7208 §5.6: no leading zeros in a length, and one or two digits for IPv4. */
const DUAL_CIDR = /^(.*?)(?:\/(0|[1-9]\d?))?(?:\/\/(0|[1-9]\d{0,2}))?$/s
const IP4 = /^((?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3})(?:\/(0|[1-9]\d?))?$/
const IP6 = /^([0-9a-f:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/i

/** True for text that says it is SPF: the version, then a space or nothing. RFC 7208 §4.5. */
export function isSpf(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** Reads a record for which `isSpf` holds. An error anywhere is an error of all of it. RFC 7208 §4.6. */
export function parseRecord(text: string): Result<SpfRecord, RecordFault> {
  if (text.length > MAX_RECORD_CHARS) return fail({ term: '', problem: `it has more than ${MAX_RECORD_CHARS} characters` })
  const directives: Directive[] = []
  let redirect: Target | null = null
  let explanation: Target | null = null
  for (const term of text.slice('v=spf1'.length).split(' ')) {
    if (term === '') continue
    const parsed = parseTerm(term)
    if (!parsed.ok) return fail({ term, problem: parsed.error })
    const { value } = parsed
    if (value.kind === 'directive') directives.push(value.directive)
    // RFC 7208 §6: at most once each.
    if ((value.kind === 'redirect' && redirect !== null) || (value.kind === 'exp' && explanation !== null)) return fail({ term, problem: `${value.kind}= stands there twice` })
    if (value.kind === 'redirect') redirect = value.target
    if (value.kind === 'exp') explanation = value.target
  }
  return ok({ directives, redirect, explanation })
}

type Term =
  | { readonly kind: 'directive'; readonly directive: Directive }
  | { readonly kind: 'redirect' | 'exp'; readonly target: Target }
  | { readonly kind: 'unknown' }

function parseTerm(text: string): Result<Term, string> {
  const found = TERM.exec(text)
  if (found === null) return fail('it is no mechanism and no modifier')
  const [, sign = '', written = '', rest = ''] = found
  const name = written.toLowerCase()
  if (rest.startsWith('=')) return sign === '' ? parseModifier(name, rest.slice(1), text) : fail('a modifier has no qualifier')
  const mechanism = parseMechanism(name, rest)
  if (!mechanism.ok) return mechanism
  return ok({ kind: 'directive', directive: { qualifier: QUALIFIERS[sign] ?? 'pass', mechanism: mechanism.value, text } })
}

/** RFC 7208 §6. Modifiers that nobody knows are ignored, when their macros can be read. */
function parseModifier(name: string, value: string, text: string): Result<Term, string> {
  if (name !== 'redirect' && name !== 'exp') {
    const parts = parseMacros(value, { in: 'unknown' })
    return parts.ok ? ok({ kind: 'unknown' }) : parts
  }
  const target = parseDomainSpec(value)
  return target.ok ? ok({ kind: name, target: { target: target.value, text } }) : target
}

function parseMechanism(name: string, rest: string): Result<Mechanism, string> {
  switch (name) {
    case 'all':
      return rest === '' ? ok({ kind: 'all' }) : fail('nothing may follow "all"')
    case 'include':
    case 'exists': {
      const target = rest.startsWith(':') ? parseDomainSpec(rest.slice(1)) : fail('a domain is missing')
      return target.ok ? ok({ kind: name, target: target.value }) : target
    }
    case 'a':
    case 'mx':
      return parseDualCidr(name, rest)
    case 'ptr': {
      const target = optionalTarget(rest)
      return target.ok ? ok({ kind: 'ptr', target: target.value }) : target
    }
    case 'ip4':
    case 'ip6':
      return rest.startsWith(':') ? parseNet(name, rest.slice(1)) : fail('an address is missing')
    default:
      return fail(`there is no mechanism ${JSON.stringify(name)}`)
  }
}

/** RFC 7208 §5.3, §5.4: `a:domain/24//64`. */
function parseDualCidr(kind: 'a' | 'mx', rest: string): Result<Mechanism, string> {
  const [, spec = '', four = '32', six = '128'] = DUAL_CIDR.exec(rest) ?? []
  if (Number(four) > 32 || Number(six) > 128) return fail('a prefix is longer than its address')
  const target = optionalTarget(spec)
  return target.ok ? ok({ kind, target: target.value, bits4: Number(four), bits6: Number(six) }) : target
}

function optionalTarget(text: string): Result<readonly MacroPart[] | null, string> {
  if (text === '') return ok(null)
  return text.startsWith(':') ? parseDomainSpec(text.slice(1)) : fail(`${JSON.stringify(text)} is no domain and no prefix length`)
}

/** RFC 7208 §5.6. */
function parseNet(kind: 'ip4' | 'ip6', text: string): Result<Mechanism, string> {
  const found = (kind === 'ip4' ? IP4 : IP6).exec(text)
  const [, address = '', bits] = found ?? []
  if (found === null || !(kind === 'ip4' ? ipaddr.IPv4 : ipaddr.IPv6).isValid(address)) return fail(`${text} is no net of ${kind === 'ip4' ? 'IPv4' : 'IPv6'}`)
  const most = kind === 'ip4' ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  if (length > most) return fail('a prefix is longer than its address')
  return ok({ kind: 'ip', net: { family: kind === 'ip4' ? 4 : 6, bytes: ipaddr.parse(address).toByteArray(), bits: length } })
}

import type { Directive, SpfRecord } from './record.ts'

/** What is found of a published record. The kinds are stable: pages say them in the reader's language. */
export interface SpfRemark {
  readonly kind:
    | 'no-domain' | 'no-record' | 'several-records' | 'syntax' | 'unknown' | 'loop' | 'cut' | 'too-many-lookups' | 'too-many-voids' | 'too-many-mx'
    | 'names-nothing' | 'passes-all' | 'open-end' | 'uses-ptr' | 'never-reached' | 'redirect-unused' | 'wide-net' | 'long'
  /** Errors change what receivers do; the rest is advice. */
  readonly severity: 'error' | 'warning'
  /** The domain whose record it is about, and the term there; '' for all of it. */
  readonly domain: string
  readonly term: string
  /** More of it, in English: what DNS said, a number. '' when the kind says all. */
  readonly detail: string
}

const ERRORS: ReadonlySet<SpfRemark['kind']> = new Set<SpfRemark['kind']>([
  'no-domain', 'no-record', 'several-records', 'syntax', 'unknown', 'loop', 'too-many-lookups', 'too-many-voids', 'too-many-mx', 'passes-all',
])

/** RFC 7208 §3.4 advises 450 octets, so that the answer fits into one packet with all other text records. */
const LONG_CHARS = 450

/** Nets wider than these hold more than one provider: /8 of IPv4 and /24 of IPv6. */
const WIDE_BITS = { 4: 8, 6: 24 } as const

/** A remark; its kind says how grave it is. */
export function remark(kind: SpfRemark['kind'], domain: string, term: string, detail = ''): SpfRemark {
  return { kind, severity: ERRORS.has(kind) ? 'error' : 'warning', domain, term, detail }
}

/** What is unwise in one record, from its text alone. An `included` one need not say what becomes of all others. */
export function remarksOn(domain: string, text: string, record: SpfRecord, place: 'first' | 'included'): readonly SpfRemark[] {
  const { directives, redirect } = record
  const found: SpfRemark[] = []
  const say = (kind: SpfRemark['kind'], term: string, detail = ''): void => void found.push(remark(kind, domain, term, detail))
  const end = directives.findIndex(({ mechanism }) => mechanism.kind === 'all')
  for (const [at, { mechanism, qualifier, text: term }] of directives.entries()) {
    if (end !== -1 && at > end) say('never-reached', term)
    if (mechanism.kind === 'ptr') say('uses-ptr', term) // RFC 7208 §5.5: it should not be published.
    if (qualifier === 'pass' && (mechanism.kind === 'all' || isEverything(mechanism))) say('passes-all', term)
    else if (qualifier === 'pass' && isWide(mechanism)) say('wide-net', term)
  }
  if (end !== -1 && redirect !== null) say('redirect-unused', redirect.text)
  if (place === 'first' && end === -1 && redirect === null) say('open-end', '')
  if (text.length > LONG_CHARS) say('long', '', String(text.length))
  return found
}

function isEverything(mechanism: Directive['mechanism']): boolean {
  return (mechanism.kind === 'ip' && mechanism.net.bits === 0) || ((mechanism.kind === 'a' || mechanism.kind === 'mx') && (mechanism.bits4 === 0 || mechanism.bits6 === 0))
}

function isWide(mechanism: Directive['mechanism']): boolean {
  return mechanism.kind === 'ip' && mechanism.net.bits < WIDE_BITS[mechanism.net.family]
}

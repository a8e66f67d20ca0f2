import type { ArcResult } from '../../proto/arc/check.ts'
import type { DkimFinding } from '../../proto/dkim/finding.ts'
import { MAX_SIGNATURES } from '../../proto/dkim/limits.ts'
import type { DmarcOutcome } from '../../proto/dmarc/outcome.ts'
import type { MethodResult } from '../../proto/mail/auth-results.ts'
import type { Authentication, IprevOutcome, SpfOutcome } from './authentication.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

/** What the header says of a message's authentication, and what the score hears of it. */
export interface AuthenticationReport {
  /** For `authenticationResults`: a method for each check that was made, one `dkim` for each signature. RFC 8601 §2.7. */
  readonly methods: readonly MethodResult[]
  /** Rules of `table/authentication.ts`. */
  readonly findings: readonly Finding[]
}

/** Reports what is known of who sent a message, for people, for filters after us, and for the score. Pure. */
export function authenticationReport({ tls, iprev, spf, dkim, arc, dmarc }: Authentication): AuthenticationReport {
  const methods: MethodResult[] = []
  const findings: Finding[] = []
  const add = (report: AuthenticationReport): void => {
    methods.push(...report.methods)
    findings.push(...report.findings)
  }
  if (tls !== null) methods.push(tlsMethod(tls))
  // What these two weigh is found with the other facts of the client: `network/`.
  if (iprev !== null) methods.push(iprevMethod(iprev))
  if (spf !== null) methods.push(spfMethod(spf))
  if (dkim !== null) add(ofDkim(dkim, dmarc))
  if (dmarc !== null) add(ofDmarc(dmarc))
  if (arc !== null && arc.result !== 'none') add(ofArc(arc))
  return { methods, findings }
}

/**
 * The results for what somebody submits who has logged in: RFC 8601 §2.7.4. The envelope sender is told, which he may write as, and not the name that he logs in with, which
 * may be an address that he shows to nobody.
 */
export function submissionMethods(sender: string | null, tls: Authentication['tls']): readonly MethodResult[] {
  return [{ method: 'auth', result: 'pass', reason: null, properties: sender === null ? [] : [['smtp.mailfrom', sender]] }, ...(tls === null ? [] : [tlsMethod(tls)])]
}

/** A method of our own, as its name begins with `x-`: RFC 8601 §2.7.7. Mail programs can show that the last hop was encrypted. */
function tlsMethod({ version, cipher }: NonNullable<Authentication['tls']>): MethodResult {
  return { method: 'x-tls', result: 'pass', reason: null, properties: [['smtp.version', version], ['smtp.cipher', cipher]] }
}

function iprevMethod({ result, address }: IprevOutcome): MethodResult {
  return { method: 'iprev', result, reason: null, properties: [['policy.iprev', address]] }
}

function spfMethod({ result, identity, domain, reason }: SpfOutcome): MethodResult {
  const property = identity === 'helo' ? 'smtp.helo' : 'smtp.mailfrom'
  const properties = domain === null ? [] : [[property, domain] as const]
  return { method: 'spf', result, reason, properties }
}

/** One good signature is told once, however many there are: spare ones, and broken ones beside it, say nothing. RFC 6376 §6.1. */
function ofDkim(all: readonly DkimFinding[], dmarc: DmarcOutcome | null): AuthenticationReport {
  const passed = all.find(({ result }) => result === 'pass')
  const waiting = all.find(({ result }) => result === 'temperror')
  const [first] = all
  const aligned = dmarc?.dkimAligned[0]
  if (first === undefined) return { methods: [{ method: 'dkim', result: 'none', reason: null, properties: [] }], findings: [finding('DKIM_NONE')] }
  // Those that nobody looked at are not told: a stranger can put thousands into a header.
  return { methods: all.slice(0, MAX_SIGNATURES).map(dkimMethod), findings: [verdict()] }

  function verdict(): Finding {
    if (aligned !== undefined) return finding('DKIM_ALIGNED', aligned)
    if (passed !== undefined) return finding('DKIM_PASS', passed.domain)
    return waiting === undefined ? finding('DKIM_FAIL', first?.domain ?? null) : finding('DKIM_TEMPERROR', waiting.domain)
  }
}

/** `header.b` tells signatures of one domain apart. RFC 6008 §4. */
function dkimMethod({ result, reason, domain, selector, algorithm, prefix }: DkimFinding): MethodResult {
  const known = [['header.d', domain], ['header.s', selector], ['header.a', algorithm], ['header.b', prefix]] as const
  const properties = known.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]))
  return { method: 'dkim', result, reason: reason?.replaceAll('-', ' ') ?? null, properties }
}

/** RFC 9989 §9.1: the author's domain, and the policy that is for the message. */
function ofDmarc(outcome: DmarcOutcome): AuthenticationReport {
  const { result, reasons, author, record, applies } = outcome
  const properties: (readonly [string, string])[] = author === null ? [] : [['header.from', author]]
  if (record !== null && result !== 'temperror') properties.push(['policy.dmarc', applies])
  const reason = reasons.length === 0 || result === 'none' ? null : reasons.join(', ').replaceAll('-', ' ')
  const findings = [finding(dmarcRule(outcome), author)]
  if (outcome.exists === false) findings.push(finding('AUTHOR_DOMAIN_MISSING', author))
  return { methods: [{ method: 'dmarc', result, reason, properties }], findings }
}

function dmarcRule({ result, reasons, applies }: DmarcOutcome): string {
  if (result === 'fail') return `DMARC_FAIL_${applies.toUpperCase()}`
  if (reasons.includes('several-authors')) return 'DMARC_SEVERAL_AUTHORS'
  return `DMARC_${result.toUpperCase()}`
}

function ofArc({ result, reason, hops }: ArcResult): AuthenticationReport {
  const methods = [{ method: 'arc', result, reason: reason?.replaceAll('-', ' ') ?? null, properties: [] }]
  return { methods, findings: [finding(`ARC_${result.toUpperCase()}`, hops[0]?.domain ?? null)] }
}

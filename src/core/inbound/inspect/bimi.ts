import { isLasting } from '../../../base/dns.ts'
import { bimiName, bimiSelector, parseBimi } from '../../../proto/bimi/record.ts'
import type { DmarcOutcome } from '../../../proto/dmarc/outcome.ts'
import type { DmarcRecord } from '../../../proto/dmarc/record.ts'
import { organizationOf, type TreeWalks } from '../../../proto/dmarc/walk.ts'
import type { MethodResult } from '../../../proto/mail/auth-results.ts'
import { fieldText, findFields } from '../../../proto/mail/headers.ts'
import type { HeaderScan } from '../../../proto/mail/header-scan.ts'
import type { SpfDns } from '../../../proto/spf/dns.ts'
import type { CheckRun } from '../../filter/told.ts'
import type { Proven } from './authenticate.ts'

/**
 * Whether the author's brand may be shown beside a message. draft-brand-indicators-for-message-identification §7.7. `skipped`: the author's domain does not stand up
 * for its mail, so nobody asked.
 */
export interface BimiOutcome {
  readonly result: 'pass' | 'none' | 'declined' | 'fail' | 'temperror' | 'skipped'
  /** Where the record is, or was looked for; null when nobody asked. */
  readonly domain: string | null
  readonly selector: string
}

const SKIPPED: BimiOutcome = { result: 'skipped', domain: null, selector: 'default' }

/**
 * Looks for the brand's record: at the author's domain, then at its organization's. Only for mail that its domain vouches for and protects; the record is told, nothing is
 * fetched, and nothing of it weighs. `walks` are those that DMARC asked. Never rejects: when DNS does not answer before `signal` that is a result.
 */
export async function lookUpBimi(dns: SpfDns, { dmarc, dkim }: Pick<Proven, 'dmarc' | 'dkim'>, header: HeaderScan, bytes: Uint8Array, walks: TreeWalks, signal: AbortSignal): Promise<BimiOutcome> {
  const { author, record } = dmarc
  if (author === null || !isProtected(dmarc) || record === null) return SKIPPED
  const walk = await walks.walk(author)
  if (walk.failedAt !== null) return { ...SKIPPED, result: 'temperror' }
  const organization = organizationOf(walk)
  const above = organization === author ? record : await walks.at(organization)
  // §7.1: neither the domain nor the one above it may leave a door open for others.
  if (typeof above === 'string' || !isStrict(above)) return SKIPPED
  const selector = selectorOf(header, bytes, dmarc, dkim)
  const own = await ask(dns, selector, author, signal)
  return own.result === 'none' && organization !== author ? await ask(dns, selector, organization, signal) : own
}

/** How Authentication-Results says it. The certificate, which is for whoever shows the picture to look at, was not. */
export function bimiMethod({ result, domain, selector }: BimiOutcome): MethodResult {
  const properties = domain === null ? [] : [['header.d', domain] as const, ['header.selector', selector] as const]
  return { method: 'bimi', result, reason: null, properties: result === 'pass' ? [...properties, ['policy.authority', 'none']] : properties }
}

/** How `merpati explain` says it. */
export function bimiRun({ result, domain, selector }: BimiOutcome): CheckRun {
  return { check: 'bimi', result, detail: domain === null ? null : bimiName(selector, domain) }
}

/** §7.1: DMARC passed, and the policy for the author asks for more than to look on. */
function isProtected({ result, published, record }: DmarcOutcome): boolean {
  return result === 'pass' && published !== null && published !== 'none' && record !== null && isStrict(record)
}

/** Of the domain and all below it, all of the time. `pct` has left DMARC, and those who still publish less than 100 mean it. */
function isStrict({ policy, subdomains, testing, text }: DmarcRecord): boolean {
  const share = /;[ \t]*pct[ \t]*=[ \t]*(\d{1,3})[ \t]*(?:;|$)/i.exec(text)?.[1]
  const isWhole = share === undefined || Number(share) >= 100 || policy === 'reject'
  return policy !== 'none' && subdomains !== 'none' && !testing && isWhole
}

/** §7.2: the field counts when the author's own signature covers it; else anybody on the way could have put it there. */
function selectorOf(header: HeaderScan, bytes: Uint8Array, { dkimAligned }: DmarcOutcome, dkim: Proven['dkim']): string {
  const isSigned = dkim.some(({ result, domain, names }) => result === 'pass' && domain !== null && dkimAligned.includes(domain) && names.includes('bimi-selector'))
  const [field] = isSigned ? findFields(header, ['bimi-selector']) : []
  return (field === undefined ? null : bimiSelector(fieldText(bytes, field))) ?? 'default'
}

async function ask(dns: SpfDns, selector: string, domain: string, signal: AbortSignal): Promise<BimiOutcome> {
  const answer = await dns.txt(bimiName(selector, domain), signal)
  if (answer.kind === 'failed' && !isLasting(answer.why)) return { result: 'temperror', domain, selector }
  const { kind } = parseBimi(answer.kind === 'found' ? answer.records : [])
  return { result: RESULT[kind], domain, selector }
}

const RESULT = { record: 'pass', declined: 'declined', none: 'none', broken: 'fail' } as const

import type { Subject } from '../wanted-records.ts'
import { checkBimi } from './bimi.ts'
import { checkCaa } from './caa.ts'
import { checkCertificate } from './certificate.ts'
import { checkDane } from './dane.ts'
import { checkDiscovery } from './discovery.ts'
import { checkDkimRotation } from './dkim-rotation.ts'
import { checkDkim } from './dkim.ts'
import { checkDmarcTree } from './dmarc-tree.ts'
import { checkDmarc } from './dmarc.ts'
import { checkDnssec } from './dnssec.ts'
import { checkExists } from './exists.ts'
import { CHECK_IDS, type CheckId, type Finding, PARKED_IDS, unknown, type UsualCheckId } from './finding.ts'
import { CHECK_WITHIN_MS } from './limits.ts'
import { checkLinks } from './links.ts'
import { checkLists } from './lists.ts'
import { checkMxAddress } from './mx-address.ts'
import { checkMxPort } from './mx-port.ts'
import { checkMx } from './mx.ts'
import { checkParked } from './parked.ts'
import { checkEhlo, checkPtr } from './ptr.ts'
import { type DnsPort, type OutsidePort, Questions } from './questions.ts'
import { checkResponsible } from './responsible.ts'
import { checkReturnPath } from './return-path.ts'
import { checkSpf } from './spf.ts'
import { checkSts } from './sts.ts'
import { checkTlsRpt } from './tls-rpt.ts'
import { checkUnsubscribe } from './unsubscribe.ts'

const CHECKS: Readonly<Record<UsualCheckId | (typeof PARKED_IDS)[number], (subject: Subject, ask: Questions) => Promise<Finding>>> = {
  exists: checkExists,
  mx: checkMx,
  'mx-address': checkMxAddress,
  'mx-port': checkMxPort,
  'mx-certificate': checkCertificate,
  ptr: checkPtr,
  ehlo: checkEhlo,
  spf: checkSpf,
  dkim: checkDkim,
  'dkim-rotation': checkDkimRotation,
  dmarc: checkDmarc,
  'dmarc-tree': checkDmarcTree,
  'return-path': checkReturnPath,
  'mta-sts': checkSts,
  'tls-rpt': checkTlsRpt,
  dane: checkDane,
  dnssec: checkDnssec,
  caa: checkCaa,
  discovery: checkDiscovery,
  bimi: checkBimi,
  responsible: checkResponsible,
  unsubscribe: checkUnsubscribe,
  links: checkLinks,
  lists: checkLists,
  parked: checkParked,
}

/** All checks of a domain, in the order of `CHECK_IDS`; of one without mail, of `PARKED_IDS`. */
export interface DomainCheck {
  readonly findings: readonly Finding[]
  /** The worst of them; what is unknown counts as nothing. */
  readonly kind: 'pass' | 'warn' | 'fail'
  readonly atMs: number
}

/**
 * Asks DNS and our own servers all that is to be known of a domain, at one time and within `CHECK_WITHIN_MS`: what has not answered by then is `unknown`.
 * Rejects only when `signal` aborts or a port throws.
 */
export async function checkDomain(subject: Subject, dns: DnsPort, outside: OutsidePort, signal: AbortSignal): Promise<DomainCheck> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(CHECK_WITHIN_MS)])
  const ids = subject.parked === true ? PARKED_IDS : CHECK_IDS
  const findings = await Promise.all(ids.map((id) => inTime(id, CHECKS[id](subject, new Questions(dns, outside, within)), within)))
  signal.throwIfAborted()
  return { findings, kind: worstKind(findings), atMs: subject.nowMs }
}

/** A check with one more finding. */
export function withFinding({ findings: before, atMs }: DomainCheck, finding: Finding): DomainCheck {
  const findings = [...before, finding]
  return { findings, kind: worstKind(findings), atMs }
}

/** What a check says, unless its time runs out. */
async function inTime(id: CheckId, check: Promise<Finding>, within: AbortSignal): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>()
  const late = (): void => resolve(unknown(id, 'an answer in time', { detail: 'it took too long' }))
  within.addEventListener('abort', late, { once: true })
  try {
    return await Promise.race([check, promise])
  } finally {
    within.removeEventListener('abort', late)
  }
}

function worstKind(findings: readonly Finding[]): DomainCheck['kind'] {
  if (findings.some(({ kind }) => kind === 'fail')) return 'fail'
  return findings.some(({ kind }) => kind === 'warn') ? 'warn' : 'pass'
}

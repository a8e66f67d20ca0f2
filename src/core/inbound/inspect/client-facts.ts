import { timeLimit } from '../../../base/time-limit.ts'
import type { Sender } from '../../../proto/smtp/envelope.ts'
import { checkSpf } from '../../../proto/spf/check.ts'
import { pathText, type SpfResult } from '../../../proto/spf/result.ts'
import type { IprevOutcome, SpfOutcome } from '../../filter/authentication.ts'
import { clientSubjects, domainSubjects } from '../../filter/dnslist/subjects.ts'
import { listFindings, type ListHit, type ListSession } from '../../filter/dnslist/list-session.ts'
import { type Finding, finding } from '../../filter/finding.ts'
import { type HeloForm, heloFindings, type HeloLeads, lookUpHelo, readHelo } from '../../filter/network/helo.ts'
import { LOOK_UP_WITHIN_MS } from '../../filter/network/limits.ts'
import { iprevResult, lookUpReverse, reverseFindings, type Reverse } from '../../filter/network/reverse.ts'
import { localSenderFindings, lookUpSenderDomain, type SenderDomain, senderDomainFindings } from '../../filter/network/sender.ts'
import { spfFindings } from '../../filter/network/spf.ts'
import type { Session } from '../session.ts'
import type { InspectHouse } from './house.ts'

/** What is known of a client and its sender when all questions have come back. */
export interface ClientFacts {
  readonly reverse: Reverse
  readonly helo: HeloForm
  readonly leads: HeloLeads | null
  readonly spf: SpfResult
  /** Null for the null sender. */
  readonly senderDomain: SenderDomain | null
  readonly hits: readonly ListHit[]
  /** What all of it speaks for or against. */
  readonly findings: readonly Finding[]
}

/** Asks about a client and its sender, all at once. Never rejects: what does not answer in time is not known. */
export async function clientFacts(house: InspectHouse, lists: ListSession, session: Session, { from }: Sender): Promise<ClientFacts> {
  const { dns, clock, hostname, ours } = house
  const { address } = session.peer
  const signal = timeLimit(LOOK_UP_WITHIN_MS)
  const helo = readHelo({ helo: session.helo, client: address, ours })
  const heloName = helo.kind === 'name' ? helo.name : null
  const domain = from?.domain ?? null
  const [reverse, leads, spf, senderDomain, hits, hosted] = await Promise.all([
    lookUpReverse(address, dns, signal),
    heloName === null ? null : lookUpHelo(heloName, address, dns, signal),
    checkSpf({ client: address, helo: session.helo, mailFrom: from === null ? '' : `${from.local}@${from.domain ?? from.literal}`, receiver: hostname, nowMs: clock.nowMs() }, dns, signal),
    domain === null ? null : lookUpSenderDomain(domain, dns, signal),
    lists.isAsking ? lists.about([...clientSubjects(address), ...domainSubjects([domain, heloName])], signal) : [],
    domain === null ? null : house.hostedAbove(domain),
  ])
  const findings = [
    ...(session.spokeFirst === true ? [finding('EARLY_TALKER')] : []),
    ...reverseFindings(reverse),
    ...heloFindings(helo, session.helo, leads),
    ...spfFindings(spf),
    ...(senderDomain === null || domain === null ? [] : senderDomainFindings(senderDomain, domain)),
    ...(domain === null ? [] : localSenderFindings({ domain, isHosted: hosted !== null, isTrusted: house.isTrusted(address), spf })),
    ...listFindings(hits),
  ]
  return { reverse, helo, leads, spf, senderDomain, hits, findings }
}

/** SPF as Authentication-Results and DMARC want it. */
export function spfOutcome({ verdict, identity, domain, path, problem }: SpfResult): SpfOutcome {
  const why = problem ?? pathText(path)
  return { result: verdict, identity, domain: domain === '' ? null : domain, reason: why === '' ? null : why }
}

/** The client's name as Authentication-Results wants it. */
export function iprevOutcome(reverse: Reverse, address: string): IprevOutcome {
  return { result: iprevResult(reverse), address, name: 'name' in reverse ? reverse.name : null }
}

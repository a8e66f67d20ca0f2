import type { WantedCertificate } from '../../core/certificate/certificate.ts'
import type { HostedDomain } from '../../core/domain/domain.ts'
import { domainsAfter } from '../../core/domain/sql.ts'
import type { Organization } from '../../core/organization/organization.ts'
import { organizationsAfter } from '../../core/organization/sql.ts'
import type { Database } from '../../infra/db/database.ts'
import { everyPage } from '../cli/pages.ts'

/** Hosts of a domain that programs look for (RFC 8461 §3.3, and what mail clients ask for settings), and the one that links of its mail may lead to: `linkName`. */
const HOSTED = ['mta-sts', 'autoconfig', 'autodiscover', 'links'] as const

/** Whether a name leads to this server; `unknown` when DNS does not say. */
export type LeadsHere = (name: string, signal: AbortSignal) => Promise<'yes' | 'no' | 'unknown'>

/**
 * The certificates for hosts of the domains that we serve, one for each domain that has any: an authority refuses an order as a whole, so names that do not lead
 * here must not be in it. Where DNS does not say, a name stays if it was there before.
 */
export async function hostedCertificates(db: Database, before: ReadonlySet<string>, leadsHere: LeadsHere, signal: AbortSignal): Promise<readonly WantedCertificate[]> {
  const wanted: WantedCertificate[] = []
  for (const { id } of await everyPage<Organization>((last) => organizationsAfter(db, last?.id ?? ''))) {
    for (const { name, state } of await everyPage<HostedDomain>((last) => domainsAfter(db, id, last?.name ?? ''))) {
      if (signal.aborted) return wanted
      if (state !== 'active') continue
      const names: string[] = []
      for (const host of HOSTED.map((label) => `${label}.${name}`)) {
        const leads = await leadsHere(host, signal)
        if (leads === 'yes' || (leads === 'unknown' && before.has(host))) names.push(host)
      }
      if (names.length > 0) wanted.push({ name: `hosted:${name}`, names })
    }
  }
  return wanted
}

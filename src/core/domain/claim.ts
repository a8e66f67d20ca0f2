import { createHmac } from 'node:crypto'
import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { Answer } from '../../base/dns.ts'

/** A record that only who keeps the zone of a domain can publish: it says that an organization may receive for it. */
export interface Claim {
  readonly name: string
  readonly value: string
}

/** What an organization has to publish as TXT before it receives for a domain. docs/decision/010-operator-keys.md. */
export function claimOf(organization: OrganizationId, domain: Domain, secret: Uint8Array): Claim {
  const token = createHmac('sha256', secret).update(`domain claim\0${organization}\0${domain}`).digest('base64url')
  return { name: `_merpati.${domain}`, value: `merpati-claim=${token}` }
}

/** Whether the record is there; `unknown` while DNS is silent. */
export function claimIn({ value }: Claim, answer: Answer<string>): 'published' | 'missing' | 'unknown' {
  if (answer.kind === 'failed') return 'unknown'
  return answer.kind === 'found' && answer.records.some((record) => record.trim() === value) ? 'published' : 'missing'
}

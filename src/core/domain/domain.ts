import type { Domain, OrganizationId } from '../../base/brand.ts'
import type { StsMode } from './sts.ts'

/** A name we receive for. */
export interface HostedDomain {
  readonly id: string
  readonly name: Domain
  readonly organization: OrganizationId
  /** `suspended`: its mail waits at its senders; `parked`: it has no mail, and says so. */
  readonly state: 'active' | 'suspended' | 'parked'
  /** What separates the base of a local part from its detail, as in `ani+news`. '' when the domain has no subaddresses. */
  readonly subaddress: string
  /** The domain this one stands for: the same local parts lead to the same places. Null for most. */
  readonly aliasOf: Domain | null
  /** What its MTA-STS policy asks: `testing` until its owner has seen that it works. */
  readonly mtaSts: StsMode
  readonly createdMs: number
}

import type { OrganizationId } from '../../base/brand.ts'

/** A tenant: owns domains, accounts, keys, pools and limits. */
export interface Organization {
  readonly id: OrganizationId
  readonly name: string
  readonly state: 'active' | 'suspended'
  /** The language of what we write to its people: `en` or `id`. */
  readonly locale: string
  readonly createdMs: number
}

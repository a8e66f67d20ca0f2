import type { Domain, OrganizationId } from '../../base/brand.ts'

/** A domain whose mail we keep for its own servers while they are away: we are its backup MX. RFC 5321 §5.1, deliverability §2.6. */
export interface RelayDomain {
  readonly name: Domain
  readonly organization: OrganizationId
  /** Its servers, as `host:port`; empty for those that its MX records name, less ourselves. */
  readonly hosts: readonly string[]
  /** Networks (CIDR) from which its servers may ask for what waits (ETRN); empty when nobody may. RFC 1985. */
  readonly etrnFrom: readonly string[]
  /** Who is taken mail for: those on our list, those that its own server takes mail for, or anybody. */
  readonly recipients: 'list' | 'callout' | 'any'
  /** How long its mail is kept. */
  readonly spoolMs: number
}

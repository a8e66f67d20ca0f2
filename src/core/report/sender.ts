import type { OrganizationId } from '../../base/brand.ts'
import type { Address } from '../../proto/mail/address.ts'

/** Who reports. */
export interface ReportSender {
  /** Our name. */
  readonly hostname: string
  /** The name people know us by. */
  readonly name: string
  /** Reports come from there: an address of a domain hosted here, whose keys sign them. RFC 9990 §3.5.2, RFC 8460 §3. */
  readonly from: Address
  /** Whose domain that is. */
  readonly organization: OrganizationId
}

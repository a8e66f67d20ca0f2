/** What endpoints are told of, by the names that the world sees. Stable: programs switch on them. */
export const PUBLIC_TYPES = [
  'email.queued', 'email.sent', 'email.delivered', 'email.deferred', 'email.delayed', 'email.bounced', 'email.failed', 'email.suppressed', 'email.canceled', 'email.held',
  'email.complained', 'email.opened', 'email.clicked', 'email.unsubscribed', 'email.resubscribed', 'email.received', 'suppression.created', 'suppression.deleted', 'account.suspicious', 'mailbox.over_quota', 'domain.verified', 'domain.dns_error', 'organization.limit_approaching', 'organization.limit_exceeded',
  'stream.warned', 'stream.slowed', 'stream.paused', 'stream.recovered', 'stream.resumed', 'alert.raised', 'alert.resolved', 'webhook.disabled',
] as const

/** One of them. */
export type PublicType = (typeof PUBLIC_TYPES)[number]

/** What a call says when somebody tries an endpoint out. Sent to that one only, whatever it is told of. */
export const TEST_TYPE = 'webhook.test'

/** Why mail did not arrive, in the words that webhooks, statistics and suppression use. Stable: others store them. */
export type Category = (typeof CATEGORIES)[number]

/** All categories: the recipient's, the destination's, ours, and what is no failure at all. */
export const CATEGORIES = [
  'bad-mailbox', 'bad-domain', 'inactive-mailbox', 'moved', 'mailbox-full', 'mailbox-full-inactive', 'recipient-rate', 'relay-denied',
  'greylist', 'host-unreachable', 'dns-temp', 'timeout', 'server-busy', 'server-error', 'throttled', 'block-ip', 'block-dnsbl',
  'block-domain', 'block-url', 'spam-content', 'spam-generic', 'auth-failed', 'policy', 'virus', 'attachment', 'too-large', 'protocol',
  'smtputf8-unsupported', 'too-many-recipients', 'sender-rejected', 'loop', 'expired', 'suppressed', 'cancelled', 'quota', 'complaint',
  'unsubscribe', 'auto-reply', 'challenge', 'unclassified',
] as const

/** Categories that speak of us, not of the recipient: the message waits, and the recipient is never suppressed for them. */
export const BLOCKS: readonly Category[] = ['block-ip', 'block-dnsbl', 'block-domain', 'block-url', 'auth-failed', 'throttled', 'greylist']

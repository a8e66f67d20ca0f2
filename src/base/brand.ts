declare const brand: unique symbol

/** A value that one function has checked; only that function casts. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A domain name as A-labels, lower-case, without a trailing dot. Made by `proto/mail/domain.ts`. */
export type Domain = Brand<string, 'Domain'>

/** An organization's id: a tenant. */
export type OrganizationId = Brand<string, 'OrganizationId'>
/** An account's id: a person or service that logs in. */
export type AccountId = Brand<string, 'AccountId'>
/** A message's id: one piece of immutable content, however many recipients. */
export type MessageId = Brand<string, 'MessageId'>
/** An email's id: a message at rest in an account. IMAP shows it as EMAILID. */
export type EmailId = Brand<string, 'EmailId'>
/** A thread's id; it never changes once given. */
export type ThreadId = Brand<string, 'ThreadId'>
/** A mailbox's id. IMAP shows it as MAILBOXID. */
export type MailboxId = Brand<string, 'MailboxId'>
/** A delivery's id: one recipient of a message, until it is settled. */
export type DeliveryId = Brand<string, 'DeliveryId'>

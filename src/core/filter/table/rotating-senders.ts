/**
 * Domains whose mail comes from very many addresses, and whose servers retry from another one: greylisting by net would keep them waiting for hours and tell
 * nothing. Counts only where SPF or DKIM vouches for the domain. Registered domains.
 */
export const ROTATING_SENDERS: ReadonlySet<string> = new Set([
  'amazonses.com', 'apple.com', 'exacttarget.com', 'facebookmail.com', 'github.com', 'gmail.com', 'gmx.net', 'google.com', 'googlemail.com', 'hotmail.com', 'hubspotemail.net', 'icloud.com', 'linkedin.com', 'live.com',
  'mailgun.org', 'mandrillapp.com', 'mcsv.net', 'microsoft.com', 'msn.com', 'mtasv.net', 'outlook.com', 'protonmail.com', 'qq.com', 'rsgsv.net', 'salesforce.com', 'sendgrid.net', 'shopee.co.id', 'sparkpostmail.com', 'tokopedia.com',
  'yahoo.co.id', 'yahoo.com', 'zoho.com', 'zohomail.com',
])

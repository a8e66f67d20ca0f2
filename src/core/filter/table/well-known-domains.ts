/**
 * Domains that much good mail links to or comes from and that no list of domains will ever hold: asking for them only costs time. Registered domains.
 * What people publish under a name of such a company (`sites.google.com`) is the business of the content rules.
 */
export const WELL_KNOWN_DOMAINS: ReadonlySet<string> = new Set([
  'adobe.com', 'amazon.com', 'apple.com', 'bca.co.id', 'bing.com', 'bni.co.id', 'bri.co.id', 'cloudflare.com', 'facebook.com', 'fb.com', 'github.com', 'gitlab.com', 'gmail.com', 'google.co.id',
  'google.com', 'googleapis.com', 'gstatic.com', 'hotmail.com', 'ibm.com', 'icloud.com', 'instagram.com', 'linkedin.com', 'live.com', 'mandiri.co.id', 'microsoft.com', 'mozilla.org', 'msn.com',
  'office.com', 'office365.com', 'outlook.com', 'paypal.com', 'shopee.co.id', 'slack.com', 'spotify.com', 'telegram.org', 'tiktok.com', 'tokopedia.com', 'twitter.com', 'w3.org', 'whatsapp.com', 'wikipedia.org',
  'x.com', 'yahoo.com', 'youtu.be', 'youtube.com', 'zoom.us',
])

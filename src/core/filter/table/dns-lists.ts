import { type DnsList, IP_TEST } from '../dnslist/list.ts'

/** What Spamhaus answers instead of an entry: a mistyped zone, a resolver that many share, too many questions. https://www.spamhaus.org/faq/section/DNSBL%20Usage, "Return Codes". */
const SPAMHAUS_ERRORS = ['127.255.255.252', '127.255.255.254', '127.255.255.255'] as const

/**
 * Lists that are asked, by what they publish about their answers. Which of them a house may ask, and how often, is between it and them: `policy` leads to
 * their terms, and above the answers stands where they say what these mean (read in November 2026). A list that is dead finds itself out by its test; it
 * need not be taken away in a hurry.
 */
export const DNS_LISTS: readonly DnsList[] = [
  {
    zone: 'zen.spamhaus.org',
    kinds: ['ip4', 'ip6'],
    // https://docs.spamhaus.com/datasets/docs/source/10-data-type-documentation/datasets/040-zones.html. 127.0.0.5 to 8 are not used.
    answers: [
      { match: { is: '127.0.0.2' }, rule: 'DNSBL_SBL' },
      { match: { is: '127.0.0.3' }, rule: 'DNSBL_CSS' },
      { match: { is: '127.0.0.4' }, rule: 'DNSBL_XBL' },
      { match: { is: '127.0.0.9' }, rule: 'DNSBL_DROP' },
      { match: { is: '127.0.0.10' }, rule: 'DNSBL_PBL' },
      { match: { is: '127.0.0.11' }, rule: 'DNSBL_PBL' },
      { match: { is: '127.0.0.30' }, rule: 'DNSBL_XBL' }, // BCL: hosts that botnets are led from.
    ],
    errors: SPAMHAUS_ERRORS,
    tier: 'block',
    test: IP_TEST,
    policy: 'https://www.spamhaus.org/blocklists/dnsbl-fair-use-policy/',
    isEnabled: true,
  },
  {
    zone: 'dbl.spamhaus.org',
    kinds: ['domain', 'url'],
    // The same page. From 102 on they are good domains that others abuse.
    answers: [
      { match: { is: '127.0.1.2' }, rule: 'DBL_SPAM' },
      { match: { is: '127.0.1.4' }, rule: 'DBL_PHISH' },
      { match: { is: '127.0.1.5' }, rule: 'DBL_MALWARE' },
      { match: { is: '127.0.1.6' }, rule: 'DBL_BOTNET' },
      ...['127.0.1.102', '127.0.1.103', '127.0.1.104', '127.0.1.105', '127.0.1.106'].map((is) => ({ match: { is }, rule: 'DBL_ABUSED' })),
    ],
    // The last one answers questions about addresses, which we never ask.
    errors: [...SPAMHAUS_ERRORS, '127.0.1.255'],
    tier: 'score',
    test: { listed: 'dbltest.com', unlisted: 'example.com' },
    policy: 'https://www.spamhaus.org/blocklists/dnsbl-fair-use-policy/',
    isEnabled: true,
  },
  {
    zone: 'b.barracudacentral.org',
    kinds: ['ip4'],
    // https://www.barracudacentral.org/rbl/how-to-use: the answer of its test entry, and of all others.
    answers: [{ match: { is: '127.0.0.2' }, rule: 'DNSBL_BARRACUDA' }],
    errors: [],
    tier: 'block',
    test: IP_TEST,
    policy: 'https://www.barracudacentral.org/rbl/how-to-use',
    isEnabled: false, // Resolvers have to be registered first.
  },
  {
    zone: 'bl.spamcop.net',
    kinds: ['ip4'],
    // https://www.spamcop.net/fom-serve/cache/291.html: "the response code ... to indicate a queried IP is listed".
    answers: [{ match: { is: '127.0.0.2' }, rule: 'DNSBL_SPAMCOP' }],
    errors: [],
    tier: 'block',
    test: IP_TEST,
    policy: 'https://www.spamcop.net/fom-serve/cache/291.html',
    isEnabled: true,
  },
  {
    zone: 'psbl.surriel.com',
    kinds: ['ip4'],
    // https://psbl.org/howto/ names no code; its entries have the usual one of RFC 5782 §2.1, and no other.
    answers: [{ match: { is: '127.0.0.2' }, rule: 'DNSBL_PSBL' }],
    errors: [],
    tier: 'block',
    test: IP_TEST,
    policy: 'https://psbl.org/about/',
    isEnabled: true,
  },
  {
    zone: 'bl.mailspike.net',
    kinds: ['ip4'],
    // https://mailspike.org/usage.html: a spam wave that is going on (127.0.0.2), or one of the three worst reputations (L5 to L3: 10 to 12).
    answers: ['127.0.0.2', '127.0.0.10', '127.0.0.11', '127.0.0.12'].map((is) => ({ match: { is }, rule: 'DNSBL_MAILSPIKE' })),
    errors: [],
    tier: 'block',
    test: IP_TEST,
    policy: 'https://mailspike.org/usage.html',
    isEnabled: true,
  },
  {
    zone: 'list.dnswl.org',
    kinds: ['ip4', 'ip6'],
    // https://www.dnswl.org/?page_id=15: 127.0.category.level. The category says what they do, the level how far they are trusted.
    answers: [
      { match: { last: 0 }, rule: 'DNSWL_NONE' },
      { match: { last: 1 }, rule: 'DNSWL_LOW' },
      { match: { last: 2 }, rule: 'DNSWL_MEDIUM' },
      { match: { last: 3 }, rule: 'DNSWL_HIGH' },
    ],
    errors: ['127.0.0.255'], // Too many questions.
    tier: 'allow',
    test: IP_TEST,
    policy: 'https://www.dnswl.org/?page_id=9',
    isEnabled: true,
  },
  {
    zone: 'multi.surbl.org',
    kinds: ['url'],
    // https://www.surbl.org/lists: bits of the last byte. 4 (addresses for one day) and 32 (what counts clicks) say nothing of spam.
    answers: [
      { match: { bit: 8 }, rule: 'SURBL_PHISH' },
      { match: { bit: 16 }, rule: 'SURBL_MALWARE' },
      { match: { bit: 64 }, rule: 'SURBL_ABUSE' },
      { match: { bit: 128 }, rule: 'SURBL_CRACKED' },
    ],
    errors: ['127.0.0.1'],
    tier: 'score',
    test: { listed: 'surbl-org-permanent-test-point.com', unlisted: 'example.com' },
    policy: 'https://surbl.org/usage-policy',
    isEnabled: true,
  },
  {
    zone: 'multi.uribl.com',
    kinds: ['url'],
    // https://uribl.com/about.shtml#implementation: bits of the last byte; 1 is a refusal (https://uribl.com/refused.shtml).
    answers: [
      { match: { bit: 2 }, rule: 'URIBL_BLACK' },
      { match: { bit: 4 }, rule: 'URIBL_GREY' },
      { match: { bit: 8 }, rule: 'URIBL_RED' },
    ],
    errors: ['127.0.0.1', '127.0.0.255'], // Refused: too many questions, or a shared resolver.
    tier: 'score',
    test: { ...IP_TEST, unlisted: 'example.com' },
    policy: 'https://uribl.com/about.shtml#abuse',
    isEnabled: true,
  },
]

import { HOUR_MS, MINUTE_MS } from '../../../base/duration.ts'
import type { Rule } from '../rule.ts'
import { atOnce, CHECK_DNSBL, connectionsPercent, NOTICE, PAUSE, ratePercent, reclass, SUSPEND } from '../rule-words.ts'

/** What anybody says, asked when no rule of the provider's own was hit; and what we count ourselves. */
export const ANY_RULES: readonly Rule[] = [
  {
    id: 'A50', providers: 'any', scope: 'source-site',
    when: [{
      text: /\bblocked\b|\b(?:black ?)?listed\b/i,
      and: /spamhaus|spamcop|barracuda|sorbs|cloudmark|\bivm|invaluement|trend ?micro|proofpoint/i,
    }],
    steps: [atOnce(4 * HOUR_MS, SUSPEND, CHECK_DNSBL, reclass('block-dnsbl'))],
    note: {
      en: 'The site found this address on a list of bad addresses.',
      id: 'Server tujuan menemukan alamat IP ini di sebuah daftar blokir.',
    },
    tests: {
      yes: [
        '554 5.7.1 Service unavailable; client host 192.0.2.1 blocked using zen.spamhaus.example',
        '550 192.0.2.1 is listed at SpamCop',
      ],
      no: ['550 5.1.1 Not in the directory of Proofpoint', '550 5.7.1 The user has blocked you', '550 Enlisted by Spamhaus'],
    },
  },
  {
    id: 'A51', providers: 'any', scope: 'recipient',
    when: [{ code: '4', text: /gr[ae]y-?list/i }],
    steps: [atOnce(null, { do: 'retry-after', afterMs: 6 * MINUTE_MS, sameSource: true })],
    note: {
      en: 'Greylisted: the site wants to see us again from the same address.',
      id: 'Greylist: server tujuan ingin kita mencoba lagi dari alamat IP yang sama.',
    },
    tests: {
      yes: ['450 4.2.0 Greylisted, see you in 300 seconds', '451 Grey-listing in action'],
      no: ['450 4.2.0 List is grey', '550 5.7.1 Greylisted for good'],
    },
  },
  {
    id: 'A52', providers: 'any', scope: 'source-site',
    when: [{ text: /too many (?:connections|sessions)|concurren/i }],
    steps: [atOnce(30 * MINUTE_MS, connectionsPercent(50))],
    note: {
      en: 'The site counts too many connections from this address.',
      id: 'Koneksi dari alamat IP ini ke server tujuan terlalu banyak.',
    },
    tests: {
      yes: ['421 4.7.0 Too many connections', '451 Too many sessions', '421 Concurrent connections exceeded'],
      no: ['452 4.5.3 Too many recipients', '450 Current load too high'],
    },
  },
  {
    id: 'A53', providers: 'any', scope: 'source-site', except: /quota|storage|\bfull\b|\bsize\b|receiving mail/i,
    when: [{ code: '4', text: /\brate\b|rate-?limit|too fast|throttl|frequency|exceed.{0,60}(?:hour|minute|limit)/i }],
    steps: [atOnce(30 * MINUTE_MS, ratePercent(50))],
    note: { en: 'The site asks us to send more slowly.', id: 'Server tujuan meminta pengiriman lebih lambat.' },
    tests: {
      yes: ['450 4.7.1 You are sending too fast', '421 Rate limited', '451 You exceeded the number of messages per hour', '452 Throttled'],
      no: [
        '451 4.3.0 Separate corporate server', '550 Rate too high', '452 4.2.2 The user exceeded the storage limit',
        '450 4.2.1 The user is receiving mail at a rate',
      ],
    },
  },
  {
    id: 'A54', providers: 'any', scope: 'stream',
    when: { count: 'unknown-users', atLeast: 20 },
    steps: [atOnce('manual', PAUSE, NOTICE)],
    note: {
      en: 'A fifth of the recipients of this stream do not exist: verify the list.',
      id: 'Seperlima penerima aliran ini tidak ada: periksa daftar penerimanya.',
    },
    tests: { yes: ['20', '100'], no: ['19', '0'] },
  },
  {
    id: 'A55', providers: 'any', scope: 'site',
    when: { count: 'connect-failures', atLeast: 50 },
    steps: [atOnce(15 * MINUTE_MS, SUSPEND)],
    note: { en: 'The site has not answered 50 times in a row.', id: 'Server tujuan tidak menjawab 50 kali berturut-turut.' },
    tests: { yes: ['50', '51'], no: ['49', '0'] },
  },
]

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../base/duration.ts'
import { perMinute } from '../rate.ts'
import type { Rule } from '../rule.ts'
import {
  after, ALARM, atOnce, CHECK_AUTH, CHECK_DNSBL, CHECK_PTR, connections, messagesPerConnection, NOTICE, PAUSE, rate, ratePercent, reclass,
  retryAfter, SUSPEND, SUSPEND_UNTIL_CHECKED,
} from '../rule-words.ts'

const yahoo = ['yahoo']
const apple = ['apple']
const comcast = ['comcast']

/** What Yahoo, Apple and Comcast say. */
export const AMERICA_RULES: readonly Rule[] = [
  {
    id: 'A25', providers: yahoo, scope: 'source-site',
    when: [{ text: /\[tss0?4\]|\[ipts0?4\]|\[ts01\]/i }],
    steps: [atOnce(2 * HOUR_MS, rate(perMinute(1))), after(2, HOUR_MS, 2 * HOUR_MS, SUSPEND)],
    note: {
      en: 'Yahoo holds back mail of this address for complaints or traffic.',
      id: 'Yahoo menahan surat dari alamat IP ini karena keluhan atau lalu lintas.',
    },
    tests: {
      yes: ['421 4.7.0 [TSS04] Messages temporarily held', '421 4.7.0 [TS01] Messages held', '421 4.7.0 [IPTS04] Held'],
      no: ['421 4.7.0 [TSS05] Held', '553 5.7.2 [TSS09] Refused'],
    },
  },
  {
    id: 'A26', providers: yahoo, scope: 'source-site',
    when: [{ text: /\[tss0?5\]|\[ipts0?5\]/i }],
    steps: [atOnce(4 * HOUR_MS, SUSPEND)],
    note: { en: 'Yahoo holds back mail of this address for complaints.', id: 'Yahoo menahan surat dari alamat IP ini karena keluhan.' },
    tests: { yes: ['421 4.7.0 [TSS05] Messages temporarily held', '421 4.7.0 [IPTS05] Held'], no: ['421 4.7.0 [TSS04] Held'] },
  },
  {
    id: 'A27', providers: yahoo, scope: 'source-site',
    when: [{ text: /\[ts0?3\]/i }],
    steps: [atOnce(30 * MINUTE_MS, rate(perMinute(10)))],
    note: { en: 'Yahoo holds back mail of this address.', id: 'Yahoo menahan surat dari alamat IP ini.' },
    tests: { yes: ['421 4.7.1 [TS03] All messages held'], no: ['421 4.7.1 [TS02] Held', '421 4.7.1 [TSS03x] Held'] },
  },
  {
    id: 'A27b', providers: yahoo, scope: 'source-site',
    when: [{ text: /\[ts0?2\]/i }],
    steps: [atOnce(30 * MINUTE_MS, rate(perMinute(1)))],
    note: { en: 'Yahoo holds back mail of this address for complaints.', id: 'Yahoo menahan surat dari alamat IP ini karena keluhan.' },
    tests: { yes: ['421 4.7.1 [TS02] Messages held for complaints'], no: ['421 4.7.1 [TS03] Held'] },
  },
  {
    id: 'A28', providers: yahoo, scope: 'source-site',
    when: [{ text: /tss0?9|tss11|permanently deferred/i }],
    steps: [atOnce(DAY_MS, SUSPEND, reclass('block-ip'))],
    note: { en: 'Yahoo refuses mail of this address for good.', id: 'Yahoo menolak surat dari alamat IP ini untuk seterusnya.' },
    tests: {
      yes: ['553 5.7.2 [TSS09] All messages will be permanently deferred', '553 5.7.2 [TSS11] Refused'],
      no: ['421 4.7.0 [TSS04] temporarily deferred'],
    },
  },
  {
    id: 'A29', providers: yahoo, scope: 'source-site',
    when: [{ text: /\[bl\d{0,3}\]|tss07|spamhaus/i }],
    steps: [atOnce(4 * HOUR_MS, SUSPEND, CHECK_DNSBL, reclass('block-dnsbl'))],
    note: { en: 'Yahoo found this address on a list of bad addresses.', id: 'Yahoo menemukan alamat IP ini di sebuah daftar blokir.' },
    tests: {
      yes: ['553 5.7.1 [BL21] Connections will not be accepted', '553 5.7.1 See Spamhaus', '553 5.7.1 [BL] No'],
      no: ['553 5.7.1 [BLUE] No', '554 5.7.9 No'],
    },
  },
  {
    id: 'A30', providers: yahoo, scope: 'stream-site',
    when: [{ text: /\[ph\d{1,4}\]/i }],
    steps: [atOnce('manual', PAUSE, NOTICE)],
    note: { en: 'Yahoo takes these messages for phishing.', id: 'Yahoo menganggap pesan ini sebagai phishing.' },
    tests: { yes: ['554 5.7.9 Message not accepted [PH01]'], no: ['554 5.7.9 Message not accepted [PHX]'] },
  },
  {
    id: 'A31', providers: yahoo, scope: 'tenant-site',
    when: [{ text: /au01|not pass(?:ed)? dkim|dmarc/i }],
    steps: [atOnce('until-ok', SUSPEND_UNTIL_CHECKED, CHECK_AUTH, NOTICE)],
    note: {
      en: 'DKIM or DMARC of the sender’s domain did not pass at Yahoo.',
      id: 'DKIM atau DMARC domain pengirim tidak lolos di Yahoo.',
    },
    tests: {
      yes: ['554 5.7.9 Message not accepted for policy reasons, DMARC', '554 5.7.9 (AU01)', '554 5.7.9 Did not pass DKIM'],
      no: ['554 5.7.9 AU02', '554 5.7.9 Passed DKIM'],
    },
  },
  {
    id: 'A32', providers: yahoo, scope: 'source-site',
    when: [{ text: /max message per connection/i }],
    steps: [atOnce(12 * HOUR_MS, messagesPerConnection(10))],
    note: { en: 'Yahoo wants fewer messages a connection.', id: 'Yahoo meminta lebih sedikit pesan per koneksi.' },
    tests: { yes: ['421 Max message per connection reached, closing'], no: ['421 Too many messages'] },
  },
  {
    id: 'A33', providers: apple, scope: 'source-site',
    when: [{ text: /\[hc?m\d{0,2}\]|was deferred/i }],
    steps: [atOnce(15 * MINUTE_MS, SUSPEND)],
    note: { en: 'Apple holds back mail of this address.', id: 'Apple menahan surat dari alamat IP ini.' },
    tests: {
      yes: ['450 4.7.1 [HM08] Message held', '450 4.7.1 [HCM] Held', '451 4.7.1 Your message was deferred'],
      no: ['450 4.7.1 [HX] Held', '550 5.7.1 [CS01] Refused'],
    },
  },
  {
    id: 'A34', providers: apple, scope: 'source-site',
    when: [{ text: /\[bs\d{1,4}\]|service unavailable/i }],
    steps: [after(5, HOUR_MS, 15 * MINUTE_MS, SUSPEND)],
    note: { en: 'Apple closes its door to this address again and again.', id: 'Apple berkali-kali menutup pintu bagi alamat IP ini.' },
    tests: { yes: ['421 4.7.1 [BS03] Service unavailable', '554 Service unavailable'], no: ['421 4.7.1 [BSX] Busy'] },
  },
  {
    id: 'A35', providers: apple, scope: 'stream-site',
    when: [{ text: /\[cs\d{1,4}\]|rejected due to local policy|spamhaus dbl/i }],
    steps: [atOnce(4 * HOUR_MS, PAUSE, NOTICE)],
    note: { en: 'Apple distrusts what these messages say or link to.', id: 'Apple tidak memercayai isi atau tautan pesan ini.' },
    tests: {
      yes: ['550 5.7.1 [CS01] Message rejected due to local policy', '550 Listed in Spamhaus DBL'],
      no: ['550 5.1.1 Unknown user', '450 4.7.1 [HM01] Held'],
    },
  },
  {
    id: 'A36', providers: comcast, scope: 'source-site',
    when: [{ text: /rl0000\d\d/i }],
    steps: [atOnce(2 * HOUR_MS, ratePercent(50), retryAfter(5 * MINUTE_MS)), after(2, HOUR_MS, 2 * HOUR_MS, connections(2))],
    note: { en: 'Comcast limits the rate of this address.', id: 'Comcast membatasi laju alamat IP ini.' },
    tests: { yes: ['452 4.1.0 Too much mail. RL000001', '421 RL000010'], no: ['554 BL000001', '452 RL0000'] },
  },
  {
    id: 'A37', providers: comcast, scope: 'source-site',
    when: [{ text: /bl0000\d/i }],
    steps: [atOnce(12 * HOUR_MS, SUSPEND, CHECK_DNSBL, reclass('block-ip'))],
    note: { en: 'Comcast has this address on a list of bad addresses.', id: 'Alamat IP ini ada di daftar blokir Comcast.' },
    tests: { yes: ['554 192.0.2.1 is refused. BL000010'], no: ['452 4.1.0 RL000001', '554 BL000X'] },
  },
  {
    id: 'A38', providers: comcast, scope: 'source',
    when: [{ text: /es0000\d|\bptr\b/i }],
    steps: [atOnce('until-ok', SUSPEND_UNTIL_CHECKED, CHECK_PTR, ALARM)],
    note: {
      en: 'Comcast finds no reverse DNS, or one of a home connection.',
      id: 'Comcast tidak menemukan reverse DNS, atau menganggapnya koneksi rumahan.',
    },
    tests: { yes: ['421 Reverse DNS failure. ES000001', '554 The address has no PTR record'], no: ['554 ES000X', '554 Cryptography'] },
  },
]

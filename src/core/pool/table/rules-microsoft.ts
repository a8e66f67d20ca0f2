import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../base/duration.ts'
import { perMinute } from '../rate.ts'
import type { Rule } from '../rule.ts'
import {
  ALARM, atOnce, CHECK_AUTH, connections, messagesPerConnection, NOTICE, rate, reclass, retryAfter, SUSPEND, SUSPEND_UNTIL_CHECKED,
} from '../rule-words.ts'

const consumer = ['ms-consumer']
const both = ['ms-consumer', 'm365']

/** Customers of Microsoft 365 write refusals of their own: their words must not suspend us for everybody else there. */
const except = /transport\.rules|custom rule|reject(?:ed)? by (?:your|the) (?:organization|admin)/i

/** What Microsoft says, to consumers and to companies. */
export const MICROSOFT_RULES: readonly Rule[] = [
  {
    id: 'A15', providers: consumer, scope: 'source-site',
    when: [{ text: /rp-00[1-3]|exceeded the (?:rate|connection)/i }],
    steps: [atOnce(HOUR_MS, rate(perMinute(1)), connections(1))],
    note: { en: 'Outlook.com limits the rate of this address.', id: 'Outlook.com membatasi laju alamat IP ini.' },
    tests: {
      yes: ['421 RP-001 The rate of this address is limited', '451 4.7.650 You exceeded the connection limit'],
      no: ['550 5.7.1 SC-001 Refused', '421 RP-009 Other'],
    },
  },
  {
    id: 'A16', providers: consumer, scope: 'source-site', except,
    when: [{ text: /s3140|s3150|part of their network is on our block list/i }],
    steps: [atOnce(DAY_MS, SUSPEND, reclass('block-ip'), ALARM)],
    note: {
      en: 'Microsoft has this address, or its network, on its block list. Its form for senders: https://olcsupport.office.com/.',
      id: 'Alamat IP ini atau jaringannya ada di daftar blokir Microsoft. Formulir untuk pengirim: https://olcsupport.office.com/.',
    },
    tests: {
      yes: [
        '550 5.7.1 Messages from 192.0.2.1 were not sent, since part of their network is on our block list (S3140)',
        '550 5.7.1 Refused (S3150)',
      ],
      no: ['550 5.7.1 Refused (S3141x)', '550 5.7.1 TRANSPORT.RULES.RejectMessage; (S3150)'],
    },
  },
  {
    id: 'A17', providers: both, scope: 'source-site', except,
    when: [
      { enhanced: ['4.7.650', '4.7.651'] }, { code: '421', enhanced: ['4.7.500'] },
      { text: /rate limited due to ip reputation|\bas\(?84[034]\b/i },
    ],
    steps: [atOnce(90 * MINUTE_MS, rate(perMinute(1)), connections(1))],
    note: { en: 'Microsoft limits this address for its reputation.', id: 'Microsoft membatasi alamat IP ini karena reputasinya.' },
    tests: {
      yes: ['421 4.7.650 The mail server was limited', '451 4.7.500 Server busy (AS843)', '451 Rate limited due to IP reputation'],
      no: ['451 4.7.500 Server busy, try again', '550 5.7.650 No', '451 4.3.2 AS8430'],
    },
  },
  {
    id: 'A18', providers: both, scope: 'tenant-site',
    when: [{ enhanced: ['5.7.515'] }],
    steps: [atOnce('until-ok', SUSPEND_UNTIL_CHECKED, CHECK_AUTH, NOTICE)],
    note: {
      en: 'SPF, DKIM or DMARC of the sender’s domain did not pass at Microsoft.',
      id: 'SPF, DKIM, atau DMARC domain pengirim tidak lolos di Microsoft.',
    },
    tests: { yes: ['550 5.7.515 The domain does not meet the level of authentication'], no: ['550 5.7.511 Banned', '550 5.7.51 No'] },
  },
  {
    id: 'A19', providers: both, scope: 'source-site', except,
    when: [{ enhanced: ['5.7.606', '5.7.511'] }, { text: /banned send|delist@/i }],
    steps: [atOnce(DAY_MS, SUSPEND, reclass('block-ip'), ALARM)],
    note: {
      en: 'Microsoft has banned this address. It takes requests at https://sender.office.com/.',
      id: 'Microsoft memblokir alamat IP ini. Permintaan diterima di https://sender.office.com/.',
    },
    tests: {
      yes: [
        '550 5.7.606 Access denied, banned sending IP 192.0.2.1', '550 5.7.511 Access denied',
        '550 5.7.1 Write to delist@messaging.microsoft.com',
      ],
      no: ['550 5.7.1 TRANSPORT.RULES.RejectMessage; banned sender', '550 5.4.1 Access denied'],
    },
  },
  {
    id: 'A20', providers: both, scope: 'source-site', except,
    when: [{ text: /sc-001|ou-00[12]/i }],
    steps: [atOnce(12 * HOUR_MS, SUSPEND, reclass('block-ip'))],
    note: { en: 'Microsoft refuses mail of this address by policy.', id: 'Kebijakan Microsoft menolak surat dari alamat IP ini.' },
    tests: {
      yes: ['550 SC-001 Mail refused for policy', '550 OU-002 Mail refused for policy'],
      no: ['550 SC-004 Mail refused', '550 DY-001 Mail refused'],
    },
  },
  {
    id: 'A20b', providers: both, scope: 'source-site', except,
    when: [{ text: /dy-00[12]/i }],
    steps: [atOnce(12 * HOUR_MS, reclass('block-ip'), ALARM)],
    note: {
      en: 'Microsoft takes this address for one of a home connection.',
      id: 'Microsoft menganggap alamat IP ini sebagai koneksi rumahan.',
    },
    tests: { yes: ['550 DY-001 Mail refused, dynamic address'], no: ['550 SC-001 Mail refused', '550 DY-003 Mail refused'] },
  },
  {
    id: 'A21', providers: both, scope: 'source-site', except,
    when: [{ text: /ib007|maximum number of connections/i }],
    steps: [atOnce(HOUR_MS, connections(1))],
    note: { en: 'Microsoft counts too many connections from this address.', id: 'Koneksi dari alamat IP ini ke Microsoft terlalu banyak.' },
    tests: {
      yes: ['421 4.3.2 The maximum number of connections has been reached', '421 Too many (IB007)'],
      no: ['421 4.3.2 Too many messages per connection', '421 IB008'],
    },
  },
  {
    id: 'A22', providers: both, scope: 'source-site', except,
    when: [{ text: /messages per connection/i }],
    steps: [atOnce(HOUR_MS, messagesPerConnection(2))],
    note: { en: 'Microsoft wants fewer messages a connection.', id: 'Microsoft meminta lebih sedikit pesan per koneksi.' },
    tests: { yes: ['452 4.3.1 Too many messages per connection'], no: ['452 4.5.3 Too many recipients'] },
  },
  {
    id: 'A23', providers: ['m365'], scope: 'recipient',
    when: [{ enhanced: ['4.7.1'], text: /gr[ae]y-?list|try again/i }, { code: '451', enhanced: ['4.7.500'] }],
    steps: [atOnce(null, retryAfter(15 * MINUTE_MS))],
    note: { en: 'Microsoft asks us to come back later.', id: 'Microsoft meminta kita mencoba lagi nanti.' },
    tests: {
      yes: ['451 4.7.1 Greylisted, please try again', '451 4.7.500 Server busy'],
      no: ['451 4.7.1 Not now', '451 4.7.500 Server busy (AS844)'],
    },
  },
  {
    id: 'A24', providers: ['m365'], scope: 'recipient',
    when: [{ enhanced: ['5.4.1'], text: /access denied/i }],
    steps: [atOnce(null, reclass('bad-mailbox'))],
    note: {
      en: 'There is no such mailbox: the directory of the company is asked at its edge.',
      id: 'Kotak surat itu tidak ada menurut direktori perusahaan tujuan.',
    },
    tests: { yes: ['550 5.4.1 Recipient address rejected: Access denied'], no: ['550 5.4.1 No route', '550 5.7.1 Access denied'] },
  },
]

import { HOUR_MS, MINUTE_MS } from '../../../base/duration.ts'
import { perMinute } from '../rate.ts'
import type { Rule } from '../rule.ts'
import {
  after, ALARM, atOnce, CHECK_AUTH, CHECK_PTR, connections, connectionsPercent, NOTICE, PAUSE, rate, retryAfter, SUSPEND, SUSPEND_BULK,
  SUSPEND_UNTIL_CHECKED,
} from '../rule-words.ts'

const providers = ['gmail']

/** What Gmail says. The order counts: the first rule that is hit holds. */
export const GMAIL_RULES: readonly Rule[] = [
  {
    id: 'A1', providers, scope: 'source-site',
    when: [{ code: '421', enhanced: ['4.7.28'], text: /ip address|netblock/i }],
    steps: [atOnce(30 * MINUTE_MS, rate(perMinute(10)), connections(1)), after(3, HOUR_MS, 2 * HOUR_MS, SUSPEND)],
    note: {
      en: 'Gmail sees too much unwanted mail from this address.',
      id: 'Gmail melihat terlalu banyak surat tak diinginkan dari alamat IP ini.',
    },
    tests: {
      yes: ['421-4.7.28 An unusual rate of mail was seen from your IP address 192.0.2.1', '421 4.7.28 Too much mail from your netblock'],
      no: ['421 4.7.28 An unusual rate of mail with your DKIM domain', '421 4.7.0 Mail from your IP address looks odd'],
    },
  },
  {
    id: 'A2', providers, scope: 'tenant-site',
    when: [{ enhanced: ['4.7.28'], text: /(?:dkim|spf) domain/i }],
    steps: [atOnce(2 * HOUR_MS, rate(perMinute(5)), NOTICE)],
    note: {
      en: 'Gmail sees too much unwanted mail with this domain.',
      id: 'Gmail melihat terlalu banyak surat tak diinginkan dengan domain ini.',
    },
    tests: {
      yes: [
        '421-4.7.28 An unusual rate of mail was seen with your DKIM domain',
        '421 4.7.28 Too much mail for the SPF domain shop.example',
      ],
      no: ['421-4.7.28 Too much mail with this URL domain', '421 4.7.0 DKIM domain'],
    },
  },
  {
    id: 'A3', providers, scope: 'stream-site',
    when: [{ enhanced: ['4.7.28'], text: /url domain/i }],
    steps: [atOnce(4 * HOUR_MS, PAUSE, NOTICE)],
    note: { en: 'Gmail distrusts a link in these messages.', id: 'Gmail tidak memercayai tautan di dalam pesan ini.' },
    tests: {
      yes: ['421-4.7.28 An unusual rate of mail with your URL domain shop.example'],
      no: ['421-4.7.28 An unusual rate from your IP address'],
    },
  },
  {
    id: 'A4', providers, scope: 'stream-site',
    when: [{ enhanced: ['4.7.28'], text: /same message-id/i }],
    steps: [atOnce('manual', PAUSE, NOTICE)],
    note: {
      en: 'Many messages carry one Message-ID: the program that sends them is at fault.',
      id: 'Banyak pesan memakai Message-ID yang sama: program pengirimnya salah.',
    },
    tests: { yes: ['421 4.7.28 Many messages with the same Message-ID'], no: ['421 4.7.28 Many messages from the same netblock'] },
  },
  {
    id: 'A5', providers, scope: 'source-site',
    when: [{ code: '550', enhanced: ['5.7.28'] }],
    steps: [atOnce(12 * HOUR_MS, SUSPEND, ALARM)],
    note: {
      en: 'Gmail refuses this address for the amount of unwanted mail from it.',
      id: 'Gmail menolak alamat IP ini karena banyaknya surat tak diinginkan.',
    },
    tests: {
      yes: ['550-5.7.28 Mail from your IP address is refused'],
      no: ['421 4.7.28 Mail from your IP address is limited', '550 5.7.26 No authentication'],
    },
  },
  {
    id: 'A6', providers, scope: 'source-site',
    when: [{ enhanced: ['4.7.0'], text: /very low reputation/i, and: /\bip\b/i }],
    steps: [atOnce(6 * HOUR_MS, rate(perMinute(1)), connections(1))],
    note: { en: 'Gmail gives this address a very low reputation.', id: 'Reputasi alamat IP ini sangat rendah di Gmail.' },
    tests: {
      yes: ['421-4.7.0 Held for the very low reputation of the sending IP address'],
      no: ['421-4.7.0 Held for the very low reputation of the sending domain'],
    },
  },
  {
    id: 'A7', providers, scope: 'tenant-site',
    when: [{ enhanced: ['4.7.0', '4.7.1', '5.7.0', '5.7.1'], text: /very low reputation/i, and: /domain/i }],
    steps: [atOnce(12 * HOUR_MS, PAUSE, NOTICE)],
    note: { en: 'Gmail gives the sender’s domain a very low reputation.', id: 'Reputasi domain pengirim sangat rendah di Gmail.' },
    tests: {
      yes: [
        '550-5.7.1 Refused for the very low reputation of the sending domain',
        '421 4.7.0 Held for the very low reputation of the domain',
      ],
      no: ['550 5.7.1 The domain is not known', '421 4.7.0 Held for the very low reputation of the sending IP'],
    },
  },
  {
    id: 'A8', providers, scope: 'stream-site',
    when: [{ enhanced: ['4.7.0'], text: /nature of the content/i }],
    steps: [atOnce(4 * HOUR_MS, rate(perMinute(1))), after(3, 4 * HOUR_MS, 4 * HOUR_MS, PAUSE)],
    note: { en: 'Gmail distrusts what these messages say.', id: 'Gmail tidak memercayai isi pesan ini.' },
    tests: {
      yes: ['421-4.7.0 Held for the nature of the content of the message'],
      no: ['550 5.7.1 Refused for the nature of the content'],
    },
  },
  {
    id: 'A9', providers, scope: 'source',
    when: [{ enhanced: ['4.7.23', '4.7.25', '5.7.25'] }, { enhanced: ['4.7.0'], text: /\bptr\b/i }],
    steps: [atOnce('until-ok', SUSPEND_UNTIL_CHECKED, CHECK_PTR, ALARM)],
    note: {
      en: 'The reverse DNS of this address is missing or does not fit.',
      id: 'Reverse DNS alamat IP ini tidak ada atau tidak cocok.',
    },
    tests: {
      yes: [
        '421-4.7.23 The sending address has no PTR record', '550-5.7.25 The PTR does not lead back',
        '421 4.7.0 No PTR record was found',
      ],
      no: ['421 4.7.0 Try again later', '550 5.7.26 No authentication'],
    },
  },
  {
    id: 'A10', providers, scope: 'tenant-site',
    when: [{ enhanced: ['4.7.26', '5.7.26', '4.7.27', '5.7.27', '4.7.30', '5.7.30'] }],
    steps: [atOnce('until-ok', SUSPEND_UNTIL_CHECKED, CHECK_AUTH, NOTICE)],
    note: { en: 'SPF or DKIM of the sender’s domain did not pass at Gmail.', id: 'SPF atau DKIM domain pengirim tidak lolos di Gmail.' },
    tests: {
      yes: ['550-5.7.26 Neither SPF nor DKIM passed', '421 4.7.27 SPF did not pass', '550 5.7.30 DKIM did not pass'],
      no: ['550 5.7.25 No PTR', '550 5.7.2 Not here'],
    },
  },
  {
    id: 'A11', providers, scope: 'site',
    when: [{ enhanced: ['4.7.29', '5.7.29'] }, { text: /tls (?:is )?required/i }],
    steps: [atOnce('permanent', { do: 'require-tls', need: 'require' })],
    note: { en: 'Gmail takes mail over TLS only.', id: 'Gmail hanya menerima surat lewat TLS.' },
    tests: {
      yes: ['550-5.7.29 This message came without TLS', '530 5.7.0 TLS required'],
      no: ['550 5.7.28 Refused', '421 4.7.0 TLS is optional'],
    },
  },
  {
    id: 'A12', providers, scope: 'tenant-site',
    when: [{ enhanced: ['4.7.31', '5.7.31', '4.7.32', '5.7.32', '4.7.40', '5.7.40'] }],
    steps: [atOnce('until-ok', SUSPEND_BULK, CHECK_AUTH, NOTICE)],
    note: {
      en: 'DMARC of the sender’s domain is missing, or From does not fit SPF and DKIM.',
      id: 'DMARC domain pengirim tidak ada, atau From tidak selaras dengan SPF dan DKIM.',
    },
    tests: {
      yes: ['421-4.7.32 From is not aligned', '550 5.7.40 No DMARC record', '550 5.7.31 No DMARC'],
      no: ['550 5.7.30 DKIM did not pass', '550 5.7.3 No'],
    },
  },
  {
    id: 'A13', providers, scope: 'recipient',
    when: [{ enhanced: ['4.2.1'], text: /too quickly|at a rate/i }],
    steps: [atOnce(null, retryAfter(HOUR_MS))],
    note: {
      en: 'This mailbox gets more mail than Gmail lets in.',
      id: 'Kotak surat ini menerima lebih banyak surat daripada yang diizinkan Gmail.',
    },
    tests: {
      yes: ['450-4.2.1 The user gets mail too quickly', '450 4.2.1 The user gets mail at a rate that is too high'],
      no: ['450 4.2.1 The mailbox is not available', '421 4.7.28 too quickly'],
    },
  },
  {
    id: 'A14', providers, scope: 'source-site',
    when: [{ code: '421', text: /try again later|server busy/i }, { code: '451', text: /try again later|server busy/i }],
    steps: [atOnce(10 * MINUTE_MS, connectionsPercent(50))],
    note: { en: 'Gmail is busy.', id: 'Gmail sedang sibuk.' },
    tests: {
      yes: ['421-4.7.0 Try again later, closing connection', '451 4.3.0 Server busy'],
      no: ['550 5.7.1 Do not try again later', '452 4.5.3 Try again later'],
    },
  },
  {
    id: 'A56', providers, scope: 'tenant-site',
    when: [{ code: '421', enhanced: ['4.7.28'] }],
    steps: [atOnce(30 * MINUTE_MS, rate(perMinute(20))), after(3, HOUR_MS, 30 * MINUTE_MS, { do: 'hit', rule: 'A1' })],
    note: {
      en: 'Gmail sees too much unwanted mail, and does not say of whom.',
      id: 'Gmail melihat terlalu banyak surat tak diinginkan, tanpa menyebut dari siapa.',
    },
    tests: {
      yes: ['421-4.7.28 An unusual rate of unwanted mail was seen'],
      no: ['421-4.7.28 An unusual rate from your IP address', '550-5.7.28 Refused'],
    },
  },
]

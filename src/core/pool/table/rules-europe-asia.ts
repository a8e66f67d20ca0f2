import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../base/duration.ts'
import { perMinute } from '../rate.ts'
import type { Rule } from '../rule.ts'
import { after, ALARM, atOnce, atOnceFor, connections, PAUSE, rate, ratePercent, reclass, SUSPEND } from '../rule-words.ts'

/** What providers of Europe and Asia say. */
export const EUROPE_ASIA_RULES: readonly Rule[] = [
  {
    id: 'A39', providers: ['gmx-webde'], scope: 'source-site',
    when: [{ text: /too many connections/i }],
    steps: [atOnce(30 * MINUTE_MS, connections(1))],
    note: {
      en: 'GMX and WEB.DE count too many connections from this address.',
      id: 'Koneksi dari alamat IP ini ke GMX dan WEB.DE terlalu banyak.',
    },
    tests: { yes: ['421 Too many connections'], no: ['421 Too many messages'] },
  },
  {
    id: 'A40', providers: ['gmx-webde'], scope: 'source-site',
    when: [{ text: /policy (?:restrictions|violations)/i }],
    steps: [atOnce(HOUR_MS, rate(perMinute(1))), after(5, HOUR_MS, 2 * HOUR_MS, SUSPEND)],
    note: {
      en: 'GMX and WEB.DE hold back mail of this address by policy.',
      id: 'GMX dan WEB.DE menahan surat dari alamat IP ini karena kebijakan.',
    },
    tests: { yes: ['421 Refused for policy restrictions', '554 Policy violations'], no: ['554 Policy'] },
  },
  {
    id: 'A41', providers: ['orange'], scope: 'source-site',
    when: [{ text: /trop de connexions/i }],
    steps: [atOnce(HOUR_MS, connections(1))],
    note: { en: 'Orange counts too many connections from this address.', id: 'Koneksi dari alamat IP ini ke Orange terlalu banyak.' },
    tests: { yes: ['421 Trop de connexions, veuillez verifier votre configuration. OFR004_104'], no: ['421 Service refuse'] },
  },
  {
    id: 'A42', providers: ['orange'], scope: 'source-site',
    when: [{ text: /ofr_?\d|service refus|cloudmark/i }],
    steps: [after(2, HOUR_MS, HOUR_MS, SUSPEND)],
    note: { en: 'Orange refuses mail of this address.', id: 'Orange menolak surat dari alamat IP ini.' },
    tests: {
      yes: ['550 5.7.1 Service refuse. OFR_506', '550 5.7.1 See Cloudmark'],
      no: ['550 5.1.1 Adresse inconnue', '421 Trop de connexions. OFR004'],
    },
  },
  {
    id: 'A43', providers: ['t-online'], scope: 'source-site',
    when: [{ code: '554', text: /ip=|ask for help|tosa/i }],
    steps: [atOnce(7 * DAY_MS, SUSPEND, reclass('block-ip'), ALARM)],
    note: {
      en: 'T-Online allows each address by hand: it wants an imprint at the name of the reverse DNS, and a message to its postmaster.',
      id: 'T-Online mengizinkan alamat IP satu per satu: perlu halaman imprint pada nama reverse DNS dan surat ke postmaster-nya.',
    },
    tests: {
      yes: ['554 IP=192.0.2.1 - A problem occurred. Ask your postmaster for help or contact tosa@rx.t-online.example'],
      no: ['550 5.1.1 IP=none', '554 No'],
    },
  },
  {
    id: 'A44', providers: ['mailru'], scope: 'stream-site',
    when: [{ text: /spam message rejected/i }],
    steps: [after(5, HOUR_MS, 4 * HOUR_MS, PAUSE)],
    note: { en: 'Mail.ru takes these messages for spam.', id: 'Mail.ru menganggap pesan ini sebagai spam.' },
    tests: { yes: ['550 spam message rejected'], no: ['550 message rejected'] },
  },
  {
    id: 'A45', providers: ['mailru', 'yandex'], scope: 'source-site',
    when: [{ code: '4', text: /rate limit|too many|try again later/i }],
    steps: [atOnce(HOUR_MS, ratePercent(50))],
    note: { en: 'The provider asks us to send more slowly.', id: 'Penyedia tujuan meminta pengiriman lebih lambat.' },
    tests: {
      yes: ['451 Ratelimit: rate limit exceeded', '421 Too many connections', '451 4.7.1 Please try again later'],
      no: ['451 Not now', '550 Too many complaints'],
    },
  },
  {
    id: 'A46', providers: ['yandex'], scope: 'source-site',
    when: [{ text: /suspicion of spam|blocked by spam statistics/i }],
    steps: [atOnce(DAY_MS, SUSPEND, reclass('block-ip'))],
    note: { en: 'Yandex blocks this address for a day.', id: 'Yandex memblokir alamat IP ini selama sehari.' },
    tests: {
      yes: ['554 5.7.1 Message rejected under suspicion of SPAM', '550 Blocked by spam statistics'],
      no: ['554 5.7.1 Message rejected'],
    },
  },
  {
    id: 'A47', providers: ['qq'], scope: 'source-site',
    when: [{ text: /(?:sender|ip|connection|domain) frequency limited/i }],
    steps: [atOnce(HOUR_MS, SUSPEND, { do: 'temporary' })],
    note: {
      en: 'QQ asks us to send more slowly, with a code that looks final.',
      id: 'QQ meminta pengiriman lebih lambat, dengan kode yang tampak permanen.',
    },
    tests: {
      yes: ['550 Ip frequency limited', '550 Domain frequency limited. See its help page', '451 Connection frequency limited'],
      no: ['550 Mail content denied', '550 frequency'],
    },
  },
  {
    id: 'A48', providers: ['qq'], scope: 'stream-site',
    when: [{ text: /mail content denied|suspected spam/i }],
    steps: [after(5, HOUR_MS, HOUR_MS, PAUSE)],
    note: { en: 'QQ takes these messages for spam.', id: 'QQ menganggap pesan ini sebagai spam.' },
    tests: { yes: ['550 Mail content denied', '550 Suspected spam'], no: ['550 Mailbox not found'] },
  },
  {
    id: 'A49', providers: ['netease'], scope: 'source-site',
    when: [{ text: /dt:spm|hl:(?:itc|rep)|rp:(?:orq|cel|qrc)|mi:(?:spb|cel)/i }],
    steps: [atOnceFor('4', 15 * MINUTE_MS, rate(perMinute(1))), atOnceFor('5', HOUR_MS, SUSPEND)],
    note: { en: 'NetEase holds back or refuses mail of this address.', id: 'NetEase menahan atau menolak surat dari alamat IP ini.' },
    tests: { yes: ['451 DT:SPM 163 smtp1', '554 HL:REP 163 smtp2', '550 RP:CEL', '451 MI:SPB'], no: ['550 User not found', '554 HL:IPB'] },
  },
]

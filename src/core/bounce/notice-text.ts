import { MEANINGS } from './meaning.ts'
import type { NoticeRecipient } from './notice.ts'

/** Languages that reports are written in. */
export type Language = 'en' | 'id'

type Action = NoticeRecipient['action']

/** The language for a locale such as `id-ID`; English for those that we do not write. */
export function languageOf(locale: string): Language {
  return /^id\b/i.test(locale) ? 'id' : 'en'
}

const SUBJECTS: Readonly<Record<Language, Readonly<Record<Action, string>>>> = {
  en: { failed: 'Not delivered', delayed: 'Delayed', delivered: 'Delivered', relayed: 'Passed on' },
  id: { failed: 'Tidak terkirim', delayed: 'Tertunda', delivered: 'Terkirim', relayed: 'Diteruskan' },
}

/** The subject of a report, with that of the message when it has one. */
export function noticeSubject(action: Action, subject: string | null, language: Language): string {
  const word = SUBJECTS[language][action]
  return subject === null || subject === '' ? word : `${word}: ${subject.replace(/[\0-\x1f\x7f]+/g, ' ').slice(0, 200)}`
}

const OPENINGS: Readonly<Record<Language, Readonly<Record<Action, string>>>> = {
  en: {
    failed: 'Your message could not be delivered, and no more tries will be made.',
    delayed: 'Your message has not been delivered yet. You need not do anything: it is tried again by itself.',
    delivered: 'Your message has been delivered.',
    relayed: 'Your message was passed on to a server that sends no confirmations. You may not hear more of it.',
  },
  id: {
    failed: 'Pesan Anda tidak dapat dikirim, dan tidak akan dicoba lagi.',
    delayed: 'Pesan Anda belum terkirim. Anda tidak perlu melakukan apa pun: pengiriman dicoba lagi secara otomatis.',
    delivered: 'Pesan Anda telah terkirim.',
    relayed: 'Pesan Anda telah diteruskan ke server yang tidak mengirim konfirmasi. Mungkin tidak ada kabar lagi.',
  },
}

const LABELS: Readonly<Record<Language, { readonly said: (host: string) => string; readonly us: string; readonly until: string; readonly sign: (host: string) => string }>> = {
  en: { said: (host) => `${host} said`, us: 'Reason', until: 'Tried until', sign: (host) => `This report comes from the mail server ${host}. Technical details are attached.` },
  id: { said: (host) => `Jawaban ${host}`, us: 'Alasan', until: 'Dicoba sampai', sign: (host) => `Laporan ini dari server email ${host}. Rincian teknis terlampir.` },
}

/** The part of a report that people read. */
export function noticeText(action: Action, recipients: readonly NoticeRecipient[], hostname: string, language: Language): string {
  const blocks = recipients.map((each) => recipientText(each, language))
  return `${[OPENINGS[language][action], ...blocks, LABELS[language].sign(hostname)].join('\n\n')}\n`
}

function recipientText({ recipient, action, category, host, answer, retryUntilMs }: NoticeRecipient, language: Language): string {
  const labels = LABELS[language]
  if (action === 'delivered' || action === 'relayed') return `  ${recipient}`
  const meaning = category === null ? [] : [`  ${MEANINGS[category].what[language]} ${MEANINGS[category].advice[language]}`]
  const said = `${host === null ? labels.us : labels.said(host)}: ${answer.replace(/[\0-\x1f\x7f]+/g, ' ')}`
  const until = retryUntilMs === null ? [] : [`  ${labels.until}: ${new Date(retryUntilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`]
  return [`  ${recipient}`, ...meaning, `  ${said}`, ...until].join('\n')
}

import type { Language } from '../bounce/notice-text.ts'
import type { Texts } from '../pool/text.ts'
import type { Severity } from './alert.ts'

/** What the event of an alert tells. */
export interface AlertStory {
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly texts: Texts
}

const SEVERITIES: Readonly<Record<Severity, Texts>> = {
  warning: { en: 'Warning', id: 'Peringatan' },
  high: { en: 'Needs attention', id: 'Perlu perhatian' },
  critical: { en: 'Critical', id: 'Kritis' },
}

/** The mail of an alert. Its texts hold names that others chose: a subject is one line. */
export function alertNotice({ rule, subject, severity, texts }: AlertStory, type: 'alert.raised' | 'alert.resolved', language: Language): { readonly subject: string; readonly text: string } {
  const what = texts[language].replace(/\p{Cc}+/gu, ' ')
  const isOver = type === 'alert.resolved'
  const over = { en: 'Resolved', id: 'Selesai' }[language]
  const hint = language === 'id' ? 'Lihat semuanya dengan "merpati alert", atau di GET /v1/alerts.' : 'See all of them with "merpati alert", or at GET /v1/alerts.'
  return { subject: `${isOver ? over : SEVERITIES[severity][language]}: ${what}`.slice(0, 200), text: [`${what}.`, `${rule} ${subject}`, hint, ''].join('\r\n\r\n') }
}

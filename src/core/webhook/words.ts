import type { Language } from '../bounce/notice-text.ts'
import type { DisabledReason } from './endpoint.ts'

/** A webhook that was switched off by itself. */
export interface SwitchedOff {
  readonly webhook: string
  readonly url: string
  readonly reason: Exclude<DisabledReason, 'by-hand'>
}

const WHY: Readonly<Record<SwitchedOff['reason'], Readonly<Record<Language, string>>>> = {
  gone: { en: 'It answered 410: whoever runs it wants no more calls.', id: 'Server itu menjawab 410: pengelolanya tidak menginginkan panggilan lagi.' },
  failing: { en: 'It has taken no call for five days.', id: 'Server itu tidak menerima satu panggilan pun selama lima hari.' },
}

/** What mail to its owner says of a webhook that was switched off. */
export function switchedOffWords({ webhook, url, reason }: SwitchedOff, language: Language): { readonly subject: string; readonly text: string } {
  const { host, protocol, pathname } = new URL(url)
  const where = `${protocol}//${host}${pathname}` // Without the query, which may hold a secret.
  if (language === 'id') {
    const what = `Webhook ${webhook} (${where}) dimatikan otomatis. Peristiwa tidak dikirim ke sana lagi.`
    const next = `Setelah servernya diperbaiki, nyalakan lagi: PATCH /v1/webhooks/${webhook} dengan {"enabled": true}, atau "merpati webhook set ${webhook} --enable". Panggilan yang gagal dapat dikirim ulang selama 30 hari: "merpati webhook replay".`
    return { subject: `Webhook dimatikan: ${host}`, text: [what, WHY[reason].id, next, ''].join('\r\n\r\n') }
  }
  const what = `The webhook ${webhook} (${where}) was switched off by itself. It is told of no events any more.`
  const next = `When its server is mended, switch it on again: PATCH /v1/webhooks/${webhook} with {"enabled": true}, or "merpati webhook set ${webhook} --enable". Calls that failed can be made again for 30 days: "merpati webhook replay".`
  return { subject: `Webhook switched off: ${host}`, text: [what, WHY[reason].en, next, ''].join('\r\n\r\n') }
}

import { createHash } from 'node:crypto'
import type { Log } from '../../base/log.ts'
import { Unavailable } from '../../base/unavailable.ts'
import type { HttpAnswer } from '../../infra/http/request.ts'

/** The languages of our pages. */
export type PageLanguage = 'en' | 'id'

/** A text of a page in both of them. */
export type Said = Readonly<Record<PageLanguage, string>>

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:10vh auto 2rem;padding:0 1rem;color:#1b1b1b;background:#fff}h1{font-size:1.5rem}label{display:block;margin-top:1rem;font-weight:600}' +
  'input,select,button{font:inherit;padding:.5rem .7rem;border:1px solid #595959;border-radius:.3rem;box-sizing:border-box}input,select{width:100%}button{margin-top:1.4rem;background:#0b5c43;border-color:#0b5c43;color:#fff}' +
  ':focus-visible{outline:3px solid #b45309;outline-offset:2px}.hint{margin:.2rem 0 0;color:#4a4a4a;font-size:.95rem}.fault{border-left:.3rem solid #b00020;padding-left:.8rem}'

/** The header fields of a page with this style: nothing is loaded, nothing runs, nobody frames it. Its address may be a secret, so it goes to nobody else: `referrer` says how far. */
export function pageFields(style: string, referrer: 'same-origin' | 'no-referrer'): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    'referrer-policy': referrer,
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'x-robots-tag': 'noindex, nofollow',
  }
}

/** Our own forms say where they come from, which `no-referrer` would hide. */
const PAGE_FIELDS = pageFields(STYLE, 'same-origin')

const LATER: Page = {
  title: { en: 'Please try again in a moment', id: 'Silakan coba sebentar lagi' },
  text: { en: 'This server cannot do it now. Nothing was changed.', id: 'Server ini sedang tidak dapat melakukannya. Tidak ada yang berubah.' },
}

/** A field of a form. */
export interface Field {
  readonly name: string
  readonly type: 'text' | 'email' | 'password'
  readonly label: Said
  readonly hint?: Said
  /** What browsers fill in. HTML §4.10.18.7. */
  readonly autocomplete: string
  readonly value?: string
}

/** What a page shows. */
export interface Page {
  readonly title: Said
  readonly text: Said
  /** Why what was sent was not taken; null when nothing was. */
  readonly fault?: Said | null
  readonly form?: { readonly fields: readonly Field[]; readonly button: Said }
}

/** Answers with a page in one language, with a link to the other. It works without scripts and with the keyboard alone. */
export function pageAnswer(status: number, page: Page, language: PageLanguage, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { ...PAGE_FIELDS, ...headers }, body: htmlOf(page, language) }
}

function htmlOf({ title, text, fault = null, form }: Page, language: PageLanguage): string {
  const other = language === 'en' ? 'id' : 'en'
  const fields = (form?.fields ?? []).map((field) => fieldOf(field, language)).join('')
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title[language])}</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title[language])}</h1>
${fault === null ? '' : `<p class="fault" role="alert">${escapeHtml(fault[language])}</p>\n`}<p>${escapeHtml(text[language])}</p>
${form === undefined ? '' : `<form method="post" action="?lang=${language}">${fields}<button type="submit">${escapeHtml(form.button[language])}</button></form>\n`}</main>
<p><a href="?lang=${other}" hreflang="${other}" lang="${other}">${other === 'id' ? 'Bahasa Indonesia' : 'English'}</a></p></body></html>
`
}

function fieldOf({ name, type, label, hint, autocomplete, value }: Field, language: PageLanguage): string {
  const described = hint === undefined ? '' : ` aria-describedby="${name}-hint"`
  const shown = value === undefined ? '' : ` value="${escapeHtml(value)}"`
  const below = hint === undefined ? '' : `<p class="hint" id="${name}-hint">${escapeHtml(hint[language])}</p>`
  return `<label for="${name}">${escapeHtml(label[language])}</label><input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required${shown}${described}>${below}`
}

/** Answers with a page, and with one that asks to come back when something we depend on is silent. */
export async function orLater(answer: Promise<HttpAnswer>, language: PageLanguage, log: Log): Promise<HttpAnswer> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    log.warn('page.unavailable', { dependency: error.dependency })
    return pageAnswer(503, LATER, language, { 'retry-after': '5' })
  }
}

/** Text as HTML shows it, also inside quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** The language that a request asks for: by its address first, then by what its browser prefers, the first of those it likes best. RFC 9110 §12.5.4, as far as two languages need it. */
export function languageOf(query: URLSearchParams, accepts: string | undefined): PageLanguage {
  const asked = query.get('lang')
  if (asked === 'id' || asked === 'en') return asked
  const liked = (accepts ?? '').slice(0, MAX_ACCEPT_CHARS).split(',').flatMap((range) => {
    const [, tag = '', quality = '1'] = LANGUAGE_RANGE.exec(range.trim()) ?? []
    const language = tag.toLowerCase()
    return (language === 'id' || language === 'en') && Number(quality) > 0 ? [{ language, quality: Number(quality) } as const] : []
  })
  return liked.reduce((best, each) => (each.quality > best.quality ? each : best), liked[0] ?? { language: 'en' as const, quality: 0 }).language
}

const LANGUAGE_RANGE = /^([a-z]{1,8})(?:-[a-z0-9-]{1,40})?(?: ?; ?q=([01](?:\.\d{0,3})?))?$/i

/** What browsers send has some dozen languages. */
const MAX_ACCEPT_CHARS = 500

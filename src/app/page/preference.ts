import type { Choice } from '../../core/track/preference.ts'
import type { Preferences } from '../../core/track/sql-preference.ts'
import type { HttpAnswer } from '../../infra/http/request.ts'
import { escapeHtml, pageFields, type PageLanguage, type Said } from './frame.ts'
import { FORM_MARK } from './preference-form.ts'
import { SAYINGS, WORDS } from './preference-words.ts'

// Contrast of text is at least 7 to 1, of borders and buttons 4.5 to 1, in the light and in the dark. WCAG 2.2 §1.4.
const STYLE =
  ':root{color-scheme:light dark}*{box-sizing:border-box}body{font:1.05rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:6vh 1rem 2rem;color:#1b1b1b;background:#fff;overflow-wrap:anywhere}' +
  'h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}fieldset{border:0;margin:1.5rem 0 0;padding:0}legend{font-weight:600;padding:0;margin-bottom:.5rem}' +
  '.choice{display:grid;grid-template-columns:1.5rem 1fr;gap:0 .75rem;padding:.75rem 0;border-top:1px solid #767676}.choice input{width:1.35rem;height:1.35rem;margin:.1rem 0 0;accent-color:#0b5c43}.choice label{font-weight:600}' +
  '.hint{grid-column:2;margin:.15rem 0 0;color:#454545;font-size:.95rem}.small{color:#454545;font-size:.95rem}.note{border-left:.3rem solid #0b5c43;padding:.2rem 0 .2rem .8rem}' +
  '.buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}button{font:inherit;padding:.6rem 1.1rem;min-height:2.75rem;border:2px solid #0b5c43;border-radius:.4rem;background:#0b5c43;color:#fff}button.quiet{background:transparent;color:#0b5c43}' +
  ':focus-visible{outline:3px solid #b45309;outline-offset:2px}a{color:#0b5c43}footer{margin-top:2rem}' +
  '@media(prefers-color-scheme:dark){body{color:#ececec;background:#15181b}.hint,.small{color:#c4c8cc}.choice input{accent-color:#7fd1b0}.note{border-color:#7fd1b0}button{background:#7fd1b0;border-color:#7fd1b0;color:#06251a}button.quiet{color:#7fd1b0}a{color:#7fd1b0}:focus-visible{outline-color:#f5b942}}' +
  '@media(max-width:30rem){button{width:100%}}'

/** Nothing is loaded, nothing runs, nobody frames it, nobody keeps it, and the address of the page, which is all it takes, goes nowhere else. */
export const PREFERENCE_FIELDS: Readonly<Record<string, string>> = {
  ...pageFields(STYLE, 'no-referrer'),
  'cache-control': 'no-store, private',
  'x-content-type-options': 'nosniff',
  vary: 'accept-language',
}

/** Answers with a page that only says something. */
export function sayingAnswer(status: number, saying: keyof typeof SAYINGS, language: PageLanguage, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const { title, text } = SAYINGS[saying]
  const main = `<h1>${escapeHtml(title[language])}</h1>\n<p>${escapeHtml(text[language])}</p>`
  return { status, headers: { ...PREFERENCE_FIELDS, ...headers }, body: htmlOf(escapeHtml(title[language]), main, language) }
}

/** Answers with what a reader may choose. `note` says what came of what he pressed; null when he only looks. */
export function preferenceAnswer(status: number, preferences: Preferences, note: Said | null, language: PageLanguage): HttpAnswer {
  const sender = escapeHtml(preferences.organization ?? WORDS.unnamedSender[language])
  const title = `${escapeHtml(WORDS.title[language])} `
  const main = [
    `<h1>${title}<bdi>${sender}</bdi></h1>`,
    `<p>${say('address', language)} <bdi>${escapeHtml(maskedAddress(preferences.address))}</bdi></p>`,
    ...(note === null ? [] : [`<p class="note" role="status">${escapeHtml(note[language])}</p>`]),
    formOf(preferences, language),
    `<p class="small">${say('receipts', language)} ${say('keep', language)}</p>`,
  ]
  return { status, headers: PREFERENCE_FIELDS, body: htmlOf(title + sender, main.join('\n'), language) }
}

/** As much of an address as its owner needs to know it: links are forwarded. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const [first = ''] = address.slice(0, Math.max(0, at))
  return `${first}…${at === -1 ? '' : address.slice(at)}`
}

/** What a reader knows a stream by, in his language or else in the other. */
export function titleOf({ named }: Pick<Choice, 'named'>, language: PageLanguage): Spoken {
  return spoken(named?.title ?? {}, language) ?? { text: WORDS.unnamed[language], language }
}

interface Spoken {
  readonly text: string
  readonly language: PageLanguage
}

function spoken(text: Readonly<Partial<Said>>, language: PageLanguage): Spoken | null {
  const other = language === 'en' ? 'id' : 'en'
  const own = text[language]
  if (own !== undefined) return { text: own, language }
  const foreign = text[other]
  return foreign === undefined ? null : { text: foreign, language: other }
}

function say(word: keyof typeof WORDS, language: PageLanguage): string {
  return escapeHtml(WORDS[word][language])
}

/** Text with its language where that is not the page's: a screen reader says it in the right one. WCAG 2.2 §3.1.2. */
function written({ text, language }: Spoken, page: PageLanguage): string {
  return language === page ? `<bdi>${escapeHtml(text)}</bdi>` : `<bdi lang="${language}">${escapeHtml(text)}</bdi>`
}

function formOf({ all, streams }: Preferences, language: PageLanguage): string {
  const [only] = streams
  const inside = streams.length === 1 && only.named === null ? oneChoice(all, only, language) : manyChoices({ all, streams }, language)
  const [name, value] = FORM_MARK.split('=')
  return `<form method="post" action="?lang=${language}"><input type="hidden" name="${name}" value="${value}">${inside}</form>`
}

/** An organization without names for its streams: one button, and the way back. */
function oneChoice(all: Preferences['all'], { stream, held }: Choice, language: PageLanguage): string {
  if (held === 'off') {
    const fields = `<input type="hidden" name="was.${stream}" value="off"><input type="hidden" name="want.${stream}" value="on">`
    return `<p>${say('isOff', language)}</p>${fields}<div class="buttons">${buttonOf('save', 'again', 'quiet', language)}${all === 'off' ? '' : buttonOf('all', 'all', 'quiet', language)}</div>`
  }
  const pressed = all === 'fixed' || held === 'fixed' ? 'isFixed' : 'askOne'
  return `<p>${say(pressed, language)}</p><div class="buttons">${buttonOf('all', 'one', 'loud', language)}</div>`
}

function manyChoices({ all, streams }: Pick<Preferences, 'all' | 'streams'>, language: PageLanguage): string {
  const said = all === 'off' ? `<p>${say('isAllOff', language)}</p>` : ''
  const canSave = streams.some(({ held }) => held !== 'fixed')
  const above = all === 'fixed' ? `<p>${say('isFixed', language)}</p>` : said
  const buttons = [...(canSave ? [buttonOf('save', 'save', 'loud', language)] : []), ...(all === 'off' ? [] : [buttonOf('all', 'all', canSave ? 'quiet' : 'loud', language)])]
  return `${above}<fieldset><legend>${say('legend', language)}</legend>${streams.map((each, at) => boxOf(each, at, language)).join('')}</fieldset><div class="buttons">${buttons.join('')}</div>`
}

function boxOf(choice: Choice, at: number, language: PageLanguage): string {
  const { stream, named, held } = choice
  const described = spoken(named?.description ?? {}, language)
  const hints = [...(described === null ? [] : [written(described, language)]), ...(held === 'fixed' ? [say('fixed', language)] : [])]
  const label = `<label for="s${at}">${written(titleOf(choice, language), language)}</label>`
  const hint = hints.length === 0 ? '' : `<p class="hint" id="h${at}">${hints.join(' ')}</p>`
  const by = hints.length === 0 ? '' : ` aria-describedby="h${at}"`
  // A box that is disabled is not sent, and nothing is asked of its stream.
  if (held === 'fixed') return `<div class="choice"><input type="checkbox" id="s${at}" disabled${by}>${label}${hint}</div>`
  const was = `<input type="hidden" name="was.${stream}" value="${held}">`
  return `<div class="choice">${was}<input type="checkbox" id="s${at}" name="want.${stream}" value="on"${held === 'on' ? ' checked' : ''}${by}>${label}${hint}</div>`
}

function buttonOf(value: 'save' | 'all', word: keyof typeof WORDS, look: 'loud' | 'quiet', language: PageLanguage): string {
  return `<button type="submit" name="do" value="${value}"${look === 'quiet' ? ' class="quiet"' : ''}>${say(word, language)}</button>`
}

function htmlOf(title: string, main: string, language: PageLanguage): string {
  const other = language === 'en' ? 'id' : 'en'
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><main>
${main}
</main><footer><a href="?lang=${other}" hreflang="${other}" lang="${other}">${other === 'id' ? 'Bahasa Indonesia' : 'English'}</a></footer></body></html>
`.toWellFormed()
}

import { createHmac } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { makeId } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { MAX_FORM_BYTES } from '../core/track/limits.ts'
import { type Preferences, preferencesOf, type Saved, savePreferences, type Wanted } from '../core/track/sql-preference.ts'
import { unsubscribe } from '../core/track/sql-wish.ts'
import { trackedMessage } from '../core/track/sql.ts'
import { CHECK_MESSAGE, type Token } from '../core/track/token.ts'
import type { Database } from '../infra/db/database.ts'
import type { HttpAnswer, HttpRequest } from '../infra/http/request.ts'
import { languageOf, type PageLanguage, type Said } from './page/frame.ts'
import { preferenceAnswer, sayingAnswer, titleOf } from './page/preference.ts'
import { readWish, type Wish } from './page/preference-form.ts'
import { NOTES, WORDS, WORDS_VERSION } from './page/preference-words.ts'

/** What the address that stops mail answers with. */
export interface UnsubscribeOptions {
  readonly db: Database
  readonly clock: Clock
  readonly secret: Uint8Array
  readonly log: Log
}

/**
 * Answers for the address that stops mail, whose token was checked. RFC 8058 §3.2: a POST is the wish itself, without cookies, questions or another page to go to. Whoever only
 * looks changes nothing (§2), and sees what the reader of that message may choose.
 */
export async function answerUnsubscribe(options: UnsubscribeOptions, request: HttpRequest, token: Token): Promise<HttpAnswer> {
  const { method, headers, query } = request
  const language = languageOf(query, textOf(headers['accept-language']))
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return { status: 405, headers: { allow: 'GET, POST' } }
  try {
    if (method !== 'POST') return await shown(options, token, language)
    const body = await request.body(MAX_FORM_BYTES)
    if (body === null) return { status: 413 }
    const wish = readWish(textOf(headers['content-type']), body)
    return wish === null ? sayingAnswer(400, 'broken', language) : await done(options, request, token, wish, language)
  } catch (error) {
    options.log.warn('track.failed', { kind: 'unsubscribe', error })
    return sayingAnswer(503, 'later', language, { 'retry-after': '60' })
  }
}

async function shown({ db, clock }: UnsubscribeOptions, { message, recipient }: Token, language: PageLanguage): Promise<HttpAnswer> {
  const preferences = await preferencesOf(db, message, recipient, clock.nowMs())
  return preferences === null ? sayingAnswer(404, 'unknown', language) : preferenceAnswer(200, preferences, null, language)
}

async function done(options: UnsubscribeOptions, request: HttpRequest, token: Token, wish: Wish, language: PageLanguage): Promise<HttpAnswer> {
  const { db, clock } = options
  const { message, recipient } = token
  const nowMs = clock.nowMs()
  // The check of a domain asks so: it is answered as a reader's is, after a look at the database, and stops nothing.
  if (message === CHECK_MESSAGE && (await trackedMessage(db, message)) === null) return sayingAnswer(200, 'done', language)
  if (wish.kind === 'choose') return await chosen(options, request, token, wish.changes, language)
  const asked = wish.kind === 'stop' ? { by: wish.by, what: 'stream' } as const : { by: 'page', what: 'all' } as const
  if ((await db.write(unsubscribe, { message, recipient, ...asked, nowMs })) === 'unknown') return sayingAnswer(404, 'unknown', language)
  // Nobody reads what a mail program gets: it is not worth another look at the database.
  if (wish.kind === 'stop') return sayingAnswer(200, 'done', language)
  const preferences = await preferencesOf(db, message, recipient, nowMs)
  return preferences === null ? sayingAnswer(200, 'done', language) : preferenceAnswer(200, preferences, NOTES.stopped, language)
}

async function chosen({ db, clock, secret }: UnsubscribeOptions, request: HttpRequest, { message, recipient }: Token, changes: (Wish & { readonly kind: 'choose' })['changes'], language: PageLanguage): Promise<HttpAnswer> {
  const nowMs = clock.nowMs()
  const before = await preferencesOf(db, message, recipient, nowMs)
  if (before === null) return sayingAnswer(404, 'unknown', language)
  const wanted: readonly Wanted[] = [...changes].map(([stream, held]) => ({ stream, held, id: makeId('g', nowMs), wording: wordingOf(before, stream, language) }))
  const proof = `the link in message ${message}; user agent ${agentHash(textOf(request.headers['user-agent']), secret)}`
  const saved = await db.write(savePreferences, { message, recipient, wanted, version: `${WORDS_VERSION}/${language}`, client: request.address, proof, nowMs })
  const after = await preferencesOf(db, message, recipient, nowMs)
  if (saved === 'unknown' || after === null) return sayingAnswer(404, 'unknown', language)
  return preferenceAnswer(saved === 'limited' ? 429 : 200, after, noteOf(saved, wanted, after), language)
}

function noteOf(saved: Saved, wanted: readonly Wanted[], { streams }: Preferences): Said {
  if (saved === 'limited') return NOTES.limited
  return wanted.some(({ stream, held }) => held === 'on' && streams.find((each) => each.stream === stream)?.held !== 'on') ? NOTES.partly : NOTES.saved
}

/** The words beside the box or on the button that was pressed, for the record of a consent. */
function wordingOf({ streams }: Preferences, stream: string, language: PageLanguage): string {
  const choice = streams.find((each) => each.stream === stream)
  if (choice === undefined || (streams.length === 1 && choice.named === null)) return WORDS.again[language]
  return `${WORDS.legend[language]} [x] ${titleOf(choice, language).text} [${WORDS.save[language]}]`
}

/** Enough to tell whether two presses came from one browser, and nothing about it. */
function agentHash(name: string | undefined, secret: Uint8Array): string {
  return createHmac('sha256', secret).update('preference page agent\n').update((name ?? '').slice(0, 300)).digest('hex').slice(0, 32)
}

function textOf(field: string | readonly string[] | undefined): string | undefined {
  return typeof field === 'string' ? field : undefined
}

import { MAX_LOGIN_CHARS, MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from '../../core/access/limits.ts'
import { acceptInvitation, type InviteOptions } from '../../core/signup/invite/service.ts'
import { personName } from '../../core/signup/invite/shape.ts'
import { askForPassword, type Asked, askToSignUp, type Offers, type SignupOptions } from '../../core/signup/service.ts'
import { organizationName } from '../../core/signup/shape.ts'
import { readForm } from '../../infra/http/form.ts'
import { MAX_FORM_BYTES } from '../../infra/http/limits.ts'
import type { HttpAnswer, HttpRequest } from '../../infra/http/request.ts'
import type { Handler } from '../../infra/http/routes.ts'
import { languageOf, orLater, type Page, pageAnswer, type PageLanguage, type Said } from './frame.ts'
import { CONFIRM_PAGE, FAULTS, forgotPage, joinPage, resetPage, SAYING, signupPage } from './words.ts'

/** What the pages are made of. */
export interface PeopleOptions {
  readonly signup: SignupOptions
  readonly invite: InviteOptions
  readonly offers: Offers
  /** Where pages of ours come from: values of the Origin field. */
  readonly origins: readonly string[]
}

type Form = ReadonlyMap<string, string>
type Visit = (options: PeopleOptions, request: HttpRequest, language: PageLanguage, form: Form | null) => Promise<HttpAnswer>

/** Pages for whoever has no session yet: `/signup`, `/confirm/...`, `/forgot`, `/reset/...`, `/join/...`. GET shows and changes nothing, POST does; a form of others does nothing. */
export function peopleHandler(options: PeopleOptions): Handler {
  const { log } = options.signup
  return async (request) => {
    const { method, headers, path } = request
    const accepts = headers['accept-language']
    const language = languageOf(request.query, typeof accepts === 'string' ? accepts : undefined)
    const visit = VISITS[path.split('/', 2)[1] ?? '']
    if (visit === undefined) return { status: 404, body: 'Not found.\n' }
    if (method === 'GET' || method === 'HEAD') return await orLater(visit(options, request, language, null), language, log)
    if (method !== 'POST') return { status: 405, headers: { allow: 'GET, POST' } }
    const { origin, 'content-type': type } = headers
    if (typeof origin !== 'string' || !options.origins.includes(origin)) return { status: 403, body: 'This form did not come from a page of this server.\n' }
    const body = await request.body(MAX_FORM_BYTES)
    if (body === null) return { status: 413 }
    const form = readForm(typeof type === 'string' ? type : undefined, body)
    return form === null ? { status: 415 } : await orLater(visit(options, request, language, form), language, log)
  }
}

const VISITS: Readonly<Record<string, Visit>> = { signup: signUp, confirm, forgot, reset, join }

async function signUp({ signup, offers }: PeopleOptions, { address: client }: HttpRequest, language: PageLanguage, form: Form | null): Promise<HttpAnswer> {
  if (offers.signup === 'off') return pageAnswer(404, SAYING.off, language)
  const typed = { organization: form?.get('organization') ?? '', address: form?.get('address') ?? '' }
  if (form === null) return pageAnswer(200, signupPage(typed, null), language)
  const name = organizationName.safeParse(typed.organization)
  const password = form.get('password') ?? ''
  const fault = !name.success ? FAULTS.organization : faultIn(typed.address, password)
  if (fault !== null || !name.success) return pageAnswer(422, signupPage(typed, fault), language)
  const asked = await askToSignUp(signup, client, { organization: name.data, address: typed.address, password, locale: language })
  return answerTo(asked, language, (why) => signupPage(typed, why))
}

async function confirm({ signup, offers }: PeopleOptions, { path }: HttpRequest, language: PageLanguage, form: Form | null): Promise<HttpAnswer> {
  const token = tokenIn(path, 'confirm')
  if (token === null || offers.signup === 'off') return pageAnswer(404, SAYING.invalid, language)
  if (form === null) return (await signup.mayConfirm(token)) ? pageAnswer(200, CONFIRM_PAGE, language) : pageAnswer(404, SAYING.invalid, language)
  const { kind } = await signup.confirm(token)
  return kind === 'made' ? pageAnswer(201, SAYING.made, language) : pageAnswer(404, SAYING.invalid, language)
}

async function forgot({ signup, offers }: PeopleOptions, { address: client }: HttpRequest, language: PageLanguage, form: Form | null): Promise<HttpAnswer> {
  if (offers.reset === 'off') return pageAnswer(404, SAYING.silent, language)
  const typed = form?.get('address') ?? ''
  if (form === null) return pageAnswer(200, forgotPage(typed, null), language)
  const asked = typed.length > MAX_LOGIN_CHARS ? ({ kind: 'invalid-address' } as const) : await askForPassword(signup, client, typed)
  return answerTo(asked, language, (why) => forgotPage(typed, why))
}

async function reset({ signup }: PeopleOptions, { path }: HttpRequest, language: PageLanguage, form: Form | null): Promise<HttpAnswer> {
  const token = tokenIn(path, 'reset')
  if (token === null || !(await signup.mayReset(token))) return pageAnswer(404, SAYING.invalid, language)
  if (form === null) return pageAnswer(200, resetPage(null), language)
  const password = form.get('password') ?? ''
  const set = isLong(password) ? await signup.reset(token, password) : 'forbidden'
  if (set === 'forbidden') return pageAnswer(422, resetPage(FAULTS.password), language)
  return set === 'set' ? pageAnswer(200, SAYING.changed, language) : pageAnswer(404, SAYING.invalid, language)
}

async function join({ invite }: PeopleOptions, { path }: HttpRequest, language: PageLanguage, form: Form | null): Promise<HttpAnswer> {
  const token = tokenIn(path, 'join')
  const open = token === null ? null : await invite.open(token)
  if (token === null || open === null) return pageAnswer(404, SAYING.invalid, language)
  const typed = { organization: open.called, login: open.invitation.login, name: form?.get('name') ?? '' }
  if (form === null) return pageAnswer(200, joinPage(typed, null), language)
  const name = personName.safeParse(typed.name)
  const password = form.get('password') ?? ''
  if (!name.success) return pageAnswer(422, joinPage(typed, FAULTS.name), language)
  if (!isLong(password)) return pageAnswer(422, joinPage(typed, FAULTS.password), language)
  switch ((await acceptInvitation(invite, token, { name: name.data, password })).kind) {
    case 'joined':
      return pageAnswer(201, SAYING.joined, language)
    case 'unknown':
      return pageAnswer(404, SAYING.invalid, language)
    case 'taken':
      return pageAnswer(409, SAYING.taken, language)
    case 'over-plan':
      return pageAnswer(422, SAYING.full, language)
    case 'busy':
      return pageAnswer(503, joinPage(typed, FAULTS.busy), language, { 'retry-after': '5' })
    case 'invalid-password':
      return pageAnswer(422, joinPage(typed, FAULTS.password), language)
  }
}

function answerTo(asked: Asked, language: PageLanguage, again: (why: Said) => Page): HttpAnswer {
  switch (asked.kind) {
    case 'asked':
      return pageAnswer(202, SAYING.sent, language)
    case 'wait':
      return pageAnswer(429, again(FAULTS.wait), language, { 'retry-after': String(Math.ceil(asked.waitMs / 1000)) })
    case 'busy':
      return pageAnswer(503, again(FAULTS.busy), language, { 'retry-after': '5' })
    case 'invalid-address':
      return pageAnswer(422, again(FAULTS.address), language)
    case 'invalid-password':
      return pageAnswer(422, again(FAULTS.password), language)
  }
}

function faultIn(address: string, password: string): Said | null {
  if (address.length > MAX_LOGIN_CHARS) return FAULTS.address
  return isLong(password) ? null : FAULTS.password
}

function isLong(password: string): boolean {
  return password.length >= MIN_PASSWORD_CHARS && password.length <= MAX_PASSWORD_CHARS
}

function tokenIn(path: string, below: string): string | null {
  return new RegExp(`^/${below}/([\\w-]{43})$`).exec(path)?.[1] ?? null
}

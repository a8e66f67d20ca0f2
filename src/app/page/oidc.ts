import { type CameBack, comeBack, type OidcOptions } from '../../core/access/oidc/api.ts'
import type { HttpAnswer } from '../../infra/http/request.ts'
import type { Handler } from '../../infra/http/routes.ts'
import { languageOf, orLater, type Page, pageAnswer } from './frame.ts'

const AGAIN: Page = {
  title: { en: 'You are not logged in', id: 'Anda belum masuk' },
  text: { en: 'This took too long, or was not begun in this browser. Begin again.', id: 'Ini terlalu lama, atau tidak dimulai di peramban ini. Mulailah lagi.' },
}

const SAYING: Readonly<Record<Exclude<CameBack['kind'], 'entered'>, readonly [status: number, page: Page]>> = {
  refused: [403, AGAIN],
  stranger: [403, { title: AGAIN.title, text: { en: 'Nobody here is known by that identity.', id: 'Tidak ada akun di sini dengan identitas itu.' } }],
  'link-first': [403, { title: AGAIN.title, text: { en: 'Log in with your password and link your account first: you administer something here.', id: 'Masuklah dengan kata sandi dan hubungkan akun Anda dahulu: Anda mengelola sesuatu di sini.' } }],
  taken: [409, { title: { en: 'This identity is linked already', id: 'Identitas ini sudah terhubung' }, text: { en: 'It belongs to an account here, yours or another.', id: 'Identitas ini milik sebuah akun di sini, milik Anda atau orang lain.' } }],
  linked: [200, { title: { en: 'Your account is linked', id: 'Akun Anda sudah terhubung' }, text: { en: 'You can log in this way from now on.', id: 'Mulai sekarang Anda dapat masuk dengan cara ini.' } }],
}

/** `/oidc/NAME`: where providers send people back to. Whoever is let in goes on to the first page with a cookie. */
export function oidcHandler(options: OidcOptions): Handler {
  return async ({ method, path, query, headers, address }) => {
    if (method !== 'GET') return { status: 405, headers: { allow: 'GET' } }
    const [, name] = /^\/oidc\/([a-z0-9-]{1,30})$/.exec(path) ?? []
    if (name === undefined || !options.providers.has(name)) return { status: 404, body: 'Not found.\n' }
    const one = (field: string): string | undefined => (typeof headers[field] === 'string' ? headers[field] : undefined)
    const language = languageOf(query, one('accept-language'))
    const answer = async (): Promise<HttpAnswer> => {
      const came = await comeBack(options, name, { query, cookie: one('cookie'), address, agent: one('user-agent') ?? '' })
      if (came.kind === 'entered') return { status: 303, headers: { location: '/', 'set-cookie': came.entered.cookie, 'referrer-policy': 'no-referrer' } }
      const [status, page] = SAYING[came.kind]
      return pageAnswer(status, page, language)
    }
    return await orLater(answer(), language, options.log)
  }
}

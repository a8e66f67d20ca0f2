import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, test } from 'node:test'
import { codeAt, stepAt } from '../../src/core/access/factor/totp.ts'
import { demoKey } from '../support/api.ts'
import { Authenticator, type Lies } from '../support/authenticator.ts'
import { Browser } from '../support/browser.ts'
import { ImapClient } from '../support/imap-client.ts'
import { OidcProvider } from '../support/oidc-provider.ts'
import { type Demo, startDemo } from '../support/server.ts'

let demo: Demo
let provider: OidcProvider
before(async () => {
  provider = await OidcProvider.start()
  demo = await startDemo({ env: { MERPATI_OIDC: `tests ${provider.issuer} ${provider.clientId} ${provider.clientSecret}` } })
})
after(async () => {
  await demo[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})

const bytesOf = (base32: string): Buffer => {
  const bits = [...base32].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from(Array.from({ length: Math.floor(bits.length / 8) }, (_, at) => Number.parseInt(bits.slice(8 * at, 8 * at + 8), 2)))
}
/** A code of the next steps: each is good once, and a test cannot wait for the next one. */
const codeOf = (secret: string, ahead: 0 | 1): string => codeAt(bytesOf(secret), stepAt(Date.now()) + ahead)
const imapLogin = async (user: string, password: string): Promise<string> => {
  using imap = await ImapClient.open({ port: demo.ports.imap })
  return (await imap.run(`LOGIN ${user} ${password}`)).status
}

test('a wrong password and an unknown address are told alike, and a page of others is not heard', async () => {
  const browser = new Browser(demo)
  const wrong = await browser.logIn('admin@merpati.test', 'falsch')
  const unknown = await browser.logIn('nobody@merpati.test', 'falsch')
  assert.deepEqual([wrong.status, wrong.body['code'], wrong.body['detail']], [401, 'invalid_credentials', 'The address or the password is wrong'])
  assert.deepEqual([unknown.status, unknown.body['code'], unknown.body['detail']], [wrong.status, wrong.body['code'], wrong.body['detail']])
  assert.match(await (await fetch(`http://127.0.0.1:${demo.ports.http}/metrics`)).text(), /^merpati_logins_refused_total\{protocol="http"\} 2$/m)
  assert.equal((await browser.ask('/v1/session', { json: { address: 'admin@merpati.test', password: 'merpati' }, headers: { origin: 'https://mx.merpati.test.evil.example' } })).status, 403)
  assert.equal((await browser.ask('/v1/session', { json: { address: 'admin@merpati.test', password: 'merpati' }, headers: { origin: 'http://merpati.test' } })).body['code'], 'foreign_origin')
  assert.equal((await browser.ask('/v1/session', { method: 'POST', headers: { 'content-type': 'text/plain' } })).status, 415)
})

test('a session acts for the organization of its account as its role may, and ends when it is told to', async () => {
  const admin = new Browser(demo)
  const { status, body, headers } = await admin.logIn('Admin@Merpati.test', 'merpati')
  assert.deepEqual([status, body['state']], [200, 'open'])
  assert.match(headers.get('set-cookie') ?? '', /^merpati=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  assert.equal((await admin.ask('/v1/queue')).status, 200)
  const json = { email: 'siapa@luar.test' }
  assert.equal((await admin.ask('/v1/suppressions', { json })).status, 200)
  assert.equal((await admin.ask('/v1/suppressions', { json, headers: { 'x-csrf-token': 'x' } })).body['code'], 'invalid_csrf_token')
  assert.equal((await admin.ask('/v1/suppressions', { json, headers: { origin: '' } })).body['code'], 'foreign_origin')

  const user = new Browser(demo)
  await user.logIn('ani@merpati.test', 'merpati')
  assert.equal((await user.ask('/v1/queue')).body['code'], 'missing_scope')
  const other = new Browser(demo)
  await other.logIn('ani@merpati.test', 'merpati')
  const listed = (await user.ask('/v1/sessions')).body['data'] as readonly { readonly id: string; readonly current: boolean }[]
  assert.deepEqual(listed.map(({ current }) => current), [false, true])
  assert.equal((await user.ask(`/v1/sessions/${listed[0]?.id}`, { method: 'DELETE' })).status, 200)
  assert.equal((await user.ask(`/v1/sessions/${String(body['id'])}`, { method: 'DELETE' })).status, 404)
  assert.equal((await other.ask('/v1/sessions')).status, 401)
  assert.deepEqual((await user.ask('/v1/session', { method: 'DELETE' })).body, { ended: 1 })
  assert.equal((await user.ask('/v1/session')).status, 401)
  assert.equal((await admin.ask('/v1/sessions', { headers: { authorization: `Bearer ${demoKey(demo)}` } })).body['code'], 'session_needed')
})

test('a password is changed with the one before, and other sessions end', async () => {
  const [one, two] = [new Browser(demo), new Browser(demo)]
  await one.logIn('ani@merpati.test', 'merpati')
  await two.logIn('ani@merpati.test', 'merpati')
  assert.equal((await one.ask('/v1/password', { json: { current_password: 'falsch', new_password: 'kata sandi baru' } })).status, 401)
  assert.equal((await one.ask('/v1/password', { json: { current_password: 'merpati', new_password: 'pendek' } })).status, 422)
  assert.equal((await one.ask('/v1/password', { json: { current_password: 'merpati', new_password: 'kata sandi baru' } })).status, 200)
  assert.equal((await one.ask('/v1/sessions')).status, 200)
  assert.equal((await two.ask('/v1/sessions')).status, 401)
  assert.equal((await two.logIn('ani@merpati.test', 'merpati')).status, 401)
})

test('a second factor is asked for once it is on, each code once, and mail programs need app passwords then', async () => {
  const browser = new Browser(demo)
  await browser.logIn('budi@merpati.test', 'merpati')
  assert.equal((await browser.ask('/v1/totp', { json: { password: 'falsch' } })).status, 401)
  const enrolled = (await browser.ask('/v1/totp', { json: { password: 'merpati' } })).body
  const secret = String(enrolled['secret'])
  assert.match(String(enrolled['uri']), /^otpauth:\/\/totp\/localhost:budi%40merpati\.test\?secret=[A-Z2-7]{32}&issuer=localhost&/)
  assert.match(decodeURIComponent(String(enrolled['qr_svg'])), /^data:image\/svg\+xml,<svg /)
  const audit = JSON.stringify((await browser.ask('/v1/audit_log?action=POST%20/v1/totp', { headers: { authorization: `Bearer ${demoKey(demo)}` } })).body)
  assert.deepEqual([audit.includes('"qr_svg":"(kept secret)"'), audit.includes(secret), audit.includes('svg+xml')], [true, false, false])
  assert.equal(await imapLogin('budi@merpati.test', 'merpati'), 'OK')
  assert.equal((await browser.ask('/v1/totp/confirm', { json: { code: '000000' } })).status, 422)
  const first = codeOf(secret, 0)
  const codes = (await browser.ask('/v1/totp/confirm', { json: { code: first } })).body['codes'] as readonly string[]
  assert.equal(codes.length, 10)

  assert.equal(await imapLogin('budi@merpati.test', 'merpati'), 'NO')
  const app = (await browser.ask('/v1/app_passwords', { json: { password: 'merpati', name: 'Phone', protocols: ['imap'] } })).body
  assert.equal(await imapLogin('budi@merpati.test', String(app['password'])), 'OK')
  const pop = (await browser.ask('/v1/app_passwords', { json: { password: 'merpati', name: 'Old', protocols: ['pop3'] } })).body
  assert.equal(await imapLogin('budi@merpati.test', String(pop['password'])), 'NO')
  assert.equal((await new Browser(demo).logIn('budi@merpati.test', String(app['password']))).status, 401)
  assert.equal((await browser.ask(`/v1/app_passwords/${String(pop['id'])}`, { method: 'DELETE' })).status, 200)
  assert.deepEqual(((await browser.ask('/v1/app_passwords')).body['data'] as readonly { readonly name: string }[]).map(({ name }) => name), ['Phone'])

  const again = new Browser(demo)
  const { body } = await again.logIn('budi@merpati.test', 'merpati')
  assert.equal(body['state'], 'second_factor')
  assert.equal((await again.ask('/v1/sessions')).body['code'], 'second_factor_needed')
  const before = again.cookie
  assert.equal((await again.ask('/v1/session/second_factor', { json: { code: first } })).body['code'], 'invalid_code')
  assert.equal((await again.ask('/v1/session/second_factor', { json: { code: codeOf(secret, 1) } })).body['state'], 'open')
  assert.notEqual(again.cookie, before)
  assert.equal((await again.ask('/v1/sessions')).status, 200)
  const stale = new Browser(demo)
  stale.cookie = before
  assert.equal((await stale.ask('/v1/session')).status, 401)

  for (const code of [codes[0] ?? '', codes[0] ?? '']) {
    const lost = new Browser(demo)
    await lost.logIn('budi@merpati.test', 'merpati')
    await lost.ask('/v1/session/second_factor', { json: { code: code.toUpperCase() } })
  }
  assert.deepEqual((await again.ask('/v1/factors')).body, { object: 'factors', totp: 'on', recovery_codes: 9 })
  for (let wrong = 0; wrong < 5; wrong++) await again.ask('/v1/totp/recovery_codes', { json: { code: '000000' } })
  const waiting = await again.ask('/v1/totp/recovery_codes', { json: { code: codes[1] } })
  assert.equal(waiting.status, 429)
  assert.match(waiting.headers.get('retry-after') ?? '', /^(?:30|[12]\d)$/)
  assert.equal((await demo.cli(['account', 'factor', 'remove', 'budi@merpati.test'])).code, 0)
  assert.equal((await new Browser(demo).logIn('budi@merpati.test', 'merpati')).body['state'], 'open')
  assert.equal(await imapLogin('budi@merpati.test', 'merpati'), 'OK')
})

/** Does something that makes a mail arrive in somebody's inbox, and returns the newest one there. */
async function mailAfter(user: string, password: string, act: () => Promise<unknown>): Promise<string> {
  using imap = await ImapClient.login({ port: demo.ports.imap }, user, password)
  await imap.ok('SELECT INBOX')
  await imap.wire.write('idle IDLE\r\n')
  await imap.response()
  await act()
  for (let line = ''; !/^\* \d+ EXISTS/.test(line); ) line = (await imap.response()).text
  await imap.wire.write('DONE\r\n')
  await imap.until('idle')
  const { untagged } = await imap.ok('FETCH * BODY.PEEK[]')
  return (untagged[0]?.literals[0] ?? Buffer.alloc(0)).toString('latin1').replaceAll('=\r\n', '').replaceAll('=3D', '=')
}

const linkIn = (mail: string, below: string): string => new RegExp(`(http://localhost:\\d+)(/${below}/[\\w-]{43}\\?lang=id)`).exec(mail)?.[2] ?? `no /${below}/ in ${mail}`

/** Posts a form as its page would. */
async function post(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number; readonly text: string }> {
  const origin = `http://localhost:${demo.ports.http}`
  const sent = request({ port: demo.ports.http, path, method: 'POST', headers: { origin, 'content-type': 'application/x-www-form-urlencoded', ...headers } })
  sent.end(new URLSearchParams(fields).toString())
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: Buffer.concat((await response.toArray()) as Buffer[]).toString() }
}

test('somebody signs up, confirms by mail, logs in, shows a second factor, works, and is shut out when the session is ended', async () => {
  const browser = new Browser(demo)
  const wishes = { organization: 'Toko Bunga', address: 'Budi+Usaha@merpati.test', password: 'kata sandi usaha', locale: 'id' }
  const mail = await mailAfter('budi@merpati.test', 'merpati', async () => {
    assert.deepEqual((await browser.ask('/v1/signup', { json: wishes })).body, { object: 'confirmation', status: 'sent' })
  })
  assert.match(mail, /^Subject: Konfirmasikan alamat Anda di localhost\r$/m)
  const link = linkIn(mail, 'confirm')
  assert.equal((await browser.logIn('budi+usaha@merpati.test', 'kata sandi usaha')).status, 401)
  for (let looked = 0; looked < 2; looked++) {
    const page = await fetch(`http://127.0.0.1:${demo.ports.http}${link}`)
    assert.deepEqual([page.status, page.headers.get('referrer-policy')], [200, 'same-origin'])
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/)
    assert.match(await page.text(), /<html lang="id">[^]*<button type="submit">Konfirmasi<\/button>/)
  }
  assert.equal((await post(link, {}, { origin: 'https://evil.example' })).status, 403)
  assert.match((await post(link, {})).text, /Selamat datang/)
  assert.equal((await post(link, {})).status, 404)

  const { body } = await browser.logIn('budi+usaha@merpati.test', 'kata sandi usaha')
  assert.equal((body['account'] as { readonly role: string }).role, 'owner')
  const secret = String((await browser.ask('/v1/totp', { json: { password: 'kata sandi usaha' } })).body['secret'])
  await browser.ask('/v1/totp/confirm', { json: { code: codeOf(secret, 0) } })
  const later = new Browser(demo)
  assert.equal((await later.logIn('budi+usaha@merpati.test', 'kata sandi usaha')).body['state'], 'second_factor')
  await later.ask('/v1/session/second_factor', { json: { code: codeOf(secret, 1) } })
  assert.deepEqual((await later.ask('/v1/domains')).body['data'], [])
  assert.deepEqual((await browser.ask('/v1/sessions', { method: 'DELETE' })).body, { ended: 1 })
  assert.equal((await later.ask('/v1/domains')).status, 401)
})

test('who signs up again, or asks for what is not there, gets the same answer, and only mail tells', async () => {
  const browser = new Browser(demo)
  const again = await mailAfter('budi@merpati.test', 'merpati', () => browser.ask('/v1/signup', { json: { organization: 'Lain', address: 'budi+usaha@merpati.test', password: 'kata sandi lain' } }))
  assert.match(again, /^Subject: Anda sudah punya akun di localhost\r$/m)
  const lost = await browser.ask('/v1/password_reset', { json: { address: 'tidak.ada@merpati.test' } })
  assert.deepEqual([lost.status, lost.body], [202, { object: 'confirmation', status: 'sent' }])
  assert.equal((await browser.ask('/v1/signup', { json: { organization: 'A\u0000', address: 'a@b.test', password: 'kata sandi' } })).status, 422)

  // Whatever name the request is for, the link leads to the one of the configuration: `linkIn` finds no other.
  const mail = await mailAfter('budi@merpati.test', 'merpati', async () => {
    assert.match((await post('/forgot', { address: 'budi+usaha@merpati.test' }, { host: 'mx.merpati.test' })).text, /Look into your mail/)
  })
  const link = linkIn(mail, 'reset')
  assert.match((await post(link, { password: 'pendek' })).text, /role="alert">Kata sandi harus/)
  assert.match((await post(link, { password: 'kata sandi ketiga' })).text, /sudah diganti/)
  assert.equal((await post(link, { password: 'kata sandi keempat' })).status, 404)
  assert.equal((await browser.logIn('budi+usaha@merpati.test', 'kata sandi usaha')).status, 401)
  assert.equal((await browser.logIn('budi+usaha@merpati.test', 'kata sandi ketiga')).body['state'], 'second_factor')
  const page = await post('/signup?lang=en', { organization: '<b>"', address: 'x', password: 'kata sandi' })
  assert.deepEqual([page.status, page.text.includes('value="&#60;b&#62;&#34;"'), page.text.includes('This is no e-mail address.')], [422, true, true])
})

test('whoever is invited by mail joins on a page, in his language, once', async () => {
  const owner = new Browser(demo)
  const wishes = { organization: 'Toko Kue', address: 'budi+kue@merpati.test', password: 'kata sandi kue', locale: 'id' }
  const confirm = linkIn(await mailAfter('budi@merpati.test', 'merpati', () => owner.ask('/v1/signup', { json: wishes })), 'confirm')
  await post(confirm, {})
  await owner.logIn('budi+kue@merpati.test', 'kata sandi kue')
  const mail = await mailAfter('budi@merpati.test', 'merpati', async () => {
    assert.equal((await owner.ask('/v1/invitations', { json: { email: 'Budi+Teman@merpati.test', role: 'marketer', locale: 'id' } })).status, 201)
  })
  assert.match(mail, /^Subject: Anda diundang di localhost\r$/m)
  assert.match(mail, /"Toko Kue" mengundang Anda/)
  const link = linkIn(mail, 'join')
  const page = await (await fetch(`http://127.0.0.1:${demo.ports.http}${link}`)).text()
  assert.match(page, /<html lang="id">[^]*Bergabung dengan Toko Kue[^]*budi\+teman@merpati\.test/)
  assert.equal((await post(link, {}, { origin: 'https://evil.example' })).status, 403)
  assert.match((await post(link, { name: '', password: 'kata sandi teman' })).text, /role="alert">Sebutkan nama Anda/)
  assert.match((await post(link, { name: '<b>Teman', password: 'pendek' })).text, /value="&#60;b&#62;Teman"[^]*/)
  assert.match((await post(link, { name: 'Teman', password: 'kata sandi teman' })).text, /Anda sudah bergabung/)
  assert.equal((await post(link, { name: 'Teman', password: 'kata sandi teman' })).status, 404)
  const joined = await new Browser(demo).logIn('budi+teman@merpati.test', 'kata sandi teman')
  assert.equal((joined.body['account'] as { readonly role: string }).role, 'marketer')
  assert.deepEqual(((await owner.ask('/v1/accounts')).body['data'] as readonly { readonly name: string }[]).map(({ name }) => name), ['budi+kue@merpati.test', 'Teman'])

  // Whoever has an account elsewhere hears that it cannot be, and nobody else does.
  const known = await mailAfter('budi@merpati.test', 'merpati', async () => {
    assert.equal((await owner.ask('/v1/invitations', { json: { email: 'budi@merpati.test' } })).status, 201)
  })
  assert.match(known, /an account belongs to one/)
  assert.doesNotMatch(known, /\/join\//)

  const made = await demo.cli(['invitation', 'add', 'orang@luar.example', '--organization', 'Toko Kue', '--role', 'analyst', '--json'])
  const { link: printed } = JSON.parse(made.stdout) as { readonly link: string }
  assert.equal((await fetch(`http://127.0.0.1:${demo.ports.http}${new URL(printed).pathname}`)).status, 200)
  assert.match((await demo.cli(['invitation', 'list', '--organization', 'Toko Kue'])).stdout, /orang@luar\.example +analyst +en +operator /)
  assert.equal((await demo.cli(['invitation', 'remove', 'Orang@luar.example', '--organization', 'Toko Kue'])).code, 0)
  assert.equal((await fetch(`http://127.0.0.1:${demo.ports.http}${new URL(printed).pathname}`)).status, 404)
  assert.equal((await demo.cli(['invitation', 'remove', 'orang@luar.example', '--organization', 'Toko Kue'])).code, 1)
  assert.equal((await demo.cli(['invitation', 'add', 'bukan', '--organization', 'Toko Kue'])).code, 2)
})

test('a passkey logs in without a password or a second factor, once for each challenge, and only what was made and signed for this server counts', async () => {
  const owner = new Browser(demo)
  await owner.logIn('admin@merpati.test', 'merpati')
  const begin = async (): Promise<Record<string, unknown>> => (await owner.ask('/v1/passkeys/options', { json: { password: 'merpati' } })).body['options'] as Record<string, unknown>
  const phone = new Authenticator(owner.origin)
  assert.equal((await owner.ask('/v1/passkeys/options', { json: { password: 'falsch' } })).status, 401)
  for (const lies of [{ origin: 'https://evil.example' }, { host: 'evil.example' }, { flags: 0x41 }] satisfies Lies[]) {
    assert.equal((await owner.ask('/v1/passkeys', { json: { name: 'x', response: phone.create(await begin(), lies) } })).body['code'], 'invalid_passkey')
  }
  const options = await begin()
  assert.deepEqual([(options['rp'] as { readonly id: string }).id, String(options['challenge']).length], ['localhost', 43])
  const made = phone.create(options)
  assert.equal((await owner.ask('/v1/passkeys', { json: { name: 'Phone', response: made } })).status, 201)
  assert.equal((await owner.ask('/v1/passkeys', { json: { name: 'Phone', response: made } })).body['code'], 'invalid_passkey')
  assert.equal((await owner.ask('/v1/passkeys', { json: { name: 'Phone', response: phone.create(await begin()) } })).body['code'], 'taken')

  const logIn = async (lies: Lies = {}): Promise<{ readonly status: number; readonly browser: Browser; readonly shown: object }> => {
    const browser = new Browser(demo)
    const { body } = await browser.ask('/v1/session/passkey/options', { method: 'POST' })
    const shown = phone.get(body['options'] as Record<string, unknown>, lies)
    return { status: (await browser.ask('/v1/session/passkey', { json: { response: shown } })).status, browser, shown }
  }
  for (const lies of [{ origin: 'https://evil.example' }, { host: 'evil.example' }, { flags: 0x01 }] satisfies Lies[]) assert.equal((await logIn(lies)).status, 401)
  const { status, browser, shown } = await logIn()
  assert.equal(status, 200)
  assert.equal((await browser.ask('/v1/queue')).status, 200)
  assert.equal((await browser.ask('/v1/session/passkey', { json: { response: shown } })).status, 401)
  assert.equal((await logIn({ counter: phone.counter })).status, 401)
  phone.userHandle = Buffer.from('a-other').toString('base64url')
  assert.equal((await logIn()).status, 401)
  const [{ id } = { id: '' }] = JSON.parse((await demo.cli(['account', 'passkey', 'list', 'admin@merpati.test', '--json'])).stdout) as readonly { readonly id: string }[]
  assert.equal((await owner.ask(`/v1/passkeys/${id}`, { method: 'DELETE' })).status, 200)
  assert.deepEqual((await owner.ask('/v1/passkeys')).body, { object: 'list', data: [], next_cursor: null, has_more: false })
  assert.equal((await logIn()).status, 401)
})

/** Goes to the provider and comes back: what the page says, and the browser that has been there. */
async function goThere(begin: (browser: Browser) => Promise<unknown>, browser = new Browser(demo), twist = (url: URL): URL => url): Promise<{ readonly status: number; readonly text: string; readonly browser: Browser }> {
  const url = String(await begin(browser))
  const { headers } = await fetch(url, { redirect: 'manual' })
  const back = twist(new URL(headers.get('location') ?? ''))
  const { status, body } = await browser.ask(`${back.pathname}${back.search}`)
  return { status, text: String(body['text'] ?? ''), browser }
}

const byProvider = async (browser: Browser): Promise<unknown> => (await browser.ask('/v1/session/oidc/tests', { method: 'POST' })).body['url']

test('a provider logs in whose address it has verified, and who has linked himself; it makes no administrator', async () => {
  const admin = new Browser(demo)
  assert.deepEqual((await admin.ask('/v1/session/oidc')).body, { object: 'list', data: [{ name: 'tests' }], next_cursor: null, has_more: false })
  assert.equal((await admin.ask('/v1/session/oidc/others', { method: 'POST' })).status, 401)
  provider.person = { sub: 'p-ani', email: 'Ani@merpati.test', email_verified: false }
  assert.match((await goThere(byProvider)).text, /Nobody here is known/)
  provider.person = { ...provider.person, email: '\uff41ni@merpati.test', email_verified: true } // Typed at a login it leads to ani's; mail to it does not.
  assert.match((await goThere(byProvider)).text, /Nobody here is known/)
  provider.person = { ...provider.person, email: 'Ani@merpati.test' }
  const came = await goThere(byProvider)
  assert.equal(came.status, 303)
  const { body } = await came.browser.ask('/v1/session')
  assert.deepEqual([body['state'], (body['account'] as { readonly address: string }).address], ['open', 'ani@merpati.test'])
  provider.person = { sub: 'p-ani', email: 'admin@merpati.test', email_verified: true } // The link counts, whatever address follows.
  const again = await goThere(byProvider)
  assert.equal(((await again.browser.ask('/v1/session')).body['account'] as { readonly address: string }).address, 'ani@merpati.test')

  provider.person = { sub: 'p-admin', email: 'admin@merpati.test', email_verified: true }
  assert.match((await goThere(byProvider)).text, /link your account first/)
  await admin.logIn('admin@merpati.test', 'merpati')
  const link = async (browser: Browser): Promise<unknown> => {
    const session = browser.cookie
    const { body: away } = await browser.ask('/v1/identities/tests', { json: { password: 'merpati' } })
    browser.cookie = `${session}; ${browser.cookie}`
    return away['url']
  }
  const before = admin.cookie
  assert.match((await goThere(link, admin)).text, /Your account is linked/)
  admin.cookie = before
  const [linked] = (await admin.ask('/v1/identities')).body['data'] as readonly { readonly id: string; readonly issuer: string }[]
  assert.equal(linked?.issuer, provider.issuer)
  assert.equal((await goThere(byProvider)).status, 303)
  assert.equal((await admin.ask(`/v1/identities/${linked?.id}`, { method: 'DELETE' })).status, 200)
  assert.equal((await goThere(byProvider)).status, 403)
})

test('what comes back from a provider must be signed by it, meant for us, and asked for by this browser a moment ago', async () => {
  provider.person = { sub: 'p-ani' }
  const past = Math.floor(Date.now() / 1000) - 3600
  for (const lies of [{ nonce: 'x' }, { aud: 'others' }, { iss: 'https://evil.example' }, { iat: past, exp: past + 60 }, { sub: '' }]) {
    provider.lies = lies
    assert.equal((await goThere(byProvider)).status, 403, JSON.stringify(lies))
  }
  provider.lies = {}
  provider.forges = true
  assert.equal((await goThere(byProvider)).status, 403)
  provider.forges = false
  const twists: readonly ((url: URL) => URL)[] = [
    (url) => (url.searchParams.set('state', 'x'.repeat(43)), url),
    (url) => (url.searchParams.set('iss', 'https://evil.example'), url),
    (url) => (url.searchParams.set('code', 'other'), url),
  ]
  for (const twist of twists) assert.equal((await goThere(byProvider, new Browser(demo), twist)).status, 403)
  const elsewhere = async (browser: Browser): Promise<unknown> => {
    const url = await byProvider(browser)
    browser.cookie = ''
    return url
  }
  assert.equal((await goThere(elsewhere)).status, 403)
  assert.equal((await goThere(byProvider)).status, 303)
})

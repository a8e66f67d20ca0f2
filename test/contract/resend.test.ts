import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeBody } from '../../src/proto/mail/decode-body.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import type { ApiAnswer } from '../support/api.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'
import { shownEvents } from '../support/events.ts'

const HALO = { from: 'Ani <ani@home.example>', to: ['Cici <cici@far.example>', 'dodi@far.example'], bcc: 'eka@far.example', subject: 'Halo', text: 'Halo', tags: { jenis: 'halo' }, metadata: { pesanan: '7' } }

let house: ApiHouse
let key = ''
before(async () => {
  house = await openApiHouse()
  key = await house.key(house.home)
})
after(() => house[Symbol.asyncDispose]())

interface Taken {
  readonly id: string
  readonly status: string
  readonly recipients: readonly { readonly email: string; readonly status: string }[]
}

const taken = ({ status, body }: ApiAnswer): Taken => {
  assert.equal(status, 202, JSON.stringify(body))
  return body as unknown as Taken
}
const send = async (over: object = {}): Promise<Taken> => taken(await house.ask(key, '/v1/emails', { json: { ...HALO, ...over } }))
const again = (id: string, json?: object, headers = {}, as = key): Promise<ApiAnswer> => house.ask(as, `/v1/emails/${id}/resend`, { method: 'POST', ...(json === undefined ? {} : { json }), headers })
const rawOf = async (id: string): Promise<string> => String((await house.ask(key, `/v1/emails/${id}/raw`)).body['text'])
const withoutIdentity = (raw: string): string => raw.replace(/^(?:Date|Message-ID): .*\r\n/gm, '')

test('a message goes once more as a new one, with an identity of its own and a link to the first', async () => {
  const first = await send()
  const second = taken(await again(first.id))
  assert.notEqual(second.id, first.id)
  assert.deepEqual(second.recipients.map(({ email, status }) => [email, status]), [['cici@far.example', 'queued'], ['dodi@far.example', 'queued'], ['eka@far.example', 'queued']])
  const { body } = await house.ask(key, `/v1/emails/${second.id}`)
  const { body: old } = await house.ask(key, `/v1/emails/${first.id}`)
  assert.deepEqual([body['resend_of'], old['resend_of']], [first.id, null])
  for (const field of ['from', 'to', 'bcc', 'subject', 'tags', 'metadata', 'stream']) assert.deepEqual(body[field], old[field], field)
  const [one, other] = [await rawOf(first.id), await rawOf(second.id)]
  assert.equal(withoutIdentity(other), withoutIdentity(one))
  assert.match(other, new RegExp(`^Message-ID: <${second.id}@`, 'm'))
  assert.deepEqual([other.match(/^Date: /gm)?.length, other.match(/^Message-ID: /gm)?.length, other.includes('eka@')], [1, 1, false])
  const told = (await shownEvents(house.db)).filter(({ message }) => message === first.id).map(({ type }) => type)
  assert.equal(told.filter((type) => type === 'mail.resent').length, 1)
})

test('it goes to some of its recipients alone, and to nobody else', async () => {
  const { id } = await send()
  const second = taken(await again(id, { to: ['DODI@far.example'] }))
  assert.deepEqual(second.recipients.map(({ email }) => email), ['dodi@far.example'])
  assert.deepEqual((await house.ask(key, `/v1/emails/${second.id}`)).body['to'], ['dodi@far.example'])
  const refused = await again(id, { to: ['lain@far.example'] })
  assert.deepEqual([refused.status, (refused.body['errors'] as readonly { readonly field: string; readonly code: string }[]).map(({ field, code }) => `${field} ${code}`)], [422, ['to.0 unknown_recipient']])
})

test('addresses of ours in it are those of the new message, and lead where the old ones led', async () => {
  const { id } = await send({ to: 'cici@far.example', bcc: [], stream: 'broadcast', html: '<p>Diskon é <a href="https://toko.example/?a=1&amp;b=2">di sini</a></p>', attachments: [{ filename: 'hal.html', content: Buffer.from('<a href="https://lain.example/">x</a>').toString('base64') }] })
  const second = taken(await again(id))
  const tokens = (raw: string): readonly string[] => [...Buffer.from(decodeBody(Buffer.from(raw), 'quoted-printable')).toString().matchAll(/\/t\/[co]\/([\w-]{44})/g)].map(([, token]) => String(token))
  const [old, fresh] = [tokens(await rawOf(id)), tokens(await rawOf(second.id))]
  assert.deepEqual([old.length, fresh.length, new Set([...old, ...fresh]).size], [3, 3, 6])
  const links = await house.db.all(statement<{ message: string }, { content: string }>('SELECT content FROM tracked WHERE message = $message'), { message: second.id })
  const { links: targets, recipients } = JSON.parse(links[0]?.content ?? '{}') as { readonly links: readonly string[]; readonly recipients: readonly { readonly address: string }[] }
  assert.deepEqual([targets, recipients.map(({ address }) => address)], [['https://toko.example/?a=1&b=2'], ['cici@far.example']])
})

test('a request that comes again with its key is done once', async () => {
  const { id } = await send()
  const headers = { 'idempotency-key': 'ulang-1' }
  const one = await again(id, undefined, headers)
  const other = await again(id, undefined, headers)
  assert.deepEqual([other.status, other.body, other.headers.get('idempotent-replayed')], [202, one.body, 'true'])
  const another = await again((await send()).id, undefined, headers)
  assert.deepEqual([another.status, another.body['code']], [409, 'invalid_idempotent_request'])
})

test('what is asked of a new message is asked of it: rights, domains, streams, caps, and who is not written to', async () => {
  const { id } = await send()
  const status = async (over: Parameters<ApiHouse['key']>[1]): Promise<unknown> => {
    const { status: told, body } = await again(id, undefined, {}, await house.key(house.home, over))
    return [told, body['code']]
  }
  assert.deepEqual(await status({ scopes: ['read'] }), [403, 'missing_scope'])
  assert.deepEqual(await status({ scopes: ['send'], domains: ['lain.example'] }), [404, 'not_found'])
  assert.deepEqual(await status({ scopes: ['send'], streams: ['broadcast'] }), [422, 'validation_error'])
  const capped = await house.key(house.home, { scopes: ['send'], caps: { messagesPerHour: 1, messagesPerDay: null } })
  assert.deepEqual([(await again(id, undefined, {}, capped)).status, (await again(id, undefined, {}, capped)).status], [202, 429])
  await house.ask(key, '/v1/suppressions', { json: { email: 'dodi@far.example' } })
  assert.deepEqual(taken(await again(id)).recipients.map(({ status: each }) => each), ['queued', 'suppressed', 'queued'])
  assert.equal((await again('m-none')).status, 404)
})

test('when its bytes are gone it says so, and what to do', async () => {
  const { id } = await send()
  const purge = statement<{ id: string }>('DELETE FROM message WHERE id = $id')
  await house.db.write(write('test.purge', function* (tx, message: string) { yield* tx.run(purge, { id: message }) }), id)
  const { status, body } = await again(id)
  assert.deepEqual([status, body['code']], [410, 'gone'])
  assert.match(String(body['detail']), /POST \/v1\/emails/)
})

test('a message that its sender composed goes again as it was, without what signed it', async () => {
  const raw = 'DKIM-Signature: v=1; d=home.example\nFrom: ani@home.example\nTo: cici@far.example\nBcc: eka@far.example\nMessage-ID: <asli@home.example>\nDate: Fri, 02 Jan 2026 03:04:05 +0000\nSubject: Raw\n\nHalo\n'
  const first = taken(await house.ask(key, '/v1/emails/raw', { body: raw, headers: { 'content-type': 'message/rfc822' } }))
  const second = taken(await again(first.id))
  assert.deepEqual(second.recipients.map(({ email }) => email), ['cici@far.example', 'eka@far.example'])
  const sent = await rawOf(second.id)
  assert.doesNotMatch(sent, /asli@|DKIM-Signature|02 Jan 2026/)
  assert.match(sent, /^Date: .+\r\nMessage-ID: <m.+\r\nFrom: ani@home\.example\r\nTo: cici@far\.example\r\nBcc: eka@far\.example\r\nSubject: Raw\r\n\r\nHalo\r\n$/)
})

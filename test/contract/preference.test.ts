import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trackHandler } from '../../src/app/track.ts'
import type { DeliveryId, Domain, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { consentsAfter } from '../../src/core/consent/sql.ts'
import { enqueue } from '../../src/core/queue/sql.ts'
import { lease } from '../../src/core/queue/sql-lease.ts'
import { returnTo, takeReturned } from '../../src/core/inbound/returned.ts'
import { sqlReturned } from '../../src/core/inbound/sql-returned.ts'
import { createOrganization, removeOrganization } from '../../src/core/organization/sql.ts'
import type { StreamName } from '../../src/core/organization/stream/name.ts'
import { putStream, removeStream } from '../../src/core/organization/stream/sql.ts'
import { insertMessage } from '../../src/core/mailbox/sql-append.ts'
import { askErasure, openErasures } from '../../src/core/subject/sql-erasure.ts'
import { erase } from '../../src/core/subject/sql-run.ts'
import { suppress, suppressionsOf, unsuppress } from '../../src/core/suppression/sql.ts'
import type { Scope, Suppression } from '../../src/core/suppression/suppression.ts'
import { RESUMES_A_DAY } from '../../src/core/track/limits.ts'
import { keepTracked } from '../../src/core/track/sql.ts'
import { stopLocalOf } from '../../src/core/track/stop-address.ts'
import { tokenOf } from '../../src/core/track/token.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { parseAddress } from '../../src/proto/mail/address.ts'
import type { HttpAnswer } from '../../src/infra/http/request.ts'
import { NO_SEGMENTS } from '../support/erasure.ts'
import { openTestDatabase } from '../support/database.ts'
import { shownEvents } from '../support/events.ts'
import { NOW_MS, someMessage } from '../support/people.ts'

const SECRET = new Uint8Array(32).fill(9)
const TOKO = 'o1' as OrganizationId
const CICI = 'cici@far.example'
const DAY_MS = 24 * 3_600_000
const FORM = 'application/x-www-form-urlencoded'

const keep = write('test.keep', function* (tx, args: { readonly message: MessageId; readonly delivery: DeliveryId; readonly stream: string }) {
  yield* keepTracked(tx, TOKO, { message: args.message, stream: args.stream, recipients: [{ address: CICI, delivery: args.delivery }], links: [], opens: 'not-noted' }, NOW_MS)
})

const queue = write('test.queue', function* (tx, args: { readonly id: DeliveryId; readonly stream: string }) {
  const message = someMessage()
  yield* insertMessage(tx, TOKO, message, 1, NOW_MS)
  const lane = 'far.example' as Domain
  const wishes = { ret: null, envid: null, notify: [], orcpt: `rfc822;${CICI}`, body: null, smtputf8: false, requireTls: false, tlsOptional: false } as const
  yield* enqueue(tx, TOKO, message.id, [{ id: args.id, account: null, sender: 'b-1@home.example', recipient: CICI, domain: lane, route: 'remote', stream: args.stream, priority: 2, site: lane, lane, state: 'queued', dueMs: NOW_MS, expiresMs: NOW_MS + DAY_MS, alarmMs: null, wishes, view: { prefix: '', skips: [] } }], NOW_MS)
})

interface Asked {
  readonly method?: string
  readonly body?: string
  readonly type?: string
  readonly lang?: string
  readonly accepts?: string
}

type Token = (asked?: Asked) => Promise<HttpAnswer>

/** An organization with two named streams, and a reader of its mail. */
async function opened() {
  const own = await openTestDatabase()
  const { db } = own
  const clock = { ms: NOW_MS }
  await db.write(createOrganization, { id: TOKO, name: 'Toko <Buku> & Co', locale: 'en', nowMs: NOW_MS })
  const name = (stream: StreamName, title: string): Promise<unknown> => db.write(putStream, { organization: TOKO, name: stream, title: { en: title }, description: { id: `tentang ${title}` }, tracking: {}, createdMs: NOW_MS })
  await name('broadcast.offers', 'Offers')
  await name('broadcast.weekly', 'Weekly "news"')
  const handler = trackHandler({ db, clock: { nowMs: () => clock.ms }, secret: SECRET, log: silentLog, isOurHost: async () => true })
  const token = async (stream = 'broadcast.weekly'): Promise<Token> => {
    const message = makeId('m', NOW_MS) as MessageId
    await db.write(keep, { message, delivery: makeId('q', NOW_MS) as DeliveryId, stream })
    const path = `/t/u/${tokenOf({ kind: 'unsubscribe', message, recipient: 0, link: 0 }, SECRET)}`
    return async ({ method, body, type = FORM, lang, accepts } = {}) => {
      const bytes = Buffer.from(body ?? '')
      const headers = { host: 't.example', 'user-agent': 'Firefox', ...(body === undefined ? {} : { 'content-type': type }), ...(accepts === undefined ? {} : { 'accept-language': accepts }) }
      const query = new URLSearchParams(lang === undefined ? '' : { lang })
      return await handler({ method: method ?? (body === undefined ? 'GET' : 'POST'), path, query, headers, address: '192.0.2.1', secure: true, body: async (max = 0) => (bytes.length > max ? null : bytes) }, new AbortController().signal)
    }
  }
  return {
    ...{ db, clock, own, token },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
    events: async () => (await shownEvents(db)).filter(({ type }) => /^(?:email|suppression)\./.test(type)).map(({ type, data }) => `${type} ${String((data as { readonly scope: unknown }).scope)}`),
    holding: async () => (await suppressionsOf(db, TOKO, CICI, clock.ms)).map(({ scope, category }) => `${scope} ${category}`),
    put: (scope: Scope, category: string, more: Partial<Suppression> = {}) => db.write(suppress, { organization: TOKO, address: CICI, scope, category, reason: '', delivery: null, createdMs: NOW_MS, expiresMs: null, lockedMs: null, ...more }),
  }
}

/** What a browser sends from a page: each box as it was shown, and those that are ticked now. */
const save = (boxes: Readonly<Record<string, readonly [was: 'on' | 'off', now: 'on' | 'off']>>): Asked => ({
  body: `form=preferences&${Object.entries(boxes).map(([stream, [was, now]]) => `was.${stream}=${was}${now === 'on' ? `&want.${stream}=on` : ''}`).join('&')}&do=save`,
})
const ALL: Asked = { body: 'form=preferences&do=all' }
const boxesIn = ({ body }: HttpAnswer): readonly string[] => [...String(body).matchAll(/<input type="checkbox"[^>]*?(?:name="want\.([\w.-]+)" value="on"( checked)?|(disabled))/g)].map(([, stream, checked, disabled]) => disabled ?? `${stream} ${checked === undefined ? 'off' : 'on'}`)

test('the page shows the streams by name and part of the address, and looking at it changes nothing', async () => {
  await using house = await opened()
  const ask = await house.token()
  const page = await ask()
  assert.deepEqual([page.status, boxesIn(page)], [200, ['broadcast.offers on', 'broadcast.weekly on']])
  const html = String(page.body)
  assert.match(html, /<html lang="en">.*<h1>Your mail from <bdi>Toko &#60;Buku&#62; &#38; Co<\/bdi>/s)
  assert.match(html, /<bdi>c…@far\.example<\/bdi>/)
  assert.match(html, /<bdi lang="id">tentang Offers<\/bdi>/)
  assert.doesNotMatch(html, /cici|o1/)
  assert.match(String((await ask({ accepts: 'id-ID,id;q=0.9' })).body), /<html lang="id">.*Berhenti dari semuanya/s)
  assert.match(String((await ask({ accepts: 'id', lang: 'en' })).body), /<html lang="en">/)
  for (const method of ['GET', 'HEAD']) assert.equal((await ask({ method, body: 'form=preferences&do=all' })).status, 200)
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) assert.equal((await ask({ method })).status, 405)
  assert.deepEqual([await house.events(), await house.holding()], [[], []])
})

test('whoever unticks a stream gets it no more, not even what is queued, and gets the other', async () => {
  await using house = await opened()
  const { db } = house
  const ask = await house.token()
  await db.write(queue, { id: 'q1' as DeliveryId, stream: 'broadcast.offers' })
  await db.write(queue, { id: 'q2' as DeliveryId, stream: 'broadcast.weekly' })
  const wish = save({ 'broadcast.offers': ['on', 'off'], 'broadcast.weekly': ['on', 'on'] })
  for (let times = 0; times < 2; times++) assert.deepEqual(boxesIn(await ask(wish)), ['broadcast.offers off', 'broadcast.weekly on'])
  assert.deepEqual(await house.events(), ['email.unsubscribed stream:broadcast.offers', 'suppression.added stream:broadcast.offers'])
  assert.deepEqual((await db.write(lease, { lane: 'far.example', holder: 'h', limit: 10, nowMs: NOW_MS })).map(({ id }) => id), ['q2'])
})

test('whoever takes it back gets it again, with a record of what was agreed to', async () => {
  await using house = await opened()
  const ask = await house.token()
  await ask(save({ 'broadcast.weekly': ['on', 'off'] }))
  house.clock.ms += 1_000
  const back = save({ 'broadcast.weekly': ['off', 'on'] })
  assert.deepEqual(boxesIn(await ask({ ...back, lang: 'id' })), ['broadcast.offers on', 'broadcast.weekly on'])
  assert.deepEqual([boxesIn(await ask(back)), await house.holding()], [['broadcast.offers on', 'broadcast.weekly on'], []])
  assert.deepEqual((await house.events()).slice(2), ['suppression.removed stream:broadcast.weekly', 'email.resubscribed stream:broadcast.weekly'])
  const [record, ...more] = await consentsAfter(house.db, { organization: TOKO, address: CICI, after: '', limit: 10 })
  assert.deepEqual(more, [])
  assert.deepEqual([record?.stream, record?.source, record?.version, record?.client, record?.givenMs, record?.withdrawnMs], ['broadcast.weekly', 'preference page', 'preferences-1/id', '192.0.2.1', NOW_MS + 1_000, null])
  assert.equal(record?.wording, 'Email mana yang Anda inginkan? [x] Weekly "news" [Simpan]')
  assert.match(record?.proof ?? '', /^the link in message m[\w-]{20}; user agent [0-9a-f]{32}$/)
  // Stopping it again ends that.
  house.clock.ms += 1_000
  await ask(save({ 'broadcast.weekly': ['on', 'off'] }))
  assert.equal((await consentsAfter(house.db, { organization: TOKO, address: CICI, after: '', limit: 10 }))[0]?.withdrawnBy, 'unsubscribe')
})

test('presses at the same moment come to one', async () => {
  await using house = await opened()
  const ask = await house.token()
  const times = (wish: Asked): Promise<unknown> => Promise.all(Array.from({ length: 4 }, () => ask(wish)))
  await times(save({ 'broadcast.weekly': ['on', 'off'] }))
  await times(ALL)
  await times(save({ 'broadcast.weekly': ['off', 'on'] }))
  assert.deepEqual((await house.events()).filter((told) => told.startsWith('email.')), ['email.unsubscribed stream:broadcast.weekly', 'email.unsubscribed broadcast', 'email.resubscribed stream:broadcast.weekly'])
  assert.equal((await consentsAfter(house.db, { organization: TOKO, address: CICI, after: '', limit: 10 })).length, 1)
  assert.deepEqual(await house.holding(), ['stream:broadcast unsubscribe', 'stream:broadcast.offers unsubscribe'])
})

test('all of it stops with one button, and of that single streams come back while the others stay away', async () => {
  await using house = await opened()
  const ask = await house.token()
  assert.match(String((await ask(ALL)).body), /role="status">You are unsubscribed\./)
  assert.deepEqual(await house.events(), ['email.unsubscribed broadcast', 'suppression.added broadcast'])
  const page = await ask(ALL)
  assert.deepEqual([boxesIn(page), /value="all"/.test(String(page.body)), (await house.events()).length], [['broadcast.offers off', 'broadcast.weekly off'], false, 2])
  assert.deepEqual(boxesIn(await ask(save({ 'broadcast.offers': ['off', 'off'], 'broadcast.weekly': ['off', 'on'] }))), ['broadcast.offers off', 'broadcast.weekly on'])
  assert.deepEqual(await house.holding(), ['stream:broadcast unsubscribe', 'stream:broadcast.offers unsubscribe'])
  assert.deepEqual(boxesIn(await ask(save({ 'broadcast.offers': ['off', 'on'] }))), ['broadcast.offers on', 'broadcast.weekly on'])
})

test('the mail program stops one stream, and its reader may take that back', async () => {
  await using house = await opened()
  const ask = await house.token()
  const multipart = { body: '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n', type: 'multipart/form-data; boundary=x' }
  for (const wish of [{ body: 'List-Unsubscribe=One-Click' }, multipart, { body: '' }]) {
    const { status, body } = await ask(wish)
    assert.deepEqual([status, /<h1>You are unsubscribed<\/h1>/.test(String(body))], [200, true])
  }
  assert.deepEqual([await house.holding(), boxesIn(await ask())], [['stream:broadcast.weekly unsubscribe'], ['broadcast.offers on', 'broadcast.weekly off']])
  await ask(save({ 'broadcast.weekly': ['off', 'on'] }))
  assert.deepEqual(await house.holding(), [])
})

test('nobody switches on what he has not switched off with this very link', async () => {
  const scopes: readonly Scope[] = ['all', 'broadcast', 'stream:broadcast.weekly']
  const back = save({ 'broadcast.weekly': ['off', 'on'], 'broadcast.offers': ['off', 'on'] })
  await using house = await opened()
  const ask = await house.token()
  const expects = async (entries: readonly string[]): Promise<void> => {
    const before = await house.events()
    for (const wish of [back, save({ 'broadcast.weekly': ['on', 'on'] })]) assert.equal((await ask(wish)).status, 200)
    assert.deepEqual([await house.holding(), await house.events()], [entries, before])
  }
  for (const scope of scopes) {
    for (const category of ['complaint', 'bad-mailbox', 'manual', 'unsubscribe']) {
      await house.put(scope, category)
      assert.ok(boxesIn(await ask()).includes('disabled'))
      await expects([`${scope} ${category}`])
      // Pressing the button that stops mail makes nobody the owner of what others have stopped.
      await ask(scope === 'stream:broadcast.weekly' ? save({ 'broadcast.weekly': ['on', 'off'] }) : { body: 'List-Unsubscribe=One-Click' })
      await house.db.write(unsuppress, { organization: TOKO, address: CICI, nowMs: NOW_MS })
      house.clock.ms += 91 * DAY_MS
      await house.db.write(unsuppress, { organization: TOKO, address: CICI, nowMs: house.clock.ms })
      assert.deepEqual(await house.holding(), [])
    }
  }
})

test('a complaint that comes after the button, or before it, stays', async () => {
  await using house = await opened()
  const ask = await house.token()
  await ask(ALL)
  await house.put('broadcast', 'complaint')
  await ask(save({ 'broadcast.weekly': ['off', 'on'] }))
  await ask(ALL)
  await ask(save({ 'broadcast.weekly': ['off', 'on'] }))
  assert.deepEqual(await house.holding(), ['broadcast complaint'])
  assert.equal((await consentsAfter(house.db, { organization: TOKO, address: CICI, after: '', limit: 10 })).length, 0)
})

test('the link of another message switches nothing on, and the list of the system counts', async () => {
  await using house = await opened()
  const [first, second] = [await house.token(), await house.token()]
  await first(ALL)
  const back = save({ 'broadcast.weekly': ['off', 'on'] })
  assert.match(String((await second(back)).body), /Some of it could not be switched on here/)
  assert.deepEqual([boxesIn(await second()), await house.holding()], [['disabled', 'disabled'], ['broadcast unsubscribe']])
  await house.put('all', 'manual', { organization: '' })
  await first(back)
  assert.deepEqual(await house.holding(), ['broadcast unsubscribe'])
})

test('what an erasure keeps is not lifted by the mail that is still in a mailbox', async () => {
  await using house = await opened()
  const { db, own } = house
  const ask = await house.token()
  await ask(ALL)
  await db.write(askErasure, { organization: TOKO, id: makeId('x', NOW_MS), address: CICI, key: 'k1', audit: { id: makeId('u', NOW_MS), actorKind: 'operator', actor: 'ani', action: 'test' }, nowMs: NOW_MS })
  for (let rounds = 0; rounds < 20; rounds++) {
    await shownEvents(db) // An erasure waits for what the log does not show yet.
    const [open] = await openErasures(db)
    if (open === undefined) break
    house.clock.ms += DAY_MS
    await erase({ db, traces: own.traces, clock: { nowMs: () => house.clock.ms }, segments: NO_SEGMENTS, areThere: async () => false, cutLogs: () => true }, open, new AbortController().signal)
  }
  assert.deepEqual(await openErasures(db), [])
  const page = await ask(save({ 'broadcast.weekly': ['off', 'on'], 'broadcast.offers': ['off', 'on'] }))
  assert.deepEqual([page.status, /cici|far\.example/.test(String(page.body))], [200, false])
  const [entry] = await suppressionsOf(db, TOKO, CICI, house.clock.ms)
  assert.deepEqual([entry?.address.startsWith('#'), entry?.scope, entry?.undo], [true, 'broadcast', null])
})

test('mail is switched on some times a day, and always off', async () => {
  await using house = await opened()
  const ask = await house.token()
  const [off, on] = [save({ 'broadcast.weekly': ['on', 'off'] }), save({ 'broadcast.weekly': ['off', 'on'] })]
  for (let times = 0; times < RESUMES_A_DAY; times++) {
    house.clock.ms += 1_000
    await ask(off)
    assert.equal((await ask(on)).status, 200)
  }
  house.clock.ms += 1_000
  await ask(off)
  const refused = await ask(save({ 'broadcast.weekly': ['off', 'on'], 'broadcast.offers': ['on', 'off'] }))
  assert.deepEqual([refused.status, boxesIn(refused)], [429, ['broadcast.offers off', 'broadcast.weekly off']])
  house.clock.ms += DAY_MS
  assert.deepEqual(boxesIn(await ask(on)), ['broadcast.offers off', 'broadcast.weekly on'])
})

test('an old page that is sent again undoes nothing that came after it', async () => {
  await using house = await opened()
  const ask = await house.token()
  await ask({ body: 'List-Unsubscribe=One-Click' })
  assert.deepEqual(boxesIn(await ask(save({ 'broadcast.offers': ['on', 'on'], 'broadcast.weekly': ['on', 'on'] }))), ['broadcast.offers on', 'broadcast.weekly off'])
})

test('a form of ours that is not as we made it changes nothing', async () => {
  await using house = await opened()
  const ask = await house.token()
  const broken = ['form=preferences', 'form=preferences&List-Unsubscribe=One-Click', 'form=preferences&do=x', 'form=preferences&do=save&was.transactional=on', 'form=preferences&do=save&was.broadcast.weekly=maybe', `form=preferences&do=save${'&a=b'.repeat(200)}`, 'form=preferences&do=%ff']
  for (const body of broken) assert.deepEqual([body, (await ask({ body })).status], [body, 400])
  assert.equal((await ask({ body: 'form=preferences&do=all', type: 'text/plain' })).status, 400)
  assert.equal((await ask({ body: 'x'.repeat(20_000) })).status, 413)
  // A stream that is not the organization's is none of the reader's.
  assert.equal((await ask(save({ 'broadcast.foreign': ['on', 'off'] }))).status, 200)
  assert.deepEqual([await house.events(), await house.holding()], [[], []])
})

test('links work when the organization, its streams or their names are gone', async () => {
  await using house = await opened()
  const { db } = house
  const ask = await house.token()
  assert.equal(await db.write(removeOrganization, { id: TOKO, nowMs: NOW_MS }), 'removed')
  const page = await ask()
  assert.deepEqual([page.status, /Your mail from <bdi>this sender<\/bdi>.*>Unsubscribe<\/button>/s.test(String(page.body))], [200, true])
  assert.deepEqual([(await ask(ALL)).status, (await ask({ body: 'List-Unsubscribe=One-Click' })).status], [200, 200])
  const left = String((await ask()).body)
  assert.match(left, /Get this mail again/)
  assert.equal((await ask({ body: 'form=preferences&was.broadcast.weekly=off&want.broadcast.weekly=on&do=save' })).status, 200)
})

test('the address for mail that stops mail works when the organization is gone', async () => {
  await using house = await opened()
  const { db, clock } = house
  const message = makeId('m', NOW_MS) as MessageId
  await db.write(keep, { message, delivery: makeId('q', NOW_MS) as DeliveryId, stream: 'broadcast.weekly' })
  assert.equal(await db.write(removeOrganization, { id: TOKO, nowMs: NOW_MS }), 'removed')
  const options = sqlReturned(db, { hostname: 'mail.toko.example', secret: SECRET, clock: { nowMs: () => clock.ms } })
  const address = parseAddress(`${stopLocalOf({ message, recipient: 0 }, SECRET)}@mail.toko.example`)
  assert.ok(address.ok)
  const to = returnTo(address.value, options)
  assert.ok(to !== null && 'stops' in to)
  for (let time = 0; time < 2; time++) assert.equal((await takeReturned(options, [to], { peer: '192.0.2.1', bytes: new Uint8Array(0), passOn: async () => null })).code, 250)
  assert.deepEqual(await house.holding(), ['stream:broadcast.weekly unsubscribe'])
})

test('an organization without names has one button, and a way back', async () => {
  await using house = await opened()
  for (const name of ['broadcast.weekly', 'broadcast.offers']) await house.db.write(removeStream, { organization: TOKO, name })
  for (const stream of ['broadcast', 'transactional']) {
    const ask = await house.token(stream)
    const page = String((await ask()).body)
    assert.deepEqual([boxesIn({ status: 200, body: page }), />Unsubscribe<\/button>/.test(page)], [[], true])
    await ask(ALL)
    assert.deepEqual(await house.holding(), ['broadcast unsubscribe'])
    const [, form = ''] = /<form[^>]*>(.*)<\/form>/s.exec(String((await ask()).body)) ?? []
    const fields = [...form.matchAll(/ name="([^"]+)" value="([^"]+)"/g)].map(([, name, value]) => `${name}=${value}`)
    await ask({ body: fields.join('&') })
    assert.deepEqual(await house.holding(), [])
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { trackHandler } from '../../src/app/track.ts'
import { MAX_FORM_BYTES, NOTED_A_MINUTE, REQUESTS_AT_ONCE, STOPS_AT_ONCE } from '../../src/core/track/limits.ts'
import { keepTracked } from '../../src/core/track/sql.ts'
import { HONEYPOT, type Token } from '../../src/core/track/token.ts'
import { urlOf } from '../../src/core/track/url.ts'
import type { Database } from '../../src/infra/db/database.ts'
import { write } from '../../src/infra/db/transaction.ts'
import type { HttpAnswer } from '../../src/infra/http/request.ts'
import type { Handler } from '../../src/infra/http/routes.ts'
import { openTestDatabase } from '../support/database.ts'
import { shownEvents } from '../support/events.ts'
import { NOW_MS } from '../support/people.ts'

const SECRET = new Uint8Array(32).fill(3)
const ORGANIZATION = 'o1' as OrganizationId

const keep = write('test.keep-tracked', function* (tx, message: MessageId) {
  yield* keepTracked(tx, ORGANIZATION, { message, stream: 'broadcast', recipients: [{ address: 'cici@far.example', delivery: 'q1' as DeliveryId }], links: ['https://toko.example/', 'https://toko.example/2', 'https://toko.example/3'], opens: 'noted' }, NOW_MS)
})

const FIREFOX = 'Mozilla/5.0 (X11) Firefox/127.0'

interface Asked {
  readonly method?: string
  readonly address?: string
  readonly host?: string
  readonly body?: Uint8Array
  readonly agent?: string
  readonly purpose?: string
}

/** A message that is kept, and a way to ask for its addresses at a time of the test's choice. */
async function opened(db: Database): Promise<{ readonly clock: { ms: number }; readonly message: MessageId; readonly ask: (token: Partial<Token>, asked?: Asked) => Promise<HttpAnswer>; readonly events: () => Promise<readonly string[]> }> {
  const clock = { ms: NOW_MS }
  const message = makeId('m', NOW_MS) as MessageId
  await db.write(keep, message)
  const handler: Handler = trackHandler({ db, clock: { nowMs: () => clock.ms }, secret: SECRET, log: silentLog, isOurHost: async (host) => host === 't.example' })
  return {
    clock,
    message,
    async ask(token, { method = 'GET', address = '192.0.2.1', host = 't.example', body = new Uint8Array(0), agent = FIREFOX, purpose } = {}) {
      const path = urlOf({ kind: 'open', message, recipient: 0, link: 0, ...token }, { origin: '', secret: SECRET })
      const request = { method, path, query: new URLSearchParams(), headers: { host, 'user-agent': agent, 'sec-purpose': purpose }, address, secure: true, body: async (max = 0) => (body.length > max ? null : body) }
      return await handler(request, new AbortController().signal)
    },
    events: async () => (await shownEvents(db)).map(({ type }) => type),
  }
}

test('a picture that is fetched again and again is noted some times a minute, and comes each time', async () => {
  await using own = await openTestDatabase()
  const { ask, clock, events } = await opened(own.db)
  for (let times = 0; times < 50; times++) assert.equal((await ask({})).status, 200)
  assert.equal((await events()).length, NOTED_A_MINUTE)
  clock.ms += 61_000
  await ask({})
  assert.equal((await events()).length, NOTED_A_MINUTE + 1)
})

test('a network that asks too often waits, and others do not', async () => {
  await using own = await openTestDatabase()
  const { ask, clock } = await opened(own.db)
  for (let times = 0; times < REQUESTS_AT_ONCE; times++) assert.equal((await ask({ recipient: 9 }, { host: 't.example' })).status, 200)
  assert.equal((await ask({}, { address: '192.0.2.77' })).status, 429)
  assert.equal((await ask({}, { address: '198.51.100.1' })).status, 200)
  clock.ms += 1_000
  assert.equal((await ask({})).status, 200)
})

test('whoever unsubscribes does not wait for pictures that others fetched from the same network, and one address is not asked without end', async () => {
  await using own = await openTestDatabase()
  const { ask, clock } = await opened(own.db)
  for (let times = 0; times < REQUESTS_AT_ONCE; times++) await ask({ recipient: 9 })
  assert.equal((await ask({})).status, 429)
  const post = async (token: Partial<Token> = {}): Promise<number> => (await ask({ kind: 'unsubscribe', ...token }, { method: 'POST' })).status
  for (let times = 0; times < STOPS_AT_ONCE; times++) assert.equal(await post(), 200)
  assert.equal(await post(), 429)
  assert.equal(await post({ recipient: 1 }), 404, 'another address has its own')
  clock.ms += 1_000
  assert.equal(await post(), 200)
})

test('whoever unsubscribes may ask at a name that links had once, and nobody else may', async () => {
  await using own = await openTestDatabase()
  const { ask, events } = await opened(own.db)
  const host = 'former.example'
  assert.deepEqual([(await ask({}, { host })).status, (await ask({ kind: 'click' }, { host })).status], [404, 404])
  assert.equal((await ask({ kind: 'unsubscribe' }, { host })).status, 200)
  assert.equal((await ask({ kind: 'unsubscribe' }, { host, method: 'POST' })).status, 200)
  assert.deepEqual(await events(), ['email.unsubscribed', 'suppression.added'])
})

test('a link leads where its row says, the hidden one nowhere, and other names and messages get nothing', async () => {
  await using own = await openTestDatabase()
  const { ask } = await opened(own.db)
  const followed = await ask({ kind: 'click' })
  assert.deepEqual([followed.status, followed.headers?.['location']], [302, 'https://toko.example/'])
  assert.equal((await ask({ kind: 'click', link: HONEYPOT })).status, 204)
  assert.equal((await ask({ kind: 'click', link: 3 })).status, 404)
  assert.equal((await ask({ kind: 'click' }, { host: 'evil.example' })).status, 404)
  assert.equal((await ask({ kind: 'click', message: makeId('m', 1) as MessageId })).status, 404)
})

test('a browser that loads a link ahead gets nothing, and its reader who follows it then is seen', async () => {
  await using own = await openTestDatabase()
  const { ask, events } = await opened(own.db)
  for (const purpose of ['prefetch', 'prefetch;prerender']) {
    const { status, headers } = await ask({ kind: 'click' }, { purpose })
    assert.deepEqual([status, headers?.['location'], headers?.['vary']], [503, undefined, 'sec-purpose'])
  }
  assert.deepEqual(await events(), [])
  assert.equal((await ask({ kind: 'click' })).status, 302)
  assert.deepEqual(await events(), ['email.clicked'])
})

test('only a POST unsubscribes, and says whether a person pressed our button', async () => {
  await using own = await openTestDatabase()
  const { ask, events } = await opened(own.db)
  for (const method of ['GET', 'HEAD']) assert.equal((await ask({ kind: 'unsubscribe' }, { method })).status, 200)
  for (const method of ['PUT', 'DELETE', 'OPTIONS']) assert.equal((await ask({ kind: 'unsubscribe' }, { method })).status, 405)
  assert.equal((await ask({ kind: 'unsubscribe' }, { method: 'POST', body: new Uint8Array(MAX_FORM_BYTES + 1) })).status, 413)
  assert.equal((await ask({ kind: 'unsubscribe', recipient: 1 }, { method: 'POST' })).status, 404)
  assert.deepEqual(await events(), [])
  assert.equal((await ask({ kind: 'unsubscribe' }, { method: 'POST', body: Buffer.from('confirm=page') })).status, 200)
  assert.deepEqual(await events(), ['email.unsubscribed', 'suppression.added'])
  const [left] = await shownEvents(own.db)
  assert.deepEqual(left?.data, { recipient: 'cici@far.example', stream: 'broadcast', scope: 'broadcast', by: 'page' })
})

test('when the database is silent the picture comes, and whoever unsubscribes is asked to come again', async () => {
  const own = await openTestDatabase()
  const { ask } = await opened(own.db)
  await own[Symbol.asyncDispose]()
  assert.equal((await ask({})).status, 200)
  const later = await ask({ kind: 'unsubscribe' }, { method: 'POST' })
  assert.deepEqual([later.status, later.headers?.['retry-after']], [503, '60'])
  assert.equal((await ask({ kind: 'click' })).status, 503)
})

// The programs of deliverability §9, 14, as their requests look. Each row: seconds since the message was taken, what is asked for, from where and by what.
const GMAIL = 'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)'
const FIXTURES: readonly { readonly what: string; readonly asked: readonly (readonly [atS: number, token: Partial<Token>, asked?: Asked])[]; readonly judged: readonly string[]; readonly people: readonly [opens: number, clicks: number] }[] = [
  {
    what: 'Mail Privacy Protection of Apple fetches the picture, and somebody follows a link hours later',
    asked: [[8, {}, { agent: 'Mozilla/5.0', address: '172.225.10.4' }], [7_200, { kind: 'click' }, { agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1', address: '104.28.30.7' }]],
    judged: ['proxy apple-privacy', 'human'],
    people: [0, 1],
  },
  {
    what: 'the proxy of Gmail fetches the picture for a reader, and once more',
    asked: [[600, {}, { agent: GMAIL, address: '66.249.84.10' }], [900, {}, { agent: GMAIL, address: '66.102.8.3' }], [910, { kind: 'click', link: 1 }]],
    judged: ['human', 'proxy google-again', 'human'],
    people: [1, 1],
  },
  {
    what: 'a gateway without a name or a known network follows three links within two seconds',
    asked: [[30, { kind: 'click' }, { address: '198.51.100.9' }], [30.5, { kind: 'click', link: 1 }, { address: '198.51.100.9' }], [31, { kind: 'click', link: 2 }, { address: '198.51.100.9' }]],
    judged: ['human', 'human', 'bot many-links'],
    people: [0, 0],
  },
  {
    what: 'a gateway follows the link that nobody sees',
    asked: [[30, { kind: 'click' }, { address: '198.51.100.9' }], [33, { kind: 'click', link: HONEYPOT }, { address: '198.51.100.9' }]],
    judged: ['human', 'bot honeypot'],
    people: [0, 0],
  },
  {
    what: 'a gateway follows one link from its own network with the name of a browser',
    asked: [[30, { kind: 'click' }, { address: '209.222.82.41' }], [600, {}], [610, { kind: 'click' }]],
    judged: ['bot gateway', 'human', 'human'],
    people: [1, 1],
  },
]

for (const { what, asked, judged, people } of FIXTURES) {
  test(`${what}: the events say what each was, and the last one how many were people`, async () => {
    await using own = await openTestDatabase()
    const { ask, clock } = await opened(own.db)
    for (const [atS, token, from] of asked) {
      clock.ms = NOW_MS + atS * 1_000
      assert.ok((await ask(token, from)).status < 400)
    }
    const told = (await shownEvents(own.db)).map(({ data }) => data as { readonly class: string; readonly reason: string; readonly humanOpens: number; readonly humanClicks: number })
    assert.deepEqual(told.map((each) => `${each.class} ${each.reason}`.trim()), judged)
    assert.deepEqual([told.at(-1)?.humanOpens, told.at(-1)?.humanClicks], people)
    assert.doesNotMatch(JSON.stringify(told), /\d+\.\d+\.\d+\.\d+|Mozilla/, 'neither address nor name is kept')
  })
}

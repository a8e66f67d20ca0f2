import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageId, OrganizationId } from '../../src/base/brand.ts'
import { consentsAfter, recordConsent } from '../../src/core/consent/sql.ts'
import { prepareAgain } from '../../src/core/send/again/prepare-again.ts'
import { draftOf } from '../../src/core/send/draft.ts'
import { prepare, type Prepared } from '../../src/core/send/prepare.ts'
import { prepareRaw } from '../../src/core/send/raw.ts'
import type { EmailRequest } from '../../src/core/send/shape.ts'
import { acceptEmails } from '../../src/core/send/sql-send.ts'
import { suppressionsAfter, unsuppress } from '../../src/core/suppression/sql.ts'
import { PREFERENCES_URL } from '../../src/core/template/preferences-url.ts'
import type { Hit } from '../../src/core/track/hit.ts'
import { MAX_HITS, TRACKED_MS } from '../../src/core/track/limits.ts'
import { lastDone, noteHit, purgeTracked, trackedMessage } from '../../src/core/track/sql.ts'
import { unsubscribe } from '../../src/core/track/sql-wish.ts'
import { preferencesOf } from '../../src/core/track/sql-preference.ts'
import { ANYBODY, HONEYPOT, readToken } from '../../src/core/track/token.ts'
import { urlOf } from '../../src/core/track/url.ts'
import { makeView, readView } from '../../src/proto/mail/view.ts'
import { statement } from '../../src/infra/db/statement.ts'
import { write } from '../../src/infra/db/transaction.ts'
import { shownEvents } from '../support/events.ts'
import { openHouse, type TestHouse } from '../support/house.ts'
import { NOW_MS } from '../support/people.ts'

const NEWS: EmailRequest = { from: 'ani@home.example', to: 'cici@far.example', subject: 'Kabar', html: '<p><a href="https://toko.example/a">A</a> <a href="https://toko.example/b">B</a></p>', text: 'https://toko.example/a', stream: 'broadcast' }
const trackOrigin = 'https://mail.home.example'

async function prepared(house: TestHouse, over: Partial<EmailRequest> = {}): Promise<Prepared> {
  const draft = draftOf({ ...NEWS, ...over }, NOW_MS)
  assert.ok(draft.ok)
  const made = await prepare({ ...house.receive, check: null, trackOrigin }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null }, draft.value, NOW_MS)
  assert.ok(made.ok, JSON.stringify(made))
  return made.value
}

async function accepted(house: TestHouse, over: Partial<EmailRequest> = {}): Promise<Prepared> {
  const email = await prepared(house, over)
  const { organization } = house.ani
  await house.db.write(acceptEmails, { organization, claim: null, taking: null, emails: [email], outline: { kind: 'one', email: { id: email.message.id, status: 'queued', recipients: [] } }, nowMs: NOW_MS })
  return email
}

const hit = (over: Partial<Hit> = {}): Hit => ({ atMs: NOW_MS + 60_000, kind: 'open', link: 0, method: 'GET', agent: 'browser', ...over })

function bytesOf({ message: { location } }: Prepared): string {
  assert.ok(location.kind === 'inline')
  return Buffer.from(location.bytes).toString('latin1').replaceAll('=\r\n', '').replaceAll('=46', 'F') // An F that begins a line is encoded.
}

const settled = write('test.settled', function* (tx, args: { readonly message: string; readonly state: string; readonly settledMs: number | null; readonly duplicate: number }) {
  yield* tx.run(SETTLED, args)
})
const SETTLED = statement<{ message: string; state: string; settledMs: number | null; duplicate: number }>('UPDATE delivery SET state = $state, settled_ms = $settledMs, possible_duplicate = $duplicate WHERE message = $message')

const eventsOf = async ({ db }: TestHouse, message: MessageId): Promise<readonly (readonly [string, Record<string, unknown>])[]> =>
  (await shownEvents(db)).filter((event) => event.message === message && /^(?:email|suppression)\./.test(event.type)).map(({ type, data }) => [type, data as Record<string, unknown>])

test('what goes to many has links, a picture and a way to stop it, for each recipient another one', async () => {
  await using house = await openHouse()
  const email = await accepted(house)
  const text = bytesOf(email)
  assert.match(text, /Content-Type: text\/plain[^]*\r\nhttps:\/\/toko\.example\/a\r\n/)
  const [a = '', b = '', trap = ''] = [...text.matchAll(/https:\/\/mail\.home\.example\/t\/c\/([\w-]{44})/g)].map(([, each]) => each ?? '')
  const secret = house.receive.house.secret
  const message = email.message.id
  assert.deepEqual([a, b, trap].map((each) => readToken(each, secret)), [0, 1, HONEYPOT].map((link) => ({ kind: 'click', message, recipient: 0, link })))
  const [, pixel = ''] = /https:\/\/mail\.home\.example\/t\/o\/([\w-]{44})\.gif/.exec(text) ?? []
  assert.deepEqual(readToken(pixel, secret), { kind: 'open', message, recipient: 0, link: 0 })
  const [, stop = ''] = /^List-Unsubscribe: <https:\/\/mail\.home\.example\/t\/u\/([\w-]{44})>,\r\n <mailto:unsubscribe\+[a-z2-7]{48}@[^>]+\?subject=unsubscribe>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nCFBL-Address: /.exec(email.deliveries[0]?.view.prefix ?? '') ?? []
  assert.deepEqual(readToken(stop, secret), { kind: 'unsubscribe', message, recipient: 0, link: 0 })
  assert.deepEqual(await trackedMessage(house.db, message), {
    message, organization: house.ani.organization, stream: 'broadcast', opens: 'noted', links: ['https://toko.example/a', 'https://toko.example/b'],
    recipients: [{ address: 'cici@far.example', delivery: email.deliveries[0]?.id }],
  })
})

test('the last thing that a person did is known, to the organization of the message alone, and programs are no persons', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house)
  const { organization } = house.ani
  const last = async (of = organization): Promise<unknown> => {
    const done = await lastDone(house.db, { organization: of, message })
    return done === null ? null : [done.kind, done.atMs - NOW_MS]
  }
  assert.equal(await last(), null)
  await house.db.write(noteHit, { message, recipient: 0, hit: hit({ agent: 'scanner' }) })
  assert.equal(await last(), null)
  await house.db.write(noteHit, { message, recipient: 0, hit: hit({ atMs: NOW_MS + 70_000 }) })
  assert.deepEqual(await last(), ['open', 70_000])
  await house.db.write(noteHit, { message, recipient: 0, hit: hit({ kind: 'click', atMs: NOW_MS + 80_000 }) })
  await house.db.write(noteHit, { message, recipient: 0, hit: hit({ kind: 'click', atMs: NOW_MS + 90_000, method: 'HEAD' }) })
  assert.deepEqual(await last(), ['click', 80_000])
  assert.equal(await last('o-other' as OrganizationId), null)
})

test('of several recipients the links do not tell one from the other, but each has a way to stop it of his own', async () => {
  await using house = await openHouse()
  const email = await prepared(house, { to: ['cici@far.example', 'dodi@far.example'] })
  const [, click = ''] = /\/t\/c\/([\w-]{44})/.exec(bytesOf(email)) ?? []
  assert.equal(readToken(click, house.receive.house.secret)?.recipient, ANYBODY)
  assert.equal(new Set(email.deliveries.map(({ view }) => view.prefix)).size, 2)
  const anonymous = await prepared(house, { tracking: { anonymous: true } })
  assert.equal(readToken(/\/t\/c\/([\w-]{44})/.exec(bytesOf(anonymous))?.[1] ?? '', house.receive.house.secret)?.recipient, ANYBODY)
})

test('nothing is put into transactional mail, unless its sender wants it', async () => {
  await using house = await openHouse()
  const plain = await prepared(house, { stream: 'transactional' })
  assert.deepEqual([plain.tracked, /unsubscribe/i.test(plain.deliveries[0]?.view.prefix ?? 'unsubscribe')], [null, false])
  assert.doesNotMatch(bytesOf(plain), /mail\.home\.example/)
  const clicks = await prepared(house, { stream: 'transactional', tracking: { clicks: true } })
  assert.match(bytesOf(clicks), /\/t\/c\//)
  assert.doesNotMatch(bytesOf(clicks), /\/t\/o\//)
  assert.deepEqual([clicks.tracked?.opens, /unsubscribe/i.test(clicks.deliveries[0]?.view.prefix ?? 'unsubscribe')], ['not-noted', false])
  const neither = await prepared(house, { tracking: { clicks: false, opens: false } })
  assert.doesNotMatch(bytesOf(neither), /mail\.home\.example/)
  assert.match(neither.deliveries[0]?.view.prefix ?? '', /^List-Unsubscribe:/)
})

test('a reader’s own address of the preference page stands where a template wants it, and leads there at once', async () => {
  await using house = await openHouse()
  const words = { html: `<p><a href="${PREFERENCES_URL}">Pilih</a> <a href="https://toko.example/a">A</a></p>`, text: `Pilih: ${PREFERENCES_URL}` }
  for (const stream of ['broadcast', 'transactional'] as const) {
    const email = await accepted(house, { ...words, stream, tracking: { clicks: true } })
    const text = bytesOf(email)
    const found = [...text.matchAll(/https:\/\/mail\.home\.example\/t\/u\/([\w-]{44})/g)].map(([, token = '']) => readToken(token, house.receive.house.secret))
    assert.deepEqual(found, [0, 1].map(() => ({ kind: 'unsubscribe', message: email.message.id, recipient: 0, link: 0 })))
    assert.deepEqual([/invalid/.test(text), (await trackedMessage(house.db, email.message.id))?.links], [false, ['https://toko.example/a']])
    assert.equal((await preferencesOf(house.db, email.message.id, 0, NOW_MS))?.address, 'cici@far.example')
  }
  const own = await accepted(house, { ...words, stream: 'transactional', tracking: { clicks: false, opens: false } })
  assert.equal((await trackedMessage(house.db, own.message.id))?.recipients.length, 1)
  const draft = draftOf({ ...NEWS, ...words, to: ['cici@far.example', 'dodi@far.example'] }, NOW_MS)
  assert.ok(draft.ok)
  const several = await prepare({ ...house.receive, check: null, trackOrigin }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null }, draft.value, NOW_MS)
  assert.ok(!several.ok && several.error[0]?.code === 'several_recipients')
})

test('sent again, a message has the address of the preference page of the new one, in its text too, and no other message’s is touched', async () => {
  await using house = await openHouse()
  const { secret } = house.receive.house
  const options = { ...house.receive, check: null, trackOrigin }
  const stopsIn = (email: Prepared): readonly unknown[] => [...bytesOf(email).matchAll(/https:\/\/mail\.home\.example\/t\/u\/([\w-]{44})/g)].map(([, token = '']) => readToken(token, secret)?.message)
  const other = urlOf({ kind: 'unsubscribe', message: (await prepared(house)).message.id, recipient: 0, link: 0 }, { origin: trackOrigin, secret })
  const words = { html: `<p>é <a href="${PREFERENCES_URL}">Pilih</a> <a href="https://toko.example/a">A</a></p>`, text: `Pilih é: ${PREFERENCES_URL} ${other}` }
  for (const over of [words, { ...words, stream: 'transactional' }, { ...words, html: '<p>Halo</p>' }] as const) {
    const first = await prepared(house, over)
    const { location } = first.message
    assert.ok(location.kind === 'inline' && first.tracked !== null)
    const stored = { sent: { ...first.sent, createdMs: NOW_MS, bodyRemovedMs: null }, bytes: location.bytes, tracked: { ...first.tracked, organization: house.ani.organization } }
    const again = await prepareAgain(options, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null }, stored, null, NOW_MS + 1_000)
    assert.ok(again.ok)
    const mine = stopsIn(first).map((message) => (message === first.message.id ? again.value.message.id : message))
    assert.deepEqual([stopsIn(again.value), mine.includes(again.value.message.id)], [mine, true])
    assert.equal(again.value.tracked?.recipients.length, 1)
  }
})

test('whoever says himself how to unsubscribe is not contradicted, and a composed message keeps its bytes', async () => {
  await using house = await openHouse()
  const own = await prepared(house, { headers: { 'list-unsubscribe': '<https://toko.example/stop>', 'list-unsubscribe-post': 'List-Unsubscribe=One-Click' } })
  assert.doesNotMatch(own.deliveries[0]?.view.prefix ?? 'List-Unsubscribe', /unsubscribe/i)
  assert.match(bytesOf(own), /^list-unsubscribe: <https:\/\/toko\.example\/stop>\r\nlist-unsubscribe-post: List-Unsubscribe=One-Click\r$/m)
  const raw = Buffer.from('From: ani@home.example\r\nTo: cici@far.example\r\nSubject: x\r\nX-Merpati-Stream: broadcast\r\nContent-Type: text/html\r\n\r\n<a href="https://toko.example/">x</a>\r\n')
  const made = await prepareRaw({ ...house.receive, check: null, trackOrigin }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null }, raw, NOW_MS)
  assert.ok(made.ok)
  assert.match(made.value.deliveries[0]?.view.prefix ?? '', /^List-Unsubscribe: .*\r\n .*\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/)
  assert.equal(bytesOf(made.value), raw.toString('latin1'))
})

test('a composed message has the line ends of mail before anybody signs it, whatever its first line has', async () => {
  await using house = await openHouse()
  const sent = async (text: string): Promise<string> => {
    const made = await prepareRaw({ ...house.receive, check: null, trackOrigin }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null }, Buffer.from(text), NOW_MS)
    assert.ok(made.ok)
    return bytesOf(made.value)
  }
  const proper = 'From: ani@home.example\r\nTo: cici@far.example\r\nSubject: x\r\n\r\nsatu\r\ndua\r\n\r\ntiga\r\n'
  for (const mixed of [proper, proper.replaceAll('\r\n', '\n'), proper.replaceAll('\r\n', '\r'), proper.replace('satu\r\n', 'satu\n'), proper.replace('dua\r\n', 'dua\r'), proper.replace('tiga\r\n', 'tiga\r'), proper.replace('From: ani@home.example\r\n', 'From: ani@home.example\n')]) assert.equal(await sent(mixed), proper, JSON.stringify(mixed))
})

test('who says how to unsubscribe but offers no one click has ours instead, and may say it as he likes in transactional mail', async () => {
  await using house = await openHouse()
  const fields = (text: string): readonly string[] => [...text.matchAll(/^(list-unsubscribe(?:-post)?): <?([a-z]+)/gim)].map(([, name = '', said = '']) => `${name.toLowerCase()} ${said}`)
  const ours = ['list-unsubscribe https', 'list-unsubscribe-post List']
  for (const headers of [{ 'List-Unsubscribe': '<mailto:stop@home.example>' }, { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }, { 'List-Unsubscribe': '' }] as readonly Record<string, string>[]) {
    const email = await prepared(house, { headers })
    assert.deepEqual(fields(`${email.deliveries[0]?.view.prefix ?? ''}${bytesOf(email)}`), ours)
    const composed = Buffer.from(`From: ani@home.example\r\nTo: cici@far.example\r\nSubject: x\r\n${Object.entries(headers).map(([name, text]) => `${name}: ${text}\r\n`).join('')}X-Merpati-Stream: broadcast\r\n\r\nx\r\n`)
    const raw = await prepareRaw({ ...house.receive, check: null, trackOrigin }, { organization: house.ani.organization, key: 'k1', mode: 'live', domains: null, streams: null }, composed, NOW_MS)
    assert.ok(raw.ok)
    const { prefix = '', skips = [] } = raw.value.deliveries[0]?.view ?? {}
    assert.deepEqual(fields(`${prefix}${Buffer.from(readView(makeView(0, skips, composed.length), new Uint8Array(0), composed)).toString()}`), ours)
    const other = await prepared(house, { headers, stream: 'transactional' })
    assert.equal(fields(`${other.deliveries[0]?.view.prefix ?? ''}${bytesOf(other)}`).length, headers['List-Unsubscribe'] === '' ? 0 : 1)
  }
})

test('a hit is an event that says what it was, with counts that a later one puts right', async () => {
  await using house = await openHouse()
  const { message: { id: message }, deliveries } = await accepted(house)
  assert.deepEqual(await house.db.write(noteHit, { message, recipient: 0, hit: hit() }), { class: 'human', reason: '' })
  assert.deepEqual(await house.db.write(noteHit, { message, recipient: 0, hit: hit({ kind: 'click', link: 1, atMs: NOW_MS + 61_000 }) }), { class: 'human', reason: '' })
  assert.deepEqual(await house.db.write(noteHit, { message, recipient: 0, hit: hit({ kind: 'click', link: HONEYPOT, atMs: NOW_MS + 62_000 }) }), { class: 'bot', reason: 'honeypot' })
  const shared = { recipient: 'cici@far.example', stream: 'broadcast' }
  assert.deepEqual(await eventsOf(house, message), [
    ['email.opened', { ...shared, class: 'human', reason: '', opens: 1, clicks: 0, humanOpens: 1, humanClicks: 0 }],
    ['email.clicked', { ...shared, url: 'https://toko.example/b', class: 'human', reason: '', opens: 1, clicks: 1, humanOpens: 1, humanClicks: 1 }],
    ['email.clicked', { ...shared, class: 'bot', reason: 'honeypot', opens: 1, clicks: 2, humanOpens: 0, humanClicks: 0 }],
  ])
  const told = (await shownEvents(house.db)).find(({ type }) => type === 'email.opened')
  assert.deepEqual([told?.delivery, told?.organization], [deliveries[0]?.id, house.ani.organization])
})

test('a click before our peer has said that it took the message is a program’s, and a later hit does not change that', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house)
  const stands = async (state: string, settledMs: number | null): Promise<void> => await house.db.write(settled, { message, state, settledMs, duplicate: 0 })
  const click = (atMs: number): Promise<unknown> => house.db.write(noteHit, { message, recipient: 0, hit: hit({ kind: 'click', atMs }) })
  const last = async (): Promise<unknown> => (await eventsOf(house, message)).at(-1)?.[1]['humanClicks']
  await stands('leased', null)
  assert.deepEqual(await click(NOW_MS + 900), { class: 'bot', reason: 'at-once' })
  await stands('delivered', NOW_MS + 1_000)
  await house.db.write(noteHit, { message, recipient: 0, hit: hit({ atMs: NOW_MS + 3_600_000 }) })
  assert.equal(await last(), 0)
  await click(NOW_MS + 3_601_000)
  assert.equal(await last(), 1)
  const other = (await accepted(house)).message.id
  await house.db.write(settled, { message: other, state: 'queued', settledMs: null, duplicate: 1 })
  assert.deepEqual(await house.db.write(noteHit, { message: other, recipient: 0, hit: hit({ kind: 'click' }) }), { class: 'human', reason: '' }, 'an earlier try may have delivered it')
})

test('counts take back what was counted, also when it is judged by other facts by then', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house)
  assert.deepEqual(await house.db.write(noteHit, { message, recipient: 0, hit: hit({ kind: 'click', atMs: NOW_MS + 5_000 }) }), { class: 'human', reason: '' }, 'nobody knows when it was delivered')
  await house.db.write(settled, { message, state: 'delivered', settledMs: NOW_MS + 1_000, duplicate: 0 })
  await house.db.write(noteHit, { message, recipient: 0, hit: hit({ atMs: NOW_MS + 3_600_000 }) })
  const [, { humanOpens, humanClicks } = {}] = (await eventsOf(house, message)).at(-1) ?? []
  assert.deepEqual([humanOpens, humanClicks], [1, 0])
  assert.equal((await lastDone(house.db, { organization: house.ani.organization, message }))?.kind, 'open')
})

test('hits at the same moment are all counted, and beyond a number no more is written', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house)
  await Promise.all(Array.from({ length: 10 }, () => house.db.write(noteHit, { message, recipient: 0, hit: hit() })))
  assert.deepEqual((await eventsOf(house, message)).map(([, data]) => data['opens']).toSorted((x, y) => Number(x) - Number(y)), Array.from({ length: 10 }, (_, at) => at + 1))
  for (let at = 10; at < MAX_HITS + 5; at++) await house.db.write(noteHit, { message, recipient: 0, hit: hit({ atMs: NOW_MS + at * 1_000 }) })
  const last = (await eventsOf(house, message)).map(([, data]) => data)
  assert.equal(last.length, MAX_HITS)
  assert.deepEqual([last.at(-1)?.['opens'], last.at(-1)?.['humanOpens']], [MAX_HITS, MAX_HITS])
})

test('numbers that we gave nobody write nothing', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house)
  for (const [recipient, over] of [[1, {}], [0, { kind: 'click', link: 2 }]] as const) assert.equal(await house.db.write(noteHit, { message, recipient, hit: hit(over) }), null)
  assert.equal(await house.db.write(noteHit, { message: `${message.slice(0, -1)}!` as MessageId, recipient: 0, hit: hit() }), null)
  assert.deepEqual(await eventsOf(house, message), [])
  assert.notEqual(await house.db.write(noteHit, { message, recipient: ANYBODY, hit: hit() }), null)
  assert.equal((await eventsOf(house, message))[0]?.[1]['recipient'], null)
})

test('whoever unsubscribes gets no more of what goes to many, at once, and all else as before', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house, { to: ['dodi@far.example', 'cici@far.example'] })
  const stop = (nowMs = NOW_MS): Promise<string> => house.db.write(unsubscribe, { message, recipient: 1, by: 'one-click', nowMs })
  assert.deepEqual((await Promise.all([stop(), stop(), stop()])).toSorted(), ['done', 'known', 'known'])
  assert.equal(await house.db.write(unsubscribe, { message, recipient: 2, by: 'page', nowMs: NOW_MS }), 'unknown')
  const { organization } = house.ani
  const listed = async (): Promise<readonly string[]> => (await suppressionsAfter(house.db, organization, null, NOW_MS)).map(({ address, scope, category }) => `${address} ${scope} ${category}`)
  assert.deepEqual(await listed(), ['cici@far.example broadcast unsubscribe'])
  assert.deepEqual((await eventsOf(house, message)).map(([type, data]) => `${type} ${String(data['recipient'])}`), ['email.unsubscribed cici@far.example', 'suppression.added cici@far.example'])
  assert.equal(await house.db.write(unsuppress, { organization, address: 'cici@far.example', nowMs: NOW_MS }), 'removed')
  assert.equal(await stop(), 'done')
  assert.deepEqual(await listed(), ['cici@far.example broadcast unsubscribe'])
  assert.deepEqual(await suppressionsAfter(house.db, 'o-other' as OrganizationId, null, NOW_MS), [])
})

test('whoever unsubscribes ends what he consented to, also what he consented to while he was on the list', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house, { to: ['dodi@far.example', 'cici@far.example'] })
  const { organization } = house.ani
  const consent = { organization, stream: 'broadcast', source: 'kasir', wording: 'Ya', version: null, client: null, proof: null, recordedMs: NOW_MS } as const
  const give = (id: string, address: string, givenMs: number) => house.db.write(recordConsent, { ...consent, id, address, givenMs })
  await give('g1', 'cici@far.example', NOW_MS)
  await give('g2', 'dodi@far.example', NOW_MS)
  assert.equal(await house.db.write(unsubscribe, { message, recipient: 1, by: 'page', nowMs: NOW_MS + 10 }), 'done')
  await give('g3', 'cici@far.example', NOW_MS + 20)
  assert.equal(await house.db.write(unsubscribe, { message, recipient: 1, by: 'one-click', nowMs: NOW_MS + 30 }), 'known')
  const all = await consentsAfter(house.db, { organization, address: null, after: '', limit: 10 })
  assert.deepEqual(all.map(({ id, withdrawnMs, withdrawnBy }) => [id, withdrawnMs, withdrawnBy]), [['g1', NOW_MS + 10, 'unsubscribe'], ['g2', null, null], ['g3', NOW_MS + 30, 'unsubscribe']])
})

test('what addresses of ours mean is known for two years', async () => {
  await using house = await openHouse()
  const { message: { id: message } } = await accepted(house)
  await house.db.write(noteHit, { message, recipient: 0, hit: hit() })
  assert.equal(await house.db.write(purgeTracked, { nowMs: NOW_MS + TRACKED_MS }), 0)
  assert.equal(await house.db.write(purgeTracked, { nowMs: NOW_MS + TRACKED_MS + 1 }), 1)
  assert.equal(await trackedMessage(house.db, message), null)
  assert.equal(await house.db.write(unsubscribe, { message, recipient: 0, by: 'page', nowMs: NOW_MS }), 'unknown')
})

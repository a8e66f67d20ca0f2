import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import type { AccountId, DeliveryId, MessageId, OrganizationId } from '../../base/brand.ts'
import type { Event, EventType } from '../event/event.ts'
import { blockList } from '../outbound/targets.ts'
import { DISABLE_AFTER_MS, JITTER, MAX_RETRY_AFTER_MS, RETRY_MS } from './limits.ts'
import { labelled } from './labels.ts'
import { payloadOf } from './payload.ts'
import { publicEvents } from './public-event.ts'
import { outcomeOf, retryAfterMs } from './schedule.ts'
import { makeSigningKey, signatureHeaders } from './signature.ts'
import { addressesOf, parseTarget, type TargetRules } from './target.ts'

const NOW_MS = Date.parse('2026-01-01T00:00:00Z')
const { signal } = new AbortController()

/** A delivery's event. */
function event(type: EventType, data: unknown, over: Partial<Event> = {}): Event {
  return {
    id: 7, position: '0:7', atMs: NOW_MS, organization: 'o1' as OrganizationId, account: 'a1' as AccountId, message: 'm1' as MessageId, delivery: 'q1' as DeliveryId,
    type, version: 1, data, ...over,
  }
}

const typesOf = (type: EventType, data: unknown = {}): readonly string[] => publicEvents(event(type, data)).map((told) => told.type)

test('the published verifier takes what was signed, with either secret, and nothing else', () => {
  const [fresh, old] = [makeSigningKey('v1').secret, makeSigningKey('v1').secret]
  const body = payloadOf({ type: 'email.delivered', atMs: NOW_MS, sequence: 1, data: { recipient: 'búdi@far.example' } })
  const headers = signatureHeaders([fresh, old], 'i-1', Date.now(), body)
  for (const secret of [fresh, old]) assert.deepEqual(new Webhook(secret).verify(body, { ...headers }), JSON.parse(body))
  assert.throws(() => new Webhook(makeSigningKey('v1').secret).verify(body, { ...headers }))
  assert.throws(() => new Webhook(fresh).verify(`${body} `, { ...headers }))
  assert.throws(() => new Webhook(fresh).verify(body, { ...headers, 'webhook-id': 'i-2' }))
  assert.throws(() => new Webhook(fresh).verify(body, { ...signatureHeaders([fresh], 'i-1', 0, body) }))
  for (const name of ['id', 'timestamp', 'signature']) assert.equal(headers[`svix-${name}`], headers[`webhook-${name}`])
})

test('a secret is 32 random octets in the form of the standard', () => {
  const [one, other] = [makeSigningKey('v1'), makeSigningKey('v1')]
  assert.match(one.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
  assert.equal(one.publicKey, null)
  assert.notEqual(one.secret, other.secret)
})

test('only 2xx is success, 410 ends all calls, everything else is tried again until the tries are over', () => {
  const kindOf = (status: number | null, tries = 0): unknown => outcomeOf({ status, retryAfter: null, tries, nowMs: 0 }, () => 0)
  for (const status of [200, 201, 204, 299]) assert.deepEqual(kindOf(status), { kind: 'delivered' })
  for (const status of [null, 100, 301, 400, 404, 429, 500]) assert.deepEqual(kindOf(status), { kind: 'retry', dueMs: 5_000, pausedUntilMs: null })
  assert.deepEqual(kindOf(410), { kind: 'failed', gone: true })
  assert.deepEqual(kindOf(500, RETRY_MS.length), { kind: 'failed', gone: false })
})

test('waits grow as the schedule says, each longer by no more than the jitter', () => {
  for (const [tries, waitMs] of RETRY_MS.entries()) {
    for (const chance of [0, 0.5, 0.999]) {
      const outcome = outcomeOf({ status: 500, retryAfter: null, tries, nowMs: NOW_MS }, () => chance)
      const dueMs = outcome.kind === 'retry' ? outcome.dueMs - NOW_MS : Number.NaN
      assert.ok(dueMs >= waitMs && dueMs <= waitMs * (1 + JITTER), `${tries} ${chance} ${dueMs}`)
    }
  }
  assert.ok(RETRY_MS.reduce((sum, ms) => sum + ms, 0) >= DISABLE_AFTER_MS)
})

test('an endpoint that asks for time gets it, for all its calls, up to a limit', () => {
  const asking = (retryAfter: string, tries = 0): unknown => outcomeOf({ status: 429, retryAfter, tries, nowMs: NOW_MS }, () => 0)
  assert.deepEqual(asking('60'), { kind: 'retry', dueMs: NOW_MS + 60_000, pausedUntilMs: NOW_MS + 60_000 })
  assert.deepEqual(asking('1'), { kind: 'retry', dueMs: NOW_MS + 5_000, pausedUntilMs: NOW_MS + 1_000 })
  assert.deepEqual(asking('Thu, 01 Jan 2026 00:02:00 GMT'), { kind: 'retry', dueMs: NOW_MS + 120_000, pausedUntilMs: NOW_MS + 120_000 })
  assert.equal(retryAfterMs('999999999', NOW_MS), MAX_RETRY_AFTER_MS)
  for (const text of ['', '0', '-1', '1.5', 'soon', 'Wed, 31 Dec 2025 00:00:00 GMT', '2026-01-01', 'Thu, 99 Xyz 2026 00:02:00 GMT']) assert.equal(retryAfterMs(text, NOW_MS), null, text)
})

test('whatever Retry-After says, the wait is bounded', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.nat().map(String), fc.date({ noInvalidDate: true }).map((date) => date.toUTCString())), (text) => {
      const ms = retryAfterMs(text, NOW_MS)
      assert.ok(ms === null || (ms > 0 && ms <= MAX_RETRY_AFTER_MS))
    }),
  )
})

test('each fate of a delivery has its public names', () => {
  assert.deepEqual(typesOf('delivery.queued'), ['email.queued'])
  assert.deepEqual(typesOf('delivery.captured'), ['email.queued'])
  assert.deepEqual(typesOf('delivery.delivered', { attempt: 1, host: 'mx.far.example' }), ['email.sent', 'email.delivered'])
  assert.deepEqual(typesOf('delivery.delivered', { attempt: 2, host: 'mx.far.example' }), ['email.delivered'])
  assert.deepEqual(typesOf('delivery.deferred', { attempt: 1, host: null }), ['email.deferred'])
  assert.deepEqual(typesOf('delivery.delayed'), ['email.delayed'])
  assert.deepEqual(typesOf('delivery.failed', { attempt: 3, host: 'mx.far.example', category: 'spam-content' }), ['email.bounced'])
  assert.deepEqual(typesOf('delivery.failed', { attempt: 1, host: null, category: 'bad-domain' }), ['email.bounced'])
  assert.deepEqual(typesOf('delivery.failed', { attempt: 1, host: null, category: 'loop' }), ['email.failed'])
  assert.deepEqual(typesOf('delivery.failed', { attempt: 9, host: 'mx.far.example', category: 'expired', expired: true }), ['email.failed'])
  assert.deepEqual(typesOf('delivery.bounced', { category: 'bad-mailbox' }), ['email.bounced'])
  assert.deepEqual(typesOf('delivery.bounced', { category: 'expired', underlying: 'greylist', expired: true }), ['email.failed'])
  assert.deepEqual(typesOf('delivery.suppressed'), ['email.suppressed'])
  assert.deepEqual(typesOf('delivery.cancelled'), ['email.canceled'])
  assert.deepEqual(typesOf('delivery.held'), ['email.held'])
  assert.deepEqual(typesOf('delivery.complained', { category: 'complaint' }), ['email.complained'])
  assert.deepEqual(typesOf('delivery.complained', { category: null }), [])
  assert.deepEqual(typesOf('delivery.answered', { category: 'unsubscribe' }), ['email.unsubscribed'])
  assert.deepEqual(typesOf('delivery.answered', { category: 'auto-reply' }), [])
  for (const type of ['email.opened', 'email.clicked', 'email.unsubscribed', 'email.resubscribed'] as const) assert.deepEqual(typesOf(type), [type])
  assert.deepEqual(typesOf('suppression.added'), ['suppression.created'])
  assert.deepEqual(typesOf('suppression.removed'), ['suppression.deleted'])
  assert.deepEqual(typesOf('account.contained'), ['account.suspicious'])
  assert.deepEqual(publicEvents(event('mailbox.over_quota', { login: 'ani@home.example', usedBytes: 99, quotaBytes: 100 }))[0]?.data, { account_id: 'a1', login: 'ani@home.example', used_bytes: 99, quota_bytes: 100 })
  assert.deepEqual(typesOf('mail.refused', { recipients: [{ address: 'ani@home.example' }] }), [])
})

test('a bounce tells what was said, and nothing of how we work', () => {
  const story = { tries: [{ transcript: ['AUTH PLAIN secret'] }], source: 's1', tls: 'TLSv1.3' }
  const [told] = publicEvents(event('delivery.failed', { from: 'b@home.example', recipient: 'c@far.example', stream: 'transactional', attempt: 2, status: '5.1.1', reply: '550 5.1.1 No such\r\nuser', category: 'bad-mailbox', host: 'mx.far.example', ...story }))
  assert.deepEqual(told?.data, {
    email_id: 'm1', delivery_id: 'q1', recipient: 'c@far.example', from: 'b@home.example', stream: 'transactional', attempt: 2, enhanced_code: '5.1.1', reply: '550 5.1.1 No such  user', host: 'mx.far.example',
    category: 'bad-mailbox', class: 'hard', permanent: true, reported: false,
  })
})

test('mail that came in is told of once for each mailbox, without the others', () => {
  const recipients = [
    { address: 'ani@home.example', account: 'a1', email: 'e1', mailbox: 'x1', outcome: 'delivered' },
    { address: 'budi@home.example', account: 'a2', outcome: 'over-quota' },
    { address: 'cici@other.example', account: 'a3', outcome: 'delivered' },
  ]
  const all = publicEvents(event('mail.arrived', { from: 'out@far.example', messageId: '<1@far.example>', peer: '192.0.2.1', size: 900, verdict: 'accept', recipients }, { account: null, delivery: null }))
  assert.deepEqual(all.map(({ type, account }) => [type, account]), [['email.received', 'a1'], ['email.received', 'a3']])
  assert.deepEqual(all[1]?.data, { email_id: 'm1', recipient: 'cici@other.example', from: 'out@far.example', message_id: '<1@far.example>', size: 900, verdict: 'accept' })
})

test('whatever an event holds, what is told of it is small, and text for every database', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.constantFrom('\0'.repeat(5_000), '\ud800'.repeat(5_000), '__proto__'))
  const field = fc.oneof(text, fc.double(), fc.constant(null), fc.constant(Number.MAX_VALUE), fc.array(fc.object({ maxDepth: 1 }), { maxLength: 3 }))
  const names = ['from', 'recipient', 'recipients', 'reply', 'host', 'status', 'stream', 'category', 'attempt', 'nextMs', 'dueMs', 'untilMs', 'reason', 'scope', 'messageId', 'size']
  const types: readonly EventType[] = ['delivery.failed', 'delivery.deferred', 'delivery.queued', 'delivery.bounced', 'suppression.added', 'mail.arrived', 'account.contained', 'webhook.disabled']
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.oneof(fc.dictionary(fc.constantFrom(...names), field), fc.anything()), fc.array(fc.record({ name: text, value: text }), { maxLength: 50 }), (type, data, tags) => {
      const labels = { tags, metadata: Object.fromEntries(tags.map(({ name, value }) => [name, value])) }
      for (const each of publicEvents(event(type, data, { account: null }))) {
        const told = labelled(each, new Map([['o1' as OrganizationId, new Map([['m1', labels]])]]))
        assert.equal('tags' in told.data, each.account === null && each.data['email_id'] === 'm1')
        const body = payloadOf({ type: told.type, atMs: told.atMs, sequence: 1, data: told.data })
        assert.ok(Buffer.byteLength(body) <= 20 * 1024)
        for (const value of Object.values(told.data)) assert.ok(typeof value !== 'string' || (value.isWellFormed() && !/\p{Cc}/u.test(value)))
      }
    }),
  )
})

const RULES: TargetRules = { allowed: blockList([]), plain: 'refused' }
const DEMO: TargetRules = { allowed: blockList(['127.0.0.0/8', '::1/128']), plain: 'allowed' }

test('an endpoint is on the Internet, over HTTPS, on a port of the web', () => {
  for (const url of ['https://example.org', 'https://example.org:8443/in?x=1', 'https://192.0.1.1/', 'https://[2606:4700::1]/']) assert.equal(parseTarget(url, RULES).ok, true, url)
  const refused = [
    '', 'example.org', 'http://example.org/', 'ftp://example.org/', 'https://user:pw@example.org/', 'https://example.org/#x', 'https://example.org:25/', 'https://example.org:22/',
    'https://127.0.0.1/', 'https://127.1/', 'https://0x7f000001/', 'https://2130706433/', 'https://10.0.0.1/', 'https://192.168.1.1/', 'https://169.254.169.254/latest/', 'https://[::1]/', 'https://[fe80::1]/',
    'https://[::ffff:127.0.0.1]/', 'https://[fd00::1]/', 'https://0.0.0.0/', 'https://localhost/', 'https://a.localhost./', `https://example.org/${'a'.repeat(2_000)}`,
  ]
  for (const url of refused) assert.equal(parseTarget(url, RULES).ok, false, url)
  for (const url of ['http://127.0.0.1:3000/', 'http://localhost:3000/', 'https://example.org/']) assert.equal(parseTarget(url, DEMO).ok, true, url)
  assert.equal(parseTarget('http://10.0.0.1:3000/', DEMO).ok, false)
})

test('a name that leads into the house gives no address to connect to', async () => {
  const zone: Readonly<Record<string, readonly string[]>> = { 'good.example': ['192.0.1.7', '10.0.0.1'], 'inside.example': ['10.0.0.1', '127.0.0.1'] }
  const ask = async (host: string, family: 4 | 6) => {
    const common = { name: host, aliases: [], authentic: false, ttlMs: 1 }
    if (host === 'silent.example') return { kind: 'failed', why: 'timeout', detail: 'no answer' } as const
    return family === 4 && zone[host] !== undefined ? ({ kind: 'found', records: zone[host], stale: false, ...common } as const) : ({ kind: 'none', why: 'nodata', ...common } as const)
  }
  const found = (host: string, rules = RULES) => addressesOf(new URL(`https://${host}/`), rules, ask, signal)
  assert.deepEqual(await found('good.example'), { kind: 'found', addresses: ['192.0.1.7'] })
  assert.deepEqual(await found('inside.example'), { kind: 'none', lasting: true, why: 'inside.example leads to no address of the Internet' })
  assert.deepEqual(await found('nowhere.example'), { kind: 'none', lasting: true, why: 'nowhere.example has no address' })
  assert.deepEqual(await found('silent.example'), { kind: 'none', lasting: false, why: 'the address of silent.example could not be learned' })
  assert.deepEqual(await found('localhost', DEMO), { kind: 'found', addresses: ['127.0.0.1', '::1'] })
  assert.equal((await found('localhost')).kind, 'none')
})

test('whatever is given as an address, it is taken or refused, and never leads to this machine', () => {
  const parts = fc.tuple(fc.constantFrom('https://', 'http://', '//', ''), fc.oneof(fc.webAuthority(), fc.ipV4(), fc.ipV6().map((ip) => `[${ip}]`), fc.string(), fc.constantFrom('LOCALHOST', '127.0.0.1', '①②⑦.0.0.1')), fc.string())
  fc.assert(
    fc.property(parts, ([scheme, host, path]) => {
      const parsed = parseTarget(`${scheme}${host}/${path}`, RULES)
      if (!parsed.ok) return
      assert.equal(parsed.value.protocol, 'https:')
      assert.doesNotMatch(parsed.value.hostname, /^(?:127\.|10\.|localhost\.?$|\[::1\])/)
    }),
  )
})

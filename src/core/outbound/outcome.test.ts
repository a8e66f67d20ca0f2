import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS } from '../../base/duration.ts'
import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { parseCapabilities } from '../../proto/smtp/client/capabilities.ts'
import type { Fate, Obstacle } from '../../proto/smtp/client/fate.ts'
import { obstaclesOf } from '../../proto/smtp/client/outgoing.ts'
import { NO_MAIL_PARAMS, NO_RCPT_PARAMS } from '../../proto/smtp/envelope.ts'
import type { LastAnswer, LeasedDelivery } from '../queue/delivery.ts'
import { nextAlarmMs, patienceOf, waitMs } from '../queue/patience.ts'
import type { Unreached } from './attempt.ts'
import { OBSTACLES } from './obstacles.ts'
import { outcomeOf, outcomeOfPlan } from './outcome.ts'

const NOW = 1_800_000_000_000
const WHEN = { nowMs: NOW, chance: 0.5 }

function delivery(over: Partial<LeasedDelivery> = {}): LeasedDelivery {
  const wishes = { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false } as const
  // Ids are plain text here: nothing of this file looks at them.
  return {
    id: 'q1', organization: 'o1', account: null, message: 'm1', sender: 'a@home.example', recipient: 'b@far.example', lane: 'far.example', stream: 'submission',
    priority: 1, attempts: 0, createdMs: NOW, expiresMs: NOW + 120 * HOUR_MS, wishes, view: { prefix: '', skips: [] }, last: null, possibleDuplicate: false, ...over,
  } as LeasedDelivery
}

const reply = (code: number, status: string | null, text = 'x') => ({ code, status, text })
const ofFate = (fate: Fate, over: Partial<LeasedDelivery> = {}) => outcomeOf(delivery(over), { kind: 'fate', fate, host: 'mx' }, WHEN)
const unreached = (over: Partial<Unreached> = {}): Unreached => ({ status: '4.4.1', text: 'refused', host: 'mx', lasting: false, unwelcome: false, reply: null, ...over })

test('250 is delivered, 5yz has failed, 4yz waits', () => {
  assert.equal(ofFate({ kind: 'delivered', stage: 'final', reply: reply(250, '2.0.0') }).kind, 'delivered')
  assert.equal(ofFate({ kind: 'permanent', stage: 'rcpt', cause: { by: 'reply', reply: reply(550, '5.1.1') } }).kind, 'failed')
  const later = ofFate({ kind: 'temporary', stage: 'rcpt', cause: { by: 'reply', reply: reply(451, '4.7.1') } })
  assert.ok(later.kind === 'deferred' && later.dueMs === NOW + 5 * MINUTE_MS && later.counted)
})

test('a status that contradicts its code is not believed', () => {
  const failed = ofFate({ kind: 'permanent', stage: 'rcpt', cause: { by: 'reply', reply: reply(550, '4.1.1') } })
  assert.equal(failed.kind === 'failed' && failed.answer.status, '5.0.0')
})

test('what was lost after the final dot waits ten minutes at least, and may be a duplicate', () => {
  const doubt = ofFate({ kind: 'unknown', stage: 'final', how: 'timeout' })
  assert.ok(doubt.kind === 'deferred' && doubt.possibleDuplicate && doubt.dueMs >= NOW + 10 * MINUTE_MS)
})

test('mail that needs SMTPUTF8 fails with 5.6.7 when no server of the domain has it', () => {
  const offered = parseCapabilities(reply(250, null, 'there.example\n8BITMIME\nSIZE'))
  const address = (text: string): Address => {
    const parsed = parseAddress(text)
    if (!parsed.ok) throw new Error(parsed.error)
    return parsed.value
  }
  const obstacle = (from: string, to: string, utf8Header: boolean): Obstacle | null => {
    const content = { sizeBytes: 1, body: '8BITMIME', utf8Header, open: () => [] } as const
    return obstaclesOf({ sender: { ...NO_MAIL_PARAMS, from: address(from) }, recipients: [{ ...NO_RCPT_PARAMS, to: address(to) }], content }, offered, true)[0] ?? null
  }
  assert.equal(obstacle('ani@home.example', 'budi@far.example', false), null, 'UTF-8 in the body is no reason')
  for (const needs of [obstacle('\u00e4ni@home.example', 'budi@far.example', false), obstacle('ani@home.example', 'b\u00fcdi@far.example', false), obstacle('ani@home.example', 'budi@far.example', true)]) {
    assert.equal(needs, 'needs-smtputf8')
    const [status, text] = OBSTACLES[needs]
    for (const outcome of [ofFate({ kind: 'permanent', stage: 'mail', cause: { by: 'us', obstacle: needs } }), outcomeOf(delivery(), { kind: 'unreached', why: unreached({ status, text, lasting: true }) }, WHEN)]) {
      assert.deepEqual(outcome.kind === 'failed' && outcome.answer, { status: '5.6.7', text, host: 'mx', atMs: NOW })
    }
  }
})

test('too many recipients go again at once, without a try being counted', () => {
  const again = ofFate({ kind: 'temporary', stage: 'rcpt', cause: { by: 'reply', reply: reply(452, '4.5.3') } })
  assert.ok(again.kind === 'deferred' && !again.counted && again.dueMs === NOW)
})

test('a name that does not exist fails once that was heard for half an hour', () => {
  const plan = { kind: 'permanent', status: '5.1.2', text: 'no such name', confirm: true } as const
  const first = outcomeOfPlan(delivery(), plan, WHEN)
  assert.ok(first.kind === 'deferred' && first.dueMs <= NOW + 30 * MINUTE_MS)
  const last = first.kind === 'deferred' ? first.answer : null
  assert.equal(outcomeOfPlan(delivery({ last, attempts: 1 }), plan, { ...WHEN, nowMs: NOW + 29 * MINUTE_MS }).kind, 'deferred')
  assert.equal(outcomeOfPlan(delivery({ last, attempts: 2 }), plan, { ...WHEN, nowMs: NOW + 30 * MINUTE_MS }).kind, 'failed')
  const other: LastAnswer = { status: '4.4.1', text: 'x', host: null, atMs: NOW }
  assert.equal(outcomeOfPlan(delivery({ last: other, attempts: 2 }), plan, { ...WHEN, nowMs: NOW + 60 * MINUTE_MS }).kind, 'deferred')
})

test('servers that all greet with 5yz are tried for a day', () => {
  const why = unreached({ status: '5.7.1', text: '554 5.7.1 Go away', unwelcome: true })
  const first = outcomeOf(delivery(), { kind: 'unreached', why }, WHEN)
  assert.equal(first.kind, 'deferred')
  const last = first.kind === 'deferred' ? first.answer : null
  assert.equal(outcomeOf(delivery({ last, attempts: 9 }), { kind: 'unreached', why }, { ...WHEN, nowMs: NOW + 25 * HOUR_MS }).kind, 'failed')
})

test('waits follow the table of each kind of mail, fifteen percent more or less', () => {
  const minutes = (kind: Pick<LeasedDelivery, 'priority' | 'stream'>): readonly number[] => [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => waitMs(patienceOf(kind), attempt, 0.5) / MINUTE_MS)
  assert.deepEqual(minutes({ priority: 1, stream: 'submission' }), [5, 10, 20, 40, 60, 120, 240, 240])
  assert.deepEqual(minutes({ priority: 0, stream: 'x' }), [1, 5, 10, 20, 40, 60, 120, 120])
  assert.deepEqual(minutes({ priority: 2, stream: 'x' }), [10, 20, 40, 60, 120, 240, 240, 240])
  assert.deepEqual(minutes({ priority: 3, stream: 'x' }), [15, 60, 240, 480, 480, 480, 480, 480])
  assert.deepEqual(minutes({ priority: 1, stream: 'backup' }), [5, 15, 30, 60, 60, 60, 60, 60])
  fc.assert(fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
    const wait = waitMs(patienceOf({ priority: 1, stream: 'submission' }), 1, chance)
    assert.ok(wait >= 4.25 * MINUTE_MS && wait <= 5.75 * MINUTE_MS)
  }))
})

test('alarms ring at each notice and at the end, and never after it', () => {
  const patience = patienceOf({ priority: 1, stream: 'submission' })
  const rings: number[] = []
  for (let at = NOW; at < NOW + 120 * HOUR_MS; ) {
    at = nextAlarmMs(patience, NOW, NOW + 120 * HOUR_MS, at)
    rings.push((at - NOW) / HOUR_MS)
  }
  assert.deepEqual(rings, [4, 48, 120])
  assert.equal(nextAlarmMs(patience, NOW, NOW + HOUR_MS, NOW), NOW + HOUR_MS)
})

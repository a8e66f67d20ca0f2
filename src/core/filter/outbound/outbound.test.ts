import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, OrganizationId } from '../../../base/brand.ts'
import { HOUR_MS } from '../../../base/duration.ts'
import type { Event, EventType } from '../../event/event.ts'
import { judge, lastHour, type Usage } from './caps.ts'
import { SendingGate } from './gate.ts'
import { MAX_AUTHORS, MAX_SHAPES, SHAPE_BITS, USUAL_CAPS, YOUNG_MS } from './limits.ts'
import { factsOf, type HourCount, NO_MEMORY, remember } from './memory.ts'
import { bodyShape, shapeDistance } from './shape.ts'
import { decide, type SendingFacts, suspicion } from './suspicion.ts'
import { hourOf, recipientHash, tally } from './tally.ts'

const NOW_MS = Date.UTC(2026, 5, 1, 12)
const ANI = 'a1' as AccountId
const OURS = { account: ANI, organization: 'o1' as OrganizationId }

const usage = (over: Partial<Usage> = {}): Usage => ({ createdMs: 0, isContained: false, isBulk: false, messages: 0, recipients: 0, organizationMessages: 0, organizationRecipients: 0, ...over })

test('whoever is over a cap is asked to wait, and from four fifths on it is warned', () => {
  const said = (over: Partial<Usage>, recipients = 1): unknown => {
    const may = judge(usage(over), USUAL_CAPS, { messages: 1, recipients }, NOW_MS)
    return may.kind === 'yes' ? (may.warn ?? 'yes') : `${may.reply.code} ${may.reply.status}`
  }
  assert.equal(said({}), 'yes')
  assert.equal(said({ messages: 79 }), '80 of 100 messages in an hour')
  assert.equal(said({ messages: 99 }), '100 of 100 messages in an hour')
  assert.equal(said({ messages: 100 }), '450 4.7.1')
  assert.equal(said({ recipients: 1990 }, 10), '2000 of 2000 recipients in a day')
  assert.equal(said({ recipients: 1990 }, 11), '450 4.7.1')
  assert.equal(said({ createdMs: NOW_MS - YOUNG_MS + 1, recipients: 500 }), '450 4.7.1')
  assert.equal(said({ createdMs: NOW_MS - YOUNG_MS, recipients: 500 }), 'yes')
  assert.equal(said({ organizationMessages: 2000 }), '450 4.7.1')
  assert.equal(said({ organizationRecipients: 20_000 }), '450 4.7.1')
  assert.equal(said({ isBulk: true, messages: 1e6, recipients: 1e6 }), 'yes')
})

test('a contained account sends nothing, whatever its caps', () => {
  const may = judge(usage({ isContained: true }), null, { messages: 1, recipients: 0 }, NOW_MS)
  assert.deepEqual(may.kind === 'refused' && [may.reply.code, may.reply.status], [450, '4.7.1'])
  assert.deepEqual(judge(usage({ messages: 1e9 }), null, { messages: 1, recipients: 0 }, NOW_MS), { kind: 'yes' })
})

test('the last hour is made of two hours of the clock', () => {
  const quarterPast = 15 * 60_000
  assert.equal(lastHour(10, 100, quarterPast), 85)
  assert.equal(lastHour(10, 100, 0), 110)
})

test('the gate counts what it has just let in, until the log tells of it, and reads once a second', async () => {
  let reads = 0
  const gate = new SendingGate({
    caps: { ...USUAL_CAPS, messagesPerHour: 2 },
    usage: async () => {
      reads += 1
      return usage()
    },
  })
  const may = async (atMs: number): Promise<string> => (await gate.mayStillSend(OURS, { messages: 1, recipients: 1 }, atMs)).kind
  assert.equal(await may(NOW_MS), 'yes')
  gate.sent(OURS, 1, NOW_MS)
  gate.sent(OURS, 1, NOW_MS)
  assert.equal(await may(NOW_MS + 500), 'refused')
  assert.equal(reads, 1)
  assert.equal(await may(NOW_MS + 6_000), 'yes')
  assert.equal(reads, 2)
})

test('a cap that is near is told once an hour', async () => {
  const gate = new SendingGate({ caps: USUAL_CAPS, usage: async () => usage({ messages: 90 }) })
  const warn = async (atMs: number): Promise<boolean> => {
    const may = await gate.mayStillSend(OURS, { messages: 1, recipients: 1 }, atMs)
    return may.kind === 'yes' && may.warn !== undefined
  }
  assert.deepEqual([await warn(NOW_MS), await warn(NOW_MS + 1), await warn(NOW_MS + HOUR_MS)], [true, false, true])
})

const calm: SendingFacts = {
  recentRecipients: 0, recentStrangers: 0, recentMessages: 0, dayRecipients: 0, usualRecipients: 0, dayBounces: 0, oneTextRecipients: 0, authors: 0, malware: 0, listed: 0, usualMessages: 0, usualAtThisHour: 0, forwardsSinceNow: false,
}

test('each sign has its weight, and two of them or a strong one contain', () => {
  const found = (over: Partial<SendingFacts>): unknown => {
    const { reasons, score } = suspicion({ ...calm, ...over })
    return [reasons.map(({ rule }) => rule).join(' '), decide({ reasons, score }).kind]
  }
  assert.deepEqual(found({}), ['', 'none'])
  assert.deepEqual(found({ recentRecipients: 50, recentStrangers: 50 }), ['', 'none'])
  assert.deepEqual(found({ recentRecipients: 60, recentStrangers: 48 }), ['', 'none'])
  assert.deepEqual(found({ recentRecipients: 60, recentStrangers: 49 }), ['SENDS_TO_STRANGERS', 'watch'])
  assert.deepEqual(found({ recentRecipients: 151, recentStrangers: 151 }), ['SENDS_TO_MANY_STRANGERS', 'contain'])
  assert.deepEqual(found({ dayRecipients: 50, dayBounces: 6 }), ['SENDS_BOUNCE', 'watch'])
  assert.deepEqual(found({ dayRecipients: 49, dayBounces: 49 }), ['', 'none'])
  assert.deepEqual(found({ oneTextRecipients: 101, authors: 6 }), ['SENDS_ONE_TEXT SENDS_MANY_NAMES', 'contain'])
  assert.deepEqual(found({ usualMessages: 50, recentMessages: 10 }), ['SENDS_AT_NIGHT', 'none'])
  assert.deepEqual(found({ usualRecipients: 5, dayRecipients: 51 }), ['SENDS_SURGE', 'none'])
  assert.deepEqual(found({ malware: 1 }), ['SENDS_MALWARE', 'contain'])
  assert.deepEqual(found({ listed: 1 }), ['SENDS_LISTED_LINK', 'watch'])
  assert.deepEqual(found({ listed: 1, recentRecipients: 60, recentStrangers: 60 }), ['SENDS_TO_STRANGERS SENDS_LISTED_LINK', 'contain'])
  assert.deepEqual(found({ forwardsSinceNow: true, recentRecipients: 1 }), ['FORWARDS_SINCE_NOW', 'none'])
})

test('containment suspends sending, ends sessions, holds the queue and voids the password, and mail still arrives', () => {
  assert.deepEqual(decide({ score: 60, reasons: [] }), { kind: 'contain', sending: 'suspended', receiving: 'goes-on', sessions: 'ended', queue: 'held', password: 'void' })
})

test('facts are sums over the right hours', () => {
  const now = hourOf(NOW_MS)
  const at = (hour: number, over: Partial<HourCount> = {}): HourCount => ({ hour, messages: 1, recipients: 10, weighed: 10, strangers: 3, bounces: 1, malware: 0, listed: 1, ...over })
  const facts = factsOf([at(now), at(now - 1), at(now - 2), at(now - 23), at(now - 24), at(now - 48), at(now - 50)], NO_MEMORY, NOW_MS)
  assert.deepEqual([facts.recentRecipients, facts.recentStrangers, facts.dayRecipients, facts.dayBounces], [20, 6, 40, 4])
  assert.equal(facts.listed, 4)
  assert.deepEqual([facts.usualRecipients, facts.usualMessages, facts.usualAtThisHour], [15, 3, 2])
})

const words = (count: number, from = 0): string => Array.from({ length: count }, (_, i) => `word${(i * 7919 + from) % 100_003}`).join(' ')
const shapeOf = (text: string): string => {
  const shape = bodyShape(Buffer.from(text), 0)
  assert.ok(shape !== null)
  return shape
}

test('one text with names filled in has nearly one shape, and other texts have others', () => {
  for (let i = 0; i < 50; i++) {
    const text = words(120, i * 1000)
    assert.ok(shapeDistance(shapeOf(`Dear Ani,\r\n${text}`), shapeOf(`dear Budi,\r\n${text.replaceAll(' ', '\r\n')}`)) <= SHAPE_BITS)
    assert.ok(shapeDistance(shapeOf(text), shapeOf(words(120, i * 1000 + 500_001))) > SHAPE_BITS)
  }
})

test('any bytes have a shape or none, the same each time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(2500), (bytes, start) => {
      const shape = bodyShape(bytes, start)
      assert.ok(shape === null || /^[0-9a-f]{16}$/.test(shape))
      assert.equal(bodyShape(bytes, start), shape)
    }),
  )
  assert.equal(bodyShape(Buffer.from('ok, thank you'), 0), null)
})

test('what is remembered is bounded, recent, and one text is one', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ shape: fc.stringMatching(/^[0-9a-f]{16}$/), recipients: fc.nat(50), atMs: fc.integer({ min: NOW_MS - 48 * HOUR_MS, max: NOW_MS }) }), { maxLength: 150 }), fc.array(fc.record({ author: fc.string({ maxLength: 3 }), atMs: fc.constant(NOW_MS) }), { maxLength: 60 }), (shapes, authors) => {
      const memory = remember(NO_MEMORY, { shapes, authors }, NOW_MS)
      assert.ok(memory.shapes.length <= MAX_SHAPES && memory.authors.length <= MAX_AUTHORS)
      assert.equal(new Set(memory.authors.map(({ author }) => author)).size, memory.authors.length)
    }),
  )
  const shape = shapeOf(words(50))
  const once = remember(NO_MEMORY, { shapes: [{ shape, recipients: 60, atMs: NOW_MS - HOUR_MS }, { shape, recipients: 50, atMs: NOW_MS }], authors: [] }, NOW_MS)
  assert.deepEqual(once.shapes, [{ shape, recipients: 110, atMs: NOW_MS }])
  assert.deepEqual(remember(once, { shapes: [], authors: [] }, NOW_MS + 24 * HOUR_MS).shapes, [])
})

const event = (type: EventType, data: object, over: Partial<Event> = {}): Event => ({ id: 1, position: '1', atMs: NOW_MS, organization: OURS.organization, account: ANI, message: null, delivery: null, type, version: 1, data, ...over })

test('a chunk of the log is counted by account and hour', () => {
  const sent = { by: ANI, to: 3, shape: '0123456789abcdef', author: 'x' }
  const [mine, ...others] = tally([
    event('mail.arrived', { sent, recipients: [{ address: 'Budi@home.example' }], findings: [{ rule: 'HTML_ONLY' }, { rule: 'DBL_PHISH' }, null] }, { account: null }),
    event('mail.arrived', { recipients: [], findings: [{ rule: 'URIBL_BLACK' }] }),
    event('mail.arrived', { recipients: [{ address: 'ani@home.example' }] }),
    event('delivery.queued', { recipient: 'cici@far.example' }),
    event('delivery.captured', { recipient: 'dodi@far.example' }),
    event('delivery.queued', { recipient: 'x@far.example' }, { account: null }),
    event('delivery.failed', { category: 'bad-mailbox' }),
    event('delivery.failed', { category: 'spam-content' }),
    event('delivery.failed', { category: '__proto__' }),
  ])
  assert.deepEqual(others, [])
  assert.deepEqual([mine?.account, mine?.hour, mine?.messages, mine?.bounces, mine?.listed], [ANI, hourOf(NOW_MS), 1, 1, 1])
  assert.deepEqual(mine?.recipients, ['budi@home.example', 'cici@far.example', 'dodi@far.example'].map((address) => recipientHash(ANI, address)))
  assert.deepEqual(mine?.shapes, [{ shape: sent.shape, recipients: 3, atMs: NOW_MS }])
})

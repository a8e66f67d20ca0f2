import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Event } from './event.ts'
import { EventWindow } from './window.ts'

/** A log of so many events, that can grow, and what it was asked. */
function logOf(count: number): { readonly events: Event[]; readonly asked: string[]; readonly clock: { ms: number; nowMs(): number }; readonly window: EventWindow } {
  const events = Array.from({ length: count }, (_, index) => event(index + 1))
  const asked: string[] = []
  const clock = { ms: 1_000_000, nowMs: () => clock.ms }
  const read = async (position: string, limit: number): Promise<readonly Event[]> => {
    asked.push(position)
    const from = position === '' ? 0 : Number(position)
    return events.slice(from, from + limit)
  }
  return { events, asked, clock, window: new EventWindow(read, clock) }
}

function event(id: number): Event {
  return { id, position: String(id), atMs: 0, organization: 'o' as Event['organization'], account: null, message: null, delivery: null, type: 'mail.arrived', version: 1, data: {} }
}

const ids = (events: readonly Event[]): readonly number[] => events.map(({ id }) => id)

test('an event is read once for all readers that come for it, and they are given the same', async () => {
  const { asked, window } = logOf(3)
  const [first, second] = await Promise.all([window.after('', 10), window.after('', 10)])
  assert.deepEqual(ids(first), [1, 2, 3])
  assert.equal(second[0], first[0])
  assert.equal((await window.after('1', 1))[0], first[1])
  assert.deepEqual(asked, [''])
})

test('the end of what is kept is no end of the log', async () => {
  const { events, asked, window } = logOf(1)
  await window.after('', 10)
  events.push(event(2))
  assert.deepEqual(ids(await window.after('1', 10)), [2])
  assert.deepEqual(ids(await window.after('', 10)), [1, 2])
  assert.deepEqual(asked, ['', '1'])
})

test('what was read a second ago is read anew, because an erasure may have rewritten it', async () => {
  const { events, clock, window } = logOf(2)
  await window.after('', 10)
  events[0] = { ...event(1), data: 'erased' }
  clock.ms += 1_000
  assert.equal((await window.after('', 10))[0]?.data, 'erased')
})

test('a reading that fails is told to whoever waits for it, and is tried again', async () => {
  let fails = true
  const window = new EventWindow(async () => {
    if (fails) throw new Error('silent')
    return [event(1)]
  }, { nowMs: () => 0 })
  await assert.rejects(window.after('', 1), /silent/)
  fails = false
  assert.deepEqual(ids(await window.after('', 1)), [1])
})

test('however many readers follow at whatever pace, each sees every event once and in order', async () => {
  const step = fc.record({ reader: fc.nat(4), limit: fc.integer({ min: 1, max: 7 }), appended: fc.nat(5), passedMs: fc.nat(700) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { events, clock, window } = logOf(0)
      const seen: number[][] = [[], [], [], [], []]
      for (const { reader, limit, appended, passedMs } of steps) {
        for (let i = 0; i < appended; i++) events.push(event(events.length + 1))
        clock.ms += passedMs
        const mine = seen[reader] ?? []
        const more = await window.after(mine.length === 0 ? '' : String(mine.at(-1)), limit)
        assert.equal(more.length > 0, mine.length < events.length)
        mine.push(...ids(more))
      }
      for (const each of seen) assert.deepEqual(each, each.map((_, index) => index + 1))
    }),
  )
})

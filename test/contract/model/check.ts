import assert from 'node:assert/strict'
import fc from 'fast-check'
import { recount } from '../../../src/core/mailbox/sql-verify.ts'
import { type Action, ACTIONS } from './actions.ts'
import type { ModelBox } from './boxes.ts'
import { World } from './world.ts'

interface Step {
  readonly action: Action
  readonly who: number
  readonly pick: number
}

/** The counters of a mailbox against the model; modification sequences only grow, and with every change. RFC 7162 §3.1. */
class Counters {
  readonly #box: ModelBox
  #lines = ''
  #modseq = 0

  constructor(box: ModelBox) {
    this.#box = box
  }

  async check(world: World): Promise<void> {
    const { name, messages, uidnext } = this.#box
    const [reader] = world.readers
    const answer = (await reader?.client.command(`STATUS ${name} (MESSAGES UIDNEXT UNSEEN DELETED HIGHESTMODSEQ)`))?.join('\n') ?? ''
    const count = (word: string): number => Number(new RegExp(`${word} (\\d+)`).exec(answer)?.[1])
    assert.deepEqual([count('MESSAGES'), count('UIDNEXT')], [messages.length, uidnext])
    assert.deepEqual([count('UNSEEN'), count('DELETED')], [messages.length - this.#box.count('\\Seen'), this.#box.count('\\Deleted')])
    const lines = this.#box.lines().join('\n')
    assert.ok(lines === this.#lines ? count('MODSEQ') >= this.#modseq : count('MODSEQ') > this.#modseq)
    this.#lines = lines
    this.#modseq = count('MODSEQ')
  }
}

async function play(world: World, steps: readonly Step[]): Promise<void> {
  const counters = [new Counters(world.inbox), new Counters(world.trash)]
  const uniqueIds = new Map<number, string>()
  for (const { action, who, pick } of steps) {
    const reader = world.readers[who] ?? assert.fail()
    await ACTIONS[action](world, { reader, pick })
    if (reader.client.messages.some(({ uid }) => uid === null)) await reader.client.look()
    for (const counter of counters) await counter.check(world)
    for (const [uid, id] of (await world.maildrop?.uniqueIds()) ?? []) assert.equal(uniqueIds.get(uid) ?? id, uniqueIds.set(uid, id).get(uid))
  }
  assert.equal(new Set(uniqueIds.values()).size, uniqueIds.size)
  for (const reader of world.readers) await world.checkReader(reader)
  assert.deepEqual(await recount(world.imap.house.db), [])
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(...(Object.keys(ACTIONS) as Action[])),
  who: fc.integer({ min: 0, max: 1 }),
  pick: fc.nat(60),
})

/** Random operations of two IMAP sessions, POP3 and deliveries, `runs` times: the product must do what the model does. */
export async function checkModel(runs: number, maxSteps: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: maxSteps, size: 'max' }), async (steps) => {
      await using world = await World.open()
      for (let i = 0; i < 3; i++) await world.deliver()
      await play(world, steps)
    }),
    { numRuns: runs, interruptAfterTimeLimit: 300_000, markInterruptAsFailure: true },
  )
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Pace } from './pace.ts'

test('work waits while events come fast, is done when they stop, and after ten looks in any case', async () => {
  let newest = 200_000
  const pace = new Pace({ newest: async () => newest })
  const look = async (more: number): Promise<boolean> => {
    newest += more
    return await pace.isDue()
  }
  assert.deepEqual([await look(0), await look(99), await look(100), await look(5_000), await look(0)], [true, true, false, false, true])
  const busy: boolean[] = []
  for (let at = 0; at < 12; at++) busy.push(await look(1_000))
  assert.deepEqual(busy, [...Array<boolean>(10).fill(false), true, false])
})

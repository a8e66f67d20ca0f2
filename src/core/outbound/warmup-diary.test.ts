import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import type { Category } from '../pool/category.ts'
import type { WarmupNewsArgs } from '../pool/sql-source.ts'
import type { Outcome } from '../queue/delivery.ts'
import { WarmupDiary } from './warmup-diary.ts'

const failed = (category: Category): Outcome => ({ kind: 'failed', answer: { status: '5.0.0', text: '', host: null, atMs: 1, category } })

test('of what failed only addresses that are not there speak against the list of a warming source', async () => {
  const noted: WarmupNewsArgs[] = []
  const diary = new WarmupDiary({ note: async (all) => void noted.push(...all), nowMs: () => 1, log: silentLog })
  const outcomes = (['bad-mailbox', 'inactive-mailbox', 'too-large', 'spam-content', 'expired', 'protocol'] as const).map(failed)
  diary.add({ source: 'a', provider: null, outcomes: [...outcomes, { kind: 'returned' }], heard: [] })
  await diary.flush()
  assert.deepEqual(noted.map(({ news: { sent, hardBounced, complaints } }) => [sent, hardBounced, complaints]), [[6, 2, 0]])
})

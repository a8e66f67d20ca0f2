import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../base/brand.ts'
import { silentLog } from '../../base/log.ts'
import type { Category } from '../pool/category.ts'
import { Shaper } from '../pool/shaper.ts'
import type { WarmupNewsArgs } from '../pool/sql-source.ts'
import { NO_NEWS, type WarmupNews } from '../pool/warming.ts'
import type { Outcome } from '../queue/delivery.ts'
import { type Happened, WarmupDiary } from './warmup-diary.ts'

const failed = (category: Category): Outcome => ({ kind: 'failed', answer: { status: '5.0.0', text: '', host: null, atMs: 1, category } })
const deferred = (status: string, over: { readonly counted?: boolean; readonly category?: Category } = {}): Outcome => {
  const { counted = true, ...more } = over
  return { kind: 'deferred', answer: { status, text: '', host: null, atMs: 1, ...more }, dueMs: 2, counted, possibleDuplicate: false }
}
const delivered: Outcome = { kind: 'delivered', answer: { status: '2.0.0', text: '', host: null, atMs: 1 } }

const times = (count: number, outcome: Outcome): readonly Outcome[] => Array.from({ length: count }, () => outcome)

/** Outcomes of deliveries that were tried so often before. */
const after = (attempts: number, ...outcomes: readonly Outcome[]) => outcomes.map((outcome) => ({ delivery: { attempts }, outcome }))

/** What is noted of all that happened from one source. */
async function noted(...happened: readonly Pick<Happened, 'settled' | 'heard'>[]): Promise<WarmupNews | undefined> {
  const all: WarmupNewsArgs[] = []
  const diary = new WarmupDiary({ note: async (args) => void all.push(...args), nowMs: () => 1, log: silentLog })
  for (const each of happened) diary.add({ source: 'a', provider: 'gmail', ...each })
  await diary.flush()
  return all[0]?.news
}

test('of what failed only addresses that are not there speak against the list of a warming source', async () => {
  const outcomes = (['bad-mailbox', 'inactive-mailbox', 'too-large', 'spam-content', 'expired', 'protocol'] as const).map(failed)
  assert.deepEqual(await noted({ settled: after(0, ...outcomes, { kind: 'returned' }), heard: [] }), { ...NO_NEWS, sent: 6, hardBounced: 2 })
})

test('each delivery is put off once, at its first try, and what is only cut short not at all', async () => {
  const tries = [0, 1, 2].map((attempts) => ({ settled: after(attempts, ...times(8, deferred('4.5.0'))), heard: [] }))
  const cutShort = { settled: after(0, deferred('4.5.3', { counted: false })), heard: [] }
  assert.deepEqual(await noted({ settled: after(0, ...times(192, delivered)), heard: [] }, ...tries, cutShort, { settled: after(3, ...times(8, delivered)), heard: [] }), { ...NO_NEWS, sent: 200, deferred: 8 })
  // Who is found to be not there at a later try is not there all the same.
  assert.deepEqual(await noted({ settled: after(1, failed('bad-mailbox')), heard: [] }), { ...NO_NEWS, hardBounced: 1 })
})

test('what policy puts off is told apart: by its status, or by what a rule says it means', async () => {
  const settled = after(0, deferred('4.7.0'), deferred('5.7.1'), deferred('4.2.1'), deferred('4.2.1', { category: 'block-ip' }))
  assert.deepEqual(await noted({ settled, heard: [] }), { ...NO_NEWS, sent: 4, deferred: 4, deferredByPolicy: 3 })
})

test('rules that were hit are told once each, and that one of them suspends', async () => {
  const shaper = new Shaper()
  const keys = { source: 'a', site: 'gmail', organization: 'o1' as OrganizationId, stream: 'broadcast' }
  const hear = (code: number, enhanced: string, text: string) => shaper.hear({ provider: 'gmail', stage: 'data', code, enhanced, text }, keys, 1)
  const slow = hear(421, '4.7.0', 'very low reputation of the sending IP address')
  const block = hear(550, '5.7.28', 'our system has detected an unusual rate of mail from your IP address')
  assert.deepEqual([slow.rule?.id, block.rule?.id], ['A6', 'A5'])
  assert.deepEqual(await noted({ settled: [], heard: [slow, slow] }), { ...NO_NEWS, rules: ['A6'] })
  assert.deepEqual(await noted({ settled: [], heard: [slow] }, { settled: [], heard: [block] }, { settled: [], heard: [] }), { ...NO_NEWS, isSuspended: true, rules: ['A6', 'A5'] })
})

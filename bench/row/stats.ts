import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { statsMigrations } from '../../src/app/migration/sql-stats.ts'
import type { Counts } from '../../src/core/stats/counter.ts'
import { rangeOf } from '../../src/core/stats/range.ts'
import { type Asked, type Group, GROUPS } from '../../src/core/stats/asked.ts'
import { readStats } from '../../src/core/stats/sql-read.ts'
import { openDerived } from '../../src/infra/db/sqlite/derived.ts'
import { type BenchOptions, type Figure, median } from '../figure.ts'
import { type Counted, putRollups } from '../tool/sql-stats.ts'

/** 2.5 million deliveries of a month, each with four events: queued, deferred or not, delivered, and something of its reader. */
const DELIVERIES = 2_500_000
const DAYS = 31
const DAY_MS = 86_400_000
const FROM_MS = 20_000 * DAY_MS
const DOMAINS = 200
const PROVIDERS = ['gmail', 'yahoo', 'ms-consumer', 'm365', 'apple', 'yandex', 'mailru', 'zoho', 'comcast', 'fastmail', 'other', 'local']
const CATEGORIES = ['bad-mailbox', 'mailbox-full', 'greylist', 'throttled', 'block-ip', 'spam-content']
const DELIVERED: Counts = { accepted: 1, attempted: 1, delivered: 1, deliveredAway: 1, deliveredTls: 1, opened: 1, openedAny: 1, opensHuman: 1, tries: 1, triesDelivered: 1, t3: 1 }
const BOUNCED: Counts = { accepted: 1, attempted: 1, hard: 1, tries: 1, triesFailed: 1 }

/** The goal of the plan. */
const GOAL_MS = 200

/** How long questions to the statistics take, those that a dashboard asks: over roll-ups of ten million events of one organization, at the end of a month. */
export async function stats({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'merpati-bench-'))
  try {
    await using db = openDerived(join(folder, 'stats.db'), statsMigrations, Date.now())
    const rows = await putRollups(db, deliveries())
    say(`stats: ${rows.hour} rows of hours, ${rows.day} of days`)
    const figures: Figure[] = []
    for (const [name, asked] of questions()) {
      const times: number[] = []
      const cpu: number[] = []
      for (let round = 0; round < Math.max(20, rounds); round++) {
        const begunMs = performance.now()
        const begun = process.cpuUsage()
        await readStats(db, asked)
        times.push(performance.now() - begunMs)
        const { user, system } = process.cpuUsage(begun)
        cpu.push((user + system) / 1_000)
      }
      const p95 = times.toSorted((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0
      say(`stats, ${name}: p50 ${median(times).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, CPU ${median(cpu).toFixed(1)} ms`)
      figures.push({ name: `statistics, ${name}, p95`, unit: 'ms', ours: p95, peer: null, goal: { kind: 'at-most', limit: GOAL_MS }, note: `p50 ${median(times).toFixed(1)} ms, CPU ${median(cpu).toFixed(1)} ms` })
    }
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function* deliveries(): Generator<Counted> {
  for (let i = 0; i < DELIVERIES; i++) {
    // Few domains get most of it, and each hour has its share of all of them.
    const domain = Math.floor(DOMAINS ** Math.random()) - 1
    const failed = Math.random() < 0.1
    yield {
      organization: 'o1',
      atMs: FROM_MS + Math.floor((i / DELIVERIES) * DAYS * DAY_MS),
      stream: i % 3 === 0 ? 'transactional' : 'broadcast',
      provider: PROVIDERS[domain % PROVIDERS.length] ?? 'other',
      domain: `d${domain}.example`,
      source: `ip-${i % 2}`,
      pool: i % 3 === 0 ? 'main' : 'bulk',
      category: failed ? (CATEGORIES[i % CATEGORIES.length] ?? '') : '',
      tag: tagOf(i),
      counts: failed ? BOUNCED : DELIVERED,
    }
  }
}

/** Half of the mail is of campaigns, which are over in hours, and a quarter of it of templates, which stay. */
function tagOf(i: number): string {
  if (i % 2 === 0) return `campaign:${Math.floor(i / 30_000) % 80}`
  return i % 4 === 1 ? `template:${Math.floor(i / 4) % 8}` : ''
}

/** Every question that `/v1/stats` takes, over the whole month: all of it, by step, by group, by both, and of one of them. */
function questions(): readonly (readonly [string, Asked])[] {
  const anything = Object.fromEntries(GROUPS.map((group) => [group, null])) as Asked['where']
  const asked = (interval: 'hour' | 'day' | null, groupBy: Group | null, where: Partial<Asked['where']> = {}): Asked => {
    const range = rangeOf({ fromMs: FROM_MS, toMs: FROM_MS + DAYS * DAY_MS, interval }, FROM_MS)
    if (!range.ok) throw new Error(range.error)
    return { organization: 'o1', ...range.value, series: interval !== null, groupBy, where: { ...anything, ...where } }
  }
  return [
    ['a month', asked(null, null)], ['a month by day', asked('day', null)], ['a month by hour', asked('hour', null)],
    ...GROUPS.flatMap((group) => [[`a month by ${group}`, asked(null, group)], [`by ${group} and day`, asked('day', group)], [`by ${group} and hour`, asked('hour', group)]] as const),
    ['of a domain by hour', asked('hour', null, { domain: 'd3.example' })],
    ['of a domain by category', asked(null, 'category', { domain: 'd3.example' })],
    ['of a tag by hour', asked('hour', null, { tag: 'template:7' })],
  ]
}

import { type Command, InvalidArgumentError, Option } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import { FORMULAS, ratesOf, timeToDeliverOf } from '../../../core/stats/answer.ts'
import { faultOf, type Group, GROUPS, type Row } from '../../../core/stats/asked.ts'
import type { Counter } from '../../../core/stats/counter.ts'
import { rangeOf } from '../../../core/stats/range.ts'
import { forgetStats } from '../../../core/stats/sql-count.ts'
import { fillStats } from '../../../core/stats/sql-follow.ts'
import { readStats } from '../../../core/stats/sql-read.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { Config } from '../../config/config.ts'
import { openStats } from '../../derived.ts'
import { ownerOf } from '../owner.ts'
import { complain, remark, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

type Filters = Partial<Record<Group, string>>

interface StatsOptions extends ToolOptions, Filters {
  readonly organization?: string
  readonly from?: number
  readonly to?: number
  readonly interval?: 'hour' | 'day'
  readonly by?: Group
}

/** So long the counts may catch up before they are shown as they are. */
const FILL_WITHIN_MS = 30_000

/** `merpati stats`: what became of mail, in numbers. */
export function addStats(program: Command): void {
  const group = program.command('stats').description('what became of mail, in numbers')
  const show = onData(group.command('show', { isDefault: true }))
    .description('count deliveries in the hours they were accepted, and tries in the hours they were made')
    .option('--organization <name>', 'whose, when there are several')
    .option('--from <time>', 'a date or a time; a week ago, or a day ago by hour', timeOf)
    .option('--to <time>', 'not included; now', timeOf)
    .addOption(new Option('--interval <step>', 'a row for each').choices(['hour', 'day']))
    .addOption(new Option('--by <what>', 'a row for each, the largest first').choices([...GROUPS]))
  for (const each of [group, show]) each.addHelpText('after', `\nRates:\n${formulas()}`)
  for (const name of GROUPS) show.option(`--${name} <name>`, `only this ${name}`)
  show.action((options: StatsOptions) => withData(options, (db, config) => tell(db, config, options)))
  onData(group.command('rebuild'))
    .description('forget all counts and make them again from the events, and from what was kept of those that were removed')
    .action((options: ToolOptions) =>
      withData(options, async (db, config) => {
        await using stats = openStats(config, db)
        await stats.db.write(forgetStats, {})
        const events = await fillStats(db, stats.db, new AbortController().signal)
        sayOne({ events }, `counted ${events} events`, options)
      }),
    )
}

/** What each rate divides by what, as the numbers need: deliverability §6.1. */
function formulas(): string {
  return Object.entries(FORMULAS).map(([name, formula]) => `  ${name.padEnd(18)}${formula}`).join('\n')
}

async function tell(db: Database, config: Config, options: StatsOptions): Promise<void> {
  const owner = await ownerOf(db, options.organization)
  if (owner === null) return
  const { from, to, interval, by } = options
  const range = rangeOf({ fromMs: from ?? null, toMs: to ?? null, interval: interval ?? null }, Date.now())
  if (!range.ok) return complain(`--from: ${range.error}`)
  const where = Object.fromEntries(GROUPS.map((group) => [group, options[group] ?? null])) as Record<Group, string | null>
  const fault = faultOf({ groupBy: by ?? null, where })
  if (fault !== null) return complain(`--by, --tag: ${fault}`)
  await using stats = openStats(config, db)
  await fillStats(db, stats.db, AbortSignal.timeout(FILL_WITHIN_MS)) // What happened a moment ago is counted too.
  const { rows, hasMore } = await readStats(stats.db, { organization: owner.id, ...range.value, series: interval !== undefined, groupBy: by ?? null, where })
  if (hasMore) remark('there are smaller ones: these are the largest')
  sayRows(rows.map(options.json === true ? whole : brief), options, 'nothing was counted')
}

function whole({ atMs, group, counts }: Row): Readonly<Record<string, unknown>> {
  return { at: isoTime(atMs), group, counts, rates: ratesOf(counts), timeToDeliver: timeToDeliverOf(counts) }
}

/** As much as fits on a line. */
function brief({ atMs, group, counts }: Row): Readonly<Record<string, unknown>> {
  const n = (...names: readonly Counter[]): number => names.reduce((sum, name) => sum + (counts[name] ?? 0), 0)
  const rates = ratesOf(counts)
  const { p50Ms, p95Ms } = timeToDeliverOf(counts)
  return {
    ...(atMs === null ? {} : { at: new Date(atMs).toISOString().slice(0, 16) }),
    ...(group === null ? {} : { group: group === '' ? '-' : group }),
    ...{ accepted: n('accepted'), delivered: n('delivered'), waiting: n('waiting'), deferred: n('deferred') },
    ...{ hard: n('hard'), soft: n('soft'), block: n('block'), other: n('other'), late: n('late'), expired: n('expired'), suppressed: n('suppressed'), complained: n('complained') },
    ...{ 'delivery %': percent(rates.delivery), 'deferral %': percent(rates.deferral), 'complaint %': percent(rates.complaint), 'open %': percent(rates.open), 'click %': percent(rates.click), 'tls %': percent(rates.tls), 'p50 s': seconds(p50Ms), 'p95 s': seconds(p95Ms), attempts: n('tries') },
  }
}

function percent(rate: number | null): string | null {
  return rate === null ? null : (rate * 100).toFixed(2)
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000
}

function timeOf(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new InvalidArgumentError('want a date such as 2030-01-31, or a time such as 2030-01-31T08:00:00Z.')
  return ms
}

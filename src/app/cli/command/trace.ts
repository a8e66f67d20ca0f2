import type { Command } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import type { Event } from '../../../core/event/event.ts'
import { fillTraceIndex, trace } from '../../../core/event/sql-trace.ts'
import { openTraceIndex } from '../../derived.ts'
import { complain, EXIT, remark, say } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** Events shown at most: the newest. */
const MAX_EVENTS = 200

/** `merpati trace`: what happened to a message, by any of its names. */
export function addTrace(program: Command): void {
  onData(program.command('trace <what>'))
    .description('tell what happened to a message: its id, an address in it, or its Message-ID')
    .action((what: string, options: ToolOptions) =>
      withData(options, async (db, config) => {
        await using traces = openTraceIndex(config, db)
        await fillTraceIndex(db, traces.db, AbortSignal.timeout(30_000)) // What arrived a moment ago is found too.
        const found = await trace(db, traces.db, what, MAX_EVENTS + 1)
        const events = found.slice(-MAX_EVENTS)
        if (found.length > MAX_EVENTS) remark(`there are more: these are the newest ${MAX_EVENTS} events`)
        if (options.json === true) return say(JSON.stringify(events, null, 2))
        if (events.length === 0) return complain(`nothing is known of ${what}`, EXIT.failed)
        for (const event of events) say(told(event))
      }),
    )
}

/** One event as a few lines: when, what, and everything it tells. */
function told(event: Event): string {
  const lines = [`${isoTime(event.atMs)}  ${event.type}  ${event.message ?? ''}${event.delivery === null ? '' : `  ${event.delivery}`}`]
  for (const [name, value] of Object.entries(event.data as Readonly<Record<string, unknown>>)) lines.push(`  ${name.padEnd(10)} ${shown(value)}`)
  return lines.join('\n')
}

function shown(value: unknown): string {
  if (value === null) return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(shown).join('\n             ')
  if (typeof value === 'object') return Object.entries(value as object).map(([name, each]) => `${name}=${shown(each)}`).join(' ')
  return value === '' ? '<>' : String(value)
}

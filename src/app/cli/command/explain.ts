import { type Command, Option } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import type { Event } from '../../../core/event/event.ts'
import { fillTraceIndex, trace } from '../../../core/event/sql-trace.ts'
import { explain, type Explanation, toldIn } from '../../../core/filter/explain.ts'
import { ALL_RULES } from '../../../core/filter/table/all.ts'
import { openTraceIndex } from '../../derived.ts'
import { complain, EXIT, remark, say } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** Messages explained at most for one word that is asked for: the newest. */
const MAX_MESSAGES = 20

/** Events looked at for them. */
const MAX_EVENTS = 200

interface ExplainOptions extends ToolOptions {
  readonly locale: 'en' | 'id'
}

/** `merpati explain`: why a message was taken, put into Junk, put off or refused, and what would have to change. */
export function addExplain(program: Command): void {
  onData(program.command('explain <what...>'))
    .description('explain what was decided of messages: by the ids in replies, an address, or a Message-ID')
    .addOption(new Option('--locale <locale>', 'the language of the explanation').choices(['en', 'id']).default('en'))
    .action((what: readonly string[], options: ExplainOptions) =>
      withData(options, async (db, config) => {
        await using traces = openTraceIndex(config, db)
        await fillTraceIndex(db, traces.db, AbortSignal.timeout(30_000)) // What arrived a moment ago is found too.
        const found: Explained[] = []
        for (const each of what) {
          const events = (await trace(db, traces.db, each, MAX_EVENTS)).filter(({ type }) => type.startsWith('mail.'))
          const told = events.flatMap((event) => explained(event, options.locale))
          if (told.length === 0) return complain(`no decision on a message is known by ${each}`, EXIT.failed)
          if (told.length > MAX_MESSAGES) remark(`there are more by ${each}: these are the newest ${MAX_MESSAGES}`)
          found.push(...told.slice(-MAX_MESSAGES))
        }
        say(options.json === true ? JSON.stringify(found, null, 2) : found.map(inWords).join('\n\n'))
      }),
    )
}

interface Explained extends Explanation {
  readonly message: string | null
  readonly at: string
  readonly from: unknown
  readonly reply: unknown
}

function explained({ message, atMs, data }: Event, locale: 'en' | 'id'): readonly Explained[] {
  const told = toldIn(data)
  if (told === null) return []
  const { from, reply } = data as { readonly from?: unknown; readonly reply?: unknown }
  return [{ message, at: isoTime(atMs), from, reply, ...explain(told, ALL_RULES, locale) }]
}

function inWords({ message, at, from, reply, summary, decided, by, score, checks, reasons }: Explained): string {
  return [
    `${message ?? '-'}  ${at}  from ${from === '' ? '<>' : String(from)}`,
    `${summary} ${decided} (${String(reply)}; by ${by}, score ${score.toFixed(1)})`,
    ...checks.flatMap(({ check, result, detail, about }) => [`  ${check.padEnd(14)} ${result}${detail === null ? '' : `  ${detail}`}`, `                 ${about}`]),
    ...reasons.flatMap(({ rule, score: weight, evidence, about, mend }) => [
      `  ${weight >= 0 ? '+' : '-'}${Math.abs(weight).toFixed(1).padStart(5)}  ${rule}${evidence === null ? '' : `  ${evidence}`}`,
      `          ${about}`,
      ...(mend === null || (weight === 0 && by !== 'list') ? [] : [`          -> ${mend}`]), // What weighed nothing need not be mended.
    ]),
  ].join('\n')
}

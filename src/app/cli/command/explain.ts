import { type Command, Option } from 'commander'
import { fillTraceIndex, trace } from '../../../core/event/sql-trace.ts'
import { type ExplainedEvent, explainEvent } from '../../../core/filter/explain-event.ts'
import { openTraceIndex } from '../../derived.ts'
import { explanationText } from '../explanation-text.ts'
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
        const found: ExplainedEvent[] = []
        for (const each of what) {
          const events = (await trace(db, traces.db, each, MAX_EVENTS)).filter(({ type }) => type.startsWith('mail.'))
          const told = events.flatMap((event) => explainEvent(event, options.locale) ?? [])
          if (told.length === 0) return complain(`no decision on a message is known by ${each}: ask by the reference in the reply, an address of the envelope, or a Message-ID; what was sent from here is told by "merpati trace"`, EXIT.failed)
          if (told.length > MAX_MESSAGES) remark(`there are more by ${each}: these are the newest ${MAX_MESSAGES}`)
          found.push(...told.slice(-MAX_MESSAGES))
        }
        say(options.json === true ? JSON.stringify(found, null, 2) : found.map((each) => explanationText(each, options.locale)).join('\n\n'))
      }),
    )
}

import type { Command } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import { resumeStream, standingsOf } from '../../../core/standing/sql.ts'
import { readStandingName, type Standing, standingName } from '../../../core/standing/standing.ts'
import { sayFinding } from '../../../core/standing/words.ts'
import { ownerOf } from '../owner.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface StreamOptions extends ToolOptions {
  readonly organization?: string
  readonly cause: string
}

/** `merpati stream`: how mail of a stream stands with a provider, and why it is slowed down or paused. */
export function addStream(program: Command): void {
  const group = program.command('stream').description('how mail of each stream stands with each provider')
  onData(group.command('list', { isDefault: true }))
    .description('list what is warned of, slowed down or paused, and why')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: StreamOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner !== null) sayRows((await standingsOf(db, owner.id)).map(shown), options, 'nothing is to be said of any stream')
      }),
    )
  onData(group.command('resume <stream>'))
    .description('let a stream go on, such as broadcast:yahoo; what was sent before does not count against it any more')
    .requiredOption('--cause <text>', 'what was wrong, and was mended: it is kept with the event')
    .option('--organization <name>', 'whose, when there are several')
    .action((name: string, options: StreamOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const key = readStandingName(name)
        const done = key === null ? 'none' : await db.write(resumeStream, { key: { organization: owner.id, ...key }, by: 'operator', cause: options.cause, nowMs: Date.now() })
        if (done === 'none') return complain(`nothing slows down or stops ${name}: "merpati stream list" shows what is`, EXIT.failed)
        sayOne({ id: name, level: 'good' }, `${name} goes on; senders hear of it within seconds, and "merpati queue retry" sends what waits at once`, options)
      }),
    )
}

function shown(standing: Standing): Readonly<Record<string, unknown>> {
  const { level, sinceMs, finding } = standing
  return { stream: standingName(standing), level, since: isoTime(sinceMs), reason: finding === null ? '' : sayFinding(finding).en }
}

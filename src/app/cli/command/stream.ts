import { type Command, Option } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import { MAX_STREAMS } from '../../../core/organization/stream/limits.ts'
import { isBroadcast, readStream } from '../../../core/organization/stream/name.ts'
import { publicText, streamTracking, streamWishes } from '../../../core/organization/stream/shape.ts'
import { badStreamName, shownStream } from '../../../core/organization/stream/shown.ts'
import { putStream, removeStream, streamNamed, streamsOf } from '../../../core/organization/stream/sql.ts'
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

interface NameOptions extends StreamOptions {
  readonly title?: string
  readonly titleId?: string
  readonly description?: string
  readonly descriptionId?: string
  readonly opens?: 'on' | 'off'
  readonly clicks?: 'on' | 'off'
}

/** `merpati stream`: how mail of a stream stands with a provider, and why it is slowed down or paused. */
export function addStream(program: Command): void {
  const group = program.command('stream').description('how mail of each stream stands with each provider, and what its readers know it by')
  onData(group.command('list', { isDefault: true }))
    .description('list what is warned of, slowed down or paused, and why')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: StreamOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner !== null) sayRows((await standingsOf(db, owner.id)).map(shown), options, 'nothing is to be said of any stream')
      }),
    )
  addNames(group)
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

/** `names`, `set` and `remove`: the streams that readers choose among on the preference page. */
function addNames(group: Command): void {
  onData(group.command('names'))
    .description('list the streams that readers know by name')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: StreamOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const streams = (await streamsOf(db, owner.id)).map(shownStream)
        sayRows(options.json === true ? streams : streams.map(({ id, title }) => ({ stream: id, en: title.en ?? '', id: title.id ?? '' })), options, 'no stream has a name for its readers')
      }),
    )
  onData(group.command('set <stream>'))
    .description('make a stream that goes to many, such as broadcast.weekly, or say anew what its readers know it by')
    .option('--title <text>', 'its name for readers, in English; one language is enough')
    .option('--title-id <text>', 'the same in Indonesian')
    .option('--description <text>', 'a sentence below it, in English')
    .option('--description-id <text>', 'the same in Indonesian')
    .addOption(new Option('--opens <switch>', 'whether openings are noted; on when not said').choices(['on', 'off']))
    .addOption(new Option('--clicks <switch>', 'whether clicks are').choices(['on', 'off']))
    .option('--organization <name>', 'whose, when there are several')
    .action((name: string, options: NameOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const stream = readStream(name)
        if (stream === null || !isBroadcast(stream)) return complain(badStreamName(name))
        const asked = streamWishes.safeParse({ title: { en: options.title, id: options.titleId }, description: { en: options.description, id: options.descriptionId }, tracking: { opens: isOn(options.opens), clicks: isOn(options.clicks) } })
        if (!asked.success) return complain(asked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
        const wanted = { organization: owner.id, name: stream, title: publicText(asked.data.title), description: publicText(asked.data.description), tracking: streamTracking(asked.data.tracking), createdMs: Date.now() }
        if ((await db.write(putStream, wanted)) === 'too-many') return complain(`an organization has at most ${MAX_STREAMS} streams: "merpati stream remove" makes room`, EXIT.failed)
        sayOne(shownStream((await streamNamed(db, owner.id, stream)) ?? wanted), `mail may be sent in ${stream}, and its readers choose whether they get it`, options)
      }),
    )
  onData(group.command('remove <stream>'))
    .description('take no more mail in a stream; who wants none of it stays on the suppression list')
    .option('--organization <name>', 'whose, when there are several')
    .action((name: string, options: StreamOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        if (!(await db.write(removeStream, { organization: owner.id, name }))) return complain(`there is no stream ${name}: "merpati stream names" lists them`, EXIT.failed)
        sayOne({ id: name, deleted: true }, `${name} is gone; what is queued in it still goes`, options)
      }),
    )
}

function shown(standing: Standing): Readonly<Record<string, unknown>> {
  const { level, sinceMs, finding } = standing
  return { stream: standingName(standing), level, since: isoTime(sinceMs), reason: finding === null ? '' : sayFinding(finding).en }
}

function isOn(said: 'on' | 'off' | undefined): boolean | undefined {
  return said === undefined ? undefined : said === 'on'
}

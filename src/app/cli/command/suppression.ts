import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Command, InvalidArgumentError } from 'commander'
import type { OrganizationId } from '../../../base/brand.ts'
import { DAY_MS } from '../../../base/duration.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { suppress, suppressionsAfter, unsuppress } from '../../../core/suppression/sql.ts'
import { foldAddress, SCOPE, type Scope, type Suppression } from '../../../core/suppression/suppression.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { daysOf } from '../days.ts'
import { ownerOf } from '../owner.ts'
import { complain, EXIT, remark, say, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface SuppressionOptions extends ToolOptions {
  readonly organization?: string
  readonly system?: true
  readonly scope: Scope
  readonly reason: string
  readonly days?: number
}

/** `merpati suppression`: who is not written to by programs any more. */
export function addSuppression(program: Command): void {
  const group = program.command('suppression').description('addresses that programs do not write to any more; what people write goes all the same')
  onList(group.command('list', { isDefault: true }))
    .description('list the addresses, and why')
    .action((options: SuppressionOptions) =>
      withList(options, async (db, organization) => {
        const rows: Readonly<Record<string, unknown>>[] = []
        for await (const entry of entries(db, organization)) rows.push(shown(entry))
        sayRows(rows, options, 'nobody is suppressed')
      }),
    )
  withScope(onList(group.command('add <address>')))
    .description('stop writing to an address')
    .action((address: string, options: SuppressionOptions) =>
      withList(options, async (db, organization) => {
        const parsed = parseAddress(address)
        if (!parsed.ok) return complain(`${address} is no address`)
        const entry = entryOf(parsed.value.text, organization, options)
        await db.write(suppress, entry)
        sayOne(shown(entry), `${entry.address} is not written to any more`, options)
      }),
    )
  onList(group.command('remove <address>'))
    .description('write to an address again; one that comes back after that stays for 90 days')
    .action((address: string, options: SuppressionOptions) =>
      withList(options, async (db, organization) => {
        const done = await db.write(unsuppress, { organization, address, nowMs: Date.now() })
        if (done === 'none') return complain(`${address} is not on the list`, EXIT.failed)
        if (done === 'locked') return complain(`${address} was removed before and failed again: it stays until its time is over (merpati suppression list)`, EXIT.failed)
        sayOne({ address: foldAddress(address) }, `${foldAddress(address)} may be written to again`, options)
      }),
    )
  addFiles(group)
}

/** `import` and `export`: the list as CSV. */
function addFiles(group: Command): void {
  withScope(onList(group.command('import <file>')))
    .description('add the addresses of a file: one a line, or CSV whose first column they are')
    .action((file: string, options: SuppressionOptions) =>
      withList(options, async (db, organization) => {
        const counts = { added: 0, skipped: 0 }
        for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
          const parsed = parseAddress(firstCell(line))
          if (parsed.ok) await db.write(suppress, entryOf(parsed.value.text, organization, options))
          counts[parsed.ok ? 'added' : 'skipped'] += 1
          if (counts.added % 10_000 === 9_999) remark(`${counts.added + 1} added`)
        }
        sayOne(counts, `${counts.added} added, ${counts.skipped} lines without an address left out`, options)
      }),
    )
  onList(group.command('export'))
    .description('print the list as CSV')
    .action((options: SuppressionOptions) =>
      withList(options, async (db, organization) => {
        say('address,scope,category,reason,since,until')
        for await (const entry of entries(db, organization)) say(Object.values(shown(entry)).map(cell).join(','))
      }),
    )
}

function onList(command: Command): Command {
  return onData(command).option('--organization <name>', 'whose list, when there are several').option('--system', 'the list that holds for every organization')
}

function withScope(command: Command): Command {
  return command
    .option('--scope <scope>', 'what is not sent: all, only what goes to many (broadcast), or only one stream of it (stream:broadcast.weekly)', scopeOf, 'all')
    .option('--reason <text>', 'why, for whoever asks later', 'added by hand')
    .option('--days <n>', 'for how long; without it, until it is removed', daysOf)
}

function scopeOf(text: string): Scope {
  if (!SCOPE.test(text)) throw new InvalidArgumentError('want all, broadcast, or stream: and the name of a stream that goes to many.')
  return text as Scope
}

async function withList(options: SuppressionOptions, run: (db: Database, organization: OrganizationId | '') => Promise<void>): Promise<void> {
  await withData(options, async (db) => {
    if (options.system === true) return await run(db, '')
    const owner = await ownerOf(db, options.organization)
    if (owner !== null) await run(db, owner.id)
  })
}

async function* entries(db: Database, organization: OrganizationId | ''): AsyncGenerator<Suppression> {
  const nowMs = Date.now()
  for (let page = await suppressionsAfter(db, organization, null, nowMs); page.length > 0; page = await suppressionsAfter(db, organization, page.at(-1) ?? null, nowMs)) yield* page
}

function entryOf(address: string, organization: OrganizationId | '', { scope, reason, days }: SuppressionOptions): Suppression {
  const nowMs = Date.now()
  const expiresMs = days === undefined ? null : nowMs + days * DAY_MS
  return { organization, address: foldAddress(address), scope, category: 'manual', reason, delivery: null, createdMs: nowMs, expiresMs, lockedMs: null }
}

function shown({ address, scope, category, reason, createdMs, expiresMs }: Suppression): Readonly<Record<string, unknown>> {
  return { address, scope, category, reason, since: isoTime(createdMs), until: isoTime(expiresMs) }
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is text: a stranger's server chose the words. */
function cell(value: unknown): string {
  const text = String(value ?? '').replace(/^(?=[=+\-@\t\r])/, "'")
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function firstCell(line: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line)
  return quoted === null ? (line.split(/[,;\t]/, 1)[0] ?? '').trim() : (quoted[1] ?? '').replaceAll('""', '"')
}

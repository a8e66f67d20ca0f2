import { Argument, type Command, Option } from 'commander'
import { DAY_MS } from '../../../base/duration.ts'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { type DenyAction, type EntryAction, type EntryKind, type EntryList, type EntryOwner, type FilterEntry, KINDS_ON, readEntryValue } from '../../../core/filter/entry/entry.ts'
import { MAX_ENTRIES, STALE_AFTER_MS } from '../../../core/filter/entry/limits.ts'
import { entriesAfter, putEntry, removeEntry } from '../../../core/filter/entry/sql-entry.ts'
import type { Organization } from '../../../core/organization/organization.ts'
import { organizationsAfter } from '../../../core/organization/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { daysOf } from '../days.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { withData } from '../tool.ts'
import { onOwner, ownerName, type Place, placeOf, type PlaceOptions } from './filter-place.ts'
import { addScores } from './filter-score.ts'

interface FilterOptions extends PlaceOptions {
  readonly action: DenyAction
  readonly comment: string
  readonly author: string
  readonly days?: number
  readonly stale?: true
}

/** `merpati filter`: who is always or never let in. */
export function addFilter(program: Command): void {
  const group = program.command('filter').description('who is always let in, who never, who forwards, and traps')
  addList(group, 'allow', 'let it in, whatever it scores; who can be forged counts only when DMARC, SPF or DKIM proves it')
  addList(group, 'deny', 'keep it out')
  addList(group, 'forwarder', 'say that it forwards mail here: what it brings is judged like other mail, but not refused for a signature that broke on the way')
  addList(group, 'trap', 'lay a trap: an address that nobody uses; whoever writes to it is kept out of the domain for a day')
  addScores(group)
}

/** The same commands for each list, but only who is denied has an action. */
function addList(group: Command, list: EntryList, about: string): void {
  const lists = group.command(list).description(`the ${list} list`)
  const add = withEntry(lists.command('add'), KINDS_ON[list])
    .description(about)
    .option('--comment <text>', 'why, for whoever asks later', '')
    .option('--author <name>', 'who says so', 'command line')
    .option('--days <n>', 'for how long; without it, until it is removed', daysOf)
  if (list === 'deny') add.addOption(new Option('--action <what>', 'what becomes of it; what is discarded is taken and thrown away').choices(['reject', 'junk', 'discard']).default('reject'))
  add.action((kind: EntryKind, value: string, options: FilterOptions) => withEntryOf(kind, value, options, (db, place, clean) => put(db, { list, place, kind, value: clean, options })))
  onOwner(lists.command('list', { isDefault: true }))
    .description('list the entries, with how often they decided')
    .option('--stale', 'only those that decided nothing for 180 days')
    .action((options: FilterOptions) => withData(options, (db) => show(db, list, options)))
  withEntry(lists.command('remove'), KINDS_ON[list])
    .description('take an entry off the list')
    .action((kind: EntryKind, value: string, options: FilterOptions) =>
      withEntryOf(kind, value, options, async (db, { organization, owner, name }, clean) => {
        const isRemoved = await db.write(removeEntry, { organization, owner, kind, value: clean, list })
        if (!isRemoved) return complain(`${kind} ${clean} is not on the ${list} list of ${name}: "merpati filter ${list} list" shows what is`, EXIT.failed)
        sayOne({ list, owner: name, kind, value: clean }, `${kind} ${clean} is off the ${list} list of ${name}`, options)
      }),
    )
}

function withEntry(command: Command, kinds: readonly EntryKind[]): Command {
  return onOwner(command.addArgument(new Argument('<kind>', 'what is looked at').choices(kinds)).argument('<value>', 'a net, a domain, "*.domain" for all below it, or an address'))
}

/** Opens the data, finds whose list is meant and reads the value; says what is wrong with either. */
async function withEntryOf(kind: EntryKind, text: string, options: FilterOptions, run: (db: Database, place: Place, value: string) => Promise<void>): Promise<void> {
  const value = readEntryValue(kind, text)
  if (!value.ok) return complain(`${text}: ${value.error}`)
  await withData(options, async (db) => {
    const place = await placeOf(db, options)
    if (place !== null) await run(db, place, value.value)
  })
}

interface NewEntry {
  readonly list: EntryList
  readonly place: Place
  readonly kind: EntryKind
  readonly value: string
  readonly options: FilterOptions
}

async function put(db: Database, { list, place, kind, value, options }: NewEntry): Promise<void> {
  if (list === 'trap' && (place.owner.kind !== 'domain' || !value.includes('@'))) return complain('a trap is one address of a domain: say --domain')
  const nowMs = Date.now()
  const { comment, author, days, action } = options
  const entry: FilterEntry = {
    id: makeId('f', nowMs), organization: place.organization, owner: place.owner, kind, value, action: actionOn(list, action),
    comment, author, createdMs: nowMs, expiresMs: days === undefined ? null : nowMs + days * DAY_MS, hits: 0, hitMs: null,
  }
  if ((await db.write(putEntry, entry)) === 'full') return complain(`${place.name} has ${MAX_ENTRIES} entries already: "merpati filter ${list} list --stale" shows which ones nobody needs`, EXIT.failed)
  sayOne(shown(entry, place.name), `${kind} ${value} is on the ${list} list of ${place.name}${list === 'deny' ? `: ${action}` : ''}`, options)
}

function actionOn(list: EntryList, action: DenyAction): EntryAction {
  switch (list) {
    case 'allow':
      return 'allow'
    case 'deny':
      return action
    case 'forwarder':
      return 'forward'
    case 'trap':
      return 'trap'
  }
}

async function show(db: Database, list: EntryList, options: FilterOptions): Promise<void> {
  const isAll = options.platform === undefined && options.domain === undefined && options.account === undefined
  const place = isAll ? null : await placeOf(db, options)
  if (!isAll && place === null) return
  const owners = place === null ? ['' as const, ...(await everyPage<Organization>((last) => organizationsAfter(db, last?.id ?? ''))).map(({ id }) => id)] : [place.organization]
  const rows: Readonly<Record<string, unknown>>[] = []
  const staleMs = Date.now() - STALE_AFTER_MS
  for (const organization of owners) {
    for (const entry of await everyPage<FilterEntry>((last) => entriesAfter(db, organization, list, last))) {
      const isStale = Math.max(entry.createdMs, entry.hitMs ?? 0) < staleMs
      if ((place === null || isSame(place.owner, entry.owner)) && (options.stale !== true || isStale)) rows.push(shown(entry, ownerName(entry.owner)))
    }
  }
  sayRows(rows, options, `nothing is on the ${list} list`)
}

function isSame(one: EntryOwner, other: EntryOwner): boolean {
  return one.kind === other.kind && ownerName(one) === ownerName(other)
}

function shown({ kind, value, action, comment, author, createdMs, expiresMs, hits, hitMs }: FilterEntry, owner: string): Readonly<Record<string, unknown>> {
  return { owner, kind, value, action, hits, lastHit: isoTime(hitMs), since: isoTime(createdMs), until: isoTime(expiresMs), author, comment }
}

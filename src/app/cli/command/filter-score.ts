import { type Command, InvalidArgumentError } from 'commander'
import { MAX_SCORE } from '../../../core/filter/limits.ts'
import { type ListedThresholds, removeThresholds, setThresholds, type ThresholdOwner, thresholdsAfter } from '../../../core/filter/threshold/sql-threshold.ts'
import type { Organization } from '../../../core/organization/organization.ts'
import { organizationsAfter } from '../../../core/organization/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { OrganizationId } from '../../../base/brand.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'
import { ownerName, placeOf, type PlaceOptions } from './filter-place.ts'

interface ScoreOptions extends PlaceOptions {
  readonly reject?: number
  readonly junk?: number
  readonly tag?: number
}

/** Whose scores are meant. */
interface ScorePlace {
  readonly organization: OrganizationId
  readonly owner: ThresholdOwner
  readonly name: string
}

/** `merpati filter score`: from which score on something happens, for a domain or an account. */
export function addScores(filter: Command): void {
  const group = filter.command('score').description('from which score on mail is marked, goes to Junk or is refused, for a domain or an account')
  onOwned(group.command('set'))
    .description('set them; those that are not named are those of the configuration')
    .option('--reject <score>', 'mail of this score or more is refused', scoreOf)
    .option('--junk <score>', 'mail of this score or more goes to Junk', scoreOf)
    .option('--tag <score>', 'mail of this score or more is marked as suspicious', scoreOf)
    .action((options: ScoreOptions) =>
      withPlace(options, async (db, { organization, owner, name }) => {
        const own = { reject: options.reject ?? null, junk: options.junk ?? null, tag: options.tag ?? null }
        if (Object.values(own).every((score) => score === null)) return complain('say which: --reject, --junk or --tag')
        await db.write(setThresholds, { organization, owner, own })
        sayOne({ owner: name, ...own }, `the scores of ${name} are set`, options)
      }),
    )
  onData(group.command('list', { isDefault: true }))
    .description('list the domains and accounts that have their own')
    .action((options: ToolOptions) => withData(options, (db) => show(db, options)))
  onOwned(group.command('remove'))
    .description('let those of the configuration hold again')
    .action((options: ScoreOptions) =>
      withPlace(options, async (db, { organization, owner, name }) => {
        if (!(await db.write(removeThresholds, { organization, owner }))) return complain(`${name} has no scores of its own`, EXIT.failed)
        sayOne({ owner: name }, `the scores of the configuration hold for ${name}`, options)
      }),
    )
}

function onOwned(command: Command): Command {
  return onData(command).option('--domain <name>', 'those of a domain').option('--account <address>', 'those of an account')
}

async function withPlace(options: ScoreOptions, run: (db: Database, place: ScorePlace) => Promise<void>): Promise<void> {
  if ((options.domain === undefined) === (options.account === undefined)) return complain('say whose: --domain or --account; those for everybody stand in [filter] of the configuration')
  await withData(options, async (db) => {
    const place = await placeOf(db, options)
    if (place === null || place.organization === '' || place.owner.kind === 'platform') return
    await run(db, { organization: place.organization, owner: place.owner, name: place.name })
  })
}

async function show(db: Database, options: ToolOptions): Promise<void> {
  const rows: Readonly<Record<string, unknown>>[] = []
  for (const { id } of await everyPage<Organization>((last) => organizationsAfter(db, last?.id ?? ''))) {
    for (const { owner, reject, junk, tag } of await everyPage<ListedThresholds>((last) => thresholdsAfter(db, id, last?.owner ?? null))) rows.push({ owner: ownerName(owner), reject, junk, tag })
  }
  sayRows(rows, options, 'the scores of the configuration hold for everybody')
}

function scoreOf(text: string): number {
  const score = Number(text)
  if (/^\d{1,4}(?:\.\d{1,2})?$/.test(text) && score <= MAX_SCORE) return score
  throw new InvalidArgumentError(`want a score from 0 to ${MAX_SCORE}, such as 4.5.`)
}

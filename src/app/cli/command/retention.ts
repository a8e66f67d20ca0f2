import { type Command, InvalidArgumentError } from 'commander'
import type { Organization } from '../../../core/organization/organization.ts'
import { shownRetention } from '../../../core/retention/shown.ts'
import { allowDays, chooseDays, type Fault, ownDays, type Wishes } from '../../../core/retention/sql.ts'
import { inDays, KINDS } from '../../../core/retention/terms.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { Config } from '../../config/config.ts'
import { onOwned, type OwnedOptions, withOwner } from '../owned.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'

type Change = (owner: Organization, wishes: Wishes, db: Database, config: Config) => Promise<readonly Fault[]>

/** `merpati retention`: for how long things are kept. */
export function addRetention(program: Command): void {
  const group = program.command('retention').description('for how long things are kept; docs/retention.md tells more')
  onOwned(group.command('show', { isDefault: true }))
    .description('tell for how long what is kept')
    .action((options: OwnedOptions) =>
      withOwner(options, async (owner, db, { keep }) => {
        const shown = shownRetention(await ownDays(db, owner.id), keep)
        if (options.json === true) return sayOne(shown, '', options)
        const rows = shown.data.map(({ kind, what, days, chosen_days: chosen, at_least: least, at_most: most }) => ({ kind, days, chosen, least, most, what }))
        sayRows([...rows, ...shown.always.map(({ what, days }) => ({ kind: '-', days, chosen: null, least: null, most: null, what }))], options, '')
      }),
    )
  changing(group, 'set', 'let an organization choose a time, in days, or "most" for the most that is allowed', (owner, wishes, db, { keep }) => db.write(chooseDays, { organization: owner.id, wishes, system: keep }))
  changing(group, 'allow', 'allow an organization another time than the system has, in days; "most" takes that back', (owner, wishes, db) => db.write(allowDays, { organization: owner.id, wishes }))
}

function changing(group: Command, name: string, description: string, change: Change): void {
  onOwned(group.command(name).argument('<kind>', KINDS.join(', ')).argument('<days>', 'such as 30, or "most"', daysIn))
    .description(description)
    .action((kind: string, days: number | null, options: OwnedOptions) =>
      withOwner(options, async (owner, db, config) => {
        const named = KINDS.find((each) => each === kind)
        if (named === undefined) return complain(`want one of ${KINDS.join(', ')}, got "${kind}"`)
        const [fault] = await change(owner, { [named]: days }, db, config)
        if (fault !== undefined) return complain(`${fault.kind}: ${fault.message}`, EXIT.failed)
        const now = shownRetention(await ownDays(db, owner.id), config.keep).data.find((each) => each.kind === named)
        sayOne({ ...now }, `${owner.name} keeps ${named} for ${inDays(now?.days ?? 0)}`, options)
      }),
    )
}

function daysIn(text: string): number | null {
  if (text === 'most') return null
  const days = /^(\d{1,5})d?$/.exec(text)?.[1]
  if (days === undefined) throw new InvalidArgumentError('want days such as 30, or "most".')
  return Number(days)
}

import { type Command, Argument } from 'commander'
import { newDomainDay, setDomainWarmup } from '../../../core/pool/new-domain/sql.ts'
import { WARMUP_DAYS } from '../../../core/pool/table/warmup.ts'
import type { Database } from '../../../infra/db/database.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { complain, EXIT, sayOne } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** `merpati domain warm-up`: whether what goes to many in the name of a domain begins slowly. */
export function addDomainWarmUp(group: Command): void {
  onData(group.command('warm-up <name>'))
    .addArgument(new Argument('[state]', 'on: it is new, from the first day; off: it has a history elsewhere').choices(['on', 'off']))
    .description('show whether mail to many begins slowly in the name of a domain, because providers do not know it; or say so')
    .action((name: string, state: 'on' | 'off' | undefined, options: ToolOptions) => withData(options, async (db) => await warmUp(db, name, state, options)))
}

async function warmUp(db: Database, text: string, to: 'on' | 'off' | undefined, options: ToolOptions): Promise<void> {
  const name = parseDomain(text)
  if (name === null) return complain(`${text} is no domain name`)
  if (to !== undefined) await db.write(setDomainWarmup, { domain: name, to })
  const found = await newDomainDay(db, name)
  if (found === null) return complain(`we do not receive for ${name}`, EXIT.failed)
  const told = found.day === null ? 'has a history: no warm-up' : `is new: it has sent to many on ${found.day - 1} of ${WARMUP_DAYS.length} days`
  sayOne({ name, warmUp: found.day === null ? 'off' : 'on', day: found.day }, `domain ${name} ${told}`, options)
}

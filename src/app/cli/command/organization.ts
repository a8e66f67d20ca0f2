import type { Command } from 'commander'
import type { OrganizationId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import { createOrganization, organizationsAfter } from '../../../core/organization/sql.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** `merpati organization`: tenants. */
export function addOrganization(program: Command): void {
  const group = program.command('organization').description('tenants: who owns domains, accounts and keys')
  onData(group.command('add <name>'))
    .description('make an organization')
    .option('--locale <locale>', 'the language of what we write to its people: en or id', 'en')
    .action((name: string, options: ToolOptions & { readonly locale: string }) =>
      withData(options, async (db) => {
        const id = makeId('o', Date.now()) as OrganizationId
        const made = await db.write(createOrganization, { id, name, locale: options.locale, nowMs: Date.now() })
        if (!made.ok) return complain(`an organization is named ${name} already`, EXIT.failed)
        sayOne({ id, name }, `organization ${name} made: ${id}`, options)
      }),
    )
  onData(group.command('list'))
    .description('list organizations')
    .action((options: ToolOptions) =>
      withData(options, async (db) => {
        const all = await organizationsAfter(db, '')
        sayRows(all.map(({ id, name, state, locale }) => ({ id, name, state, locale })), options, 'no organizations')
      }),
    )
}

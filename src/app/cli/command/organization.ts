import { type Command, Option } from 'commander'
import type { OrganizationId } from '../../../base/brand.ts'
import { makeId } from '../../../base/ids.ts'
import { isoTime } from '../../../base/iso-time.ts'
import type { Organization } from '../../../core/organization/organization.ts'
import { changeOrganization, createOrganization, organizationNamed, organizationsAfter, removeOrganization, setOrganizationState } from '../../../core/organization/sql.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from '../say.ts'
import { sure } from '../sure.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'
import { addPlan } from './organization-plan.ts'

/** `merpati organization`: tenants. */
export function addOrganization(program: Command): void {
  const group = program.command('organization').description('tenants: who owns domains, accounts and keys')
  onData(group.command('add <name>'))
    .description('make an organization')
    .addOption(new Option('--locale <locale>', 'the language of what we write to its people').choices(['en', 'id']).default('en'))
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
        const all = await everyPage<Organization>((last) => organizationsAfter(db, last?.id ?? ''))
        sayRows(all.map(shown), options, 'no organizations')
      }),
    )
  onData(group.command('show <name>'))
    .description('show an organization')
    .action((name: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const there = await organizationNamed(db, name)
        if (there === null) return complain(`there is no organization named ${name}`, EXIT.failed)
        sayRow({ ...shown(there), created: isoTime(there.createdMs) }, options)
      }),
    )
  onData(group.command('set <name>'))
    .description('change an organization')
    .option('--name <new name>', 'its name')
    .addOption(new Option('--locale <locale>', 'the language of what we write to its people').choices(['en', 'id']))
    .action((name: string, options: ToolOptions & { readonly name?: string; readonly locale?: string }) =>
      withData(options, async (db) => {
        const there = await organizationNamed(db, name)
        if (there === null) return complain(`there is no organization named ${name}`, EXIT.failed)
        const wanted = { id: there.id, name: options.name ?? there.name, locale: options.locale ?? there.locale }
        if ((await db.write(changeOrganization, wanted)) !== 'changed') return complain(`an organization is named ${wanted.name} already`, EXIT.failed)
        sayOne(wanted, `organization ${wanted.name}: locale ${wanted.locale}`, options)
      }),
    )
  for (const [verb, state, does] of [['suspend', 'suspended', 'let nobody of an organization log in, and take nothing from it to be sent; what waits still goes, unless you hold it (merpati queue hold)'], ['resume', 'active', 'let a suspended organization log in and send again']] as const) {
    onData(group.command(`${verb} <name>`))
      .description(does)
      .action((name: string, options: ToolOptions) =>
        withData(options, async (db) => {
          const there = await organizationNamed(db, name)
          if (there === null) return complain(`there is no organization named ${name}`, EXIT.failed)
          await db.write(setOrganizationState, { id: there.id, state })
          sayOne({ id: there.id, name, state }, `organization ${name}: ${state}`, options)
        }),
      )
  }
  addPlan(group)
  onData(group.command('remove <name>'))
    .description('remove an organization that has no domains and accounts any more; its API keys end')
    .option('--yes', 'do it')
    .action((name: string, options: ToolOptions & { readonly yes?: boolean }) =>
      withData(options, async (db) => {
        const there = await organizationNamed(db, name)
        if (there === null) return complain(`there is no organization named ${name}`, EXIT.failed)
        if (!sure(options, `this removes the organization ${name} and its API keys`)) return
        const done = await db.write(removeOrganization, { id: there.id, nowMs: Date.now() })
        if (done !== 'removed') return complain(`${name} still has domains or accounts: remove them first`, EXIT.failed)
        sayOne({ id: there.id, name }, `organization ${name} removed`, options)
      }),
    )
}

function shown({ id, name, state, locale }: Organization): Readonly<Record<string, unknown>> {
  return { id, name, state, locale }
}

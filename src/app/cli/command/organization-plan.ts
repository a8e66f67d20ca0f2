import { type Command, InvalidArgumentError, Option } from 'commander'
import { DAY_MS } from '../../../base/duration.ts'
import { shownUsage } from '../../../core/organization/api.ts'
import { type Plan, type PlanLimits, TRIAL_DAYS } from '../../../core/organization/plan.ts'
import { changedPlan, isWish, type PlanWishes } from '../../../core/organization/plan-change.ts'
import { organizationNamed } from '../../../core/organization/sql.ts'
import { confirmRecipient, putPlan, usageNow } from '../../../core/organization/sql-plan.ts'
import { parseAddress } from '../../../proto/mail/address.ts'
import { daysOf } from '../days.ts'
import { complain, EXIT, sayRow } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface PlanOptions extends ToolOptions {
  readonly trial?: true
  readonly none?: true
  readonly called?: string
  readonly perDay?: number | 'none'
  readonly perMonth?: number | 'none'
  readonly recipientsPerDay?: number | 'none'
  readonly accounts?: number | 'none'
  readonly domains?: number | 'none'
  readonly storage?: number | 'none'
  readonly endsDays?: number
  readonly never?: true
  readonly sandbox?: 'on' | 'off'
  readonly confirm?: readonly string[]
}

/** `merpati organization plan`: what an organization may use, and has used. */
export function addPlan(group: Command): void {
  onData(group.command('plan <name>'))
    .description('show what an organization may use and has used, and change it; each limit takes a number or "none"')
    .option('--trial', `the plan of whoever has just signed up: ${TRIAL_DAYS} days, in the sandbox`)
    .addOption(new Option('--none', 'no plan: no limits').conflicts('trial'))
    .option('--called <text>', 'the name of the plan')
    .option('--per-day <n>', 'messages a day', limitOf)
    .option('--per-month <n>', 'messages a month', limitOf)
    .option('--recipients-per-day <n>', 'recipients a day', limitOf)
    .option('--accounts <n>', 'accounts', limitOf)
    .option('--domains <n>', 'domains', limitOf)
    .option('--storage <MiB>', 'what its accounts may keep together', limitOf)
    .option('--ends-days <n>', 'it sends for so many days from now', daysOf)
    .addOption(new Option('--never', 'it does not end').conflicts('endsDays'))
    .addOption(new Option('--sandbox <on|off>', 'whether it writes to confirmed addresses only').choices(['on', 'off']))
    .option('--confirm <address...>', 'the owner of this address wants its mail while it is in the sandbox')
    .action((name: string, options: PlanOptions) =>
      withData(options, async (db) => {
        const there = await organizationNamed(db, name)
        if (there === null) return complain(`there is no organization named ${name}`, EXIT.failed)
        const nowMs = Date.now()
        const confirmed = (options.confirm ?? []).map((text) => parseAddress(text))
        if (confirmed.some((each) => !each.ok || each.value.domain === null)) return complain('--confirm: want addresses such as ani@example.org')
        const plan = planAfter((await usageNow(db, there.id, nowMs)).plan, options, nowMs)
        if (plan !== undefined) await db.write(putPlan, { organization: there.id, plan })
        for (const each of confirmed) if (each.ok) await db.write(confirmRecipient, { organization: there.id, address: each.value.text.toLowerCase(), nowMs })
        const usage = shownUsage(await usageNow(db, there.id, nowMs), nowMs)
        if (options.json === true) return sayRow({ organization: there.name, ...usage }, options)
        const { plan: called, sandboxed, ends_at: ends, ...counts } = usage
        sayRow({ organization: there.name, plan: called, sandboxed, ends, ...Object.fromEntries(Object.entries(counts).map(([what, { used, allowed }]) => [what, `${used ?? '-'}/${allowed ?? '-'}`])) }, options)
      }),
    )
}

const MIB = 1024 * 1024

/** The plan that the options make of the one there is; null for none, undefined when they say nothing of it. */
function planAfter(before: Plan | null, options: PlanOptions, nowMs: number): Plan | null | undefined {
  if (options.none === true) return null
  const { storage } = options
  const said: Readonly<Record<keyof PlanLimits, number | 'none' | undefined>> = {
    ...{ messagesPerDay: options.perDay, messagesPerMonth: options.perMonth, recipientsPerDay: options.recipientsPerDay, accounts: options.accounts, domains: options.domains },
    storageBytes: typeof storage === 'number' ? storage * MIB : storage,
  }
  const wishes: PlanWishes = {
    trial: options.trial === true,
    name: options.called,
    limits: Object.fromEntries(Object.entries(said).map(([limit, value]) => [limit, value === 'none' ? null : value])),
    sandboxed: options.sandbox === undefined ? undefined : options.sandbox === 'on',
    endsMs: endOf(options, nowMs),
  }
  return isWish(wishes) ? changedPlan(before, wishes, nowMs) : undefined
}

function endOf({ endsDays, never }: PlanOptions, nowMs: number): number | null | undefined {
  if (never === true) return null
  return endsDays === undefined ? undefined : nowMs + endsDays * DAY_MS
}

function limitOf(text: string): number | 'none' {
  if (text === 'none') return text
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('want a whole number, or "none".')
}

import { type Command, Option } from 'commander'
import { setPassword } from '../../../core/access/sql-credential.ts'
import type { Account } from '../../../core/account/account.ts'
import { accountByLogin, accountsAfter, changeAccount, setAccountState, setQuota } from '../../../core/account/sql.ts'
import { newAccount } from '../../../core/mailbox/sql-new-account.ts'
import { sayRefusal } from '../account-refusal.ts'
import { addAppPasswords } from '../app-password.ts'
import { addLogins } from '../login.ts'
import { ownerOf } from '../owner.ts'
import { readSecret } from '../secret.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from '../say.ts'
import { addContainment, sendingShown } from './account-containment.ts'
import { addRemoving } from './account-remove.ts'
import { addRole } from './account-role.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface AccountOptions extends ToolOptions {
  readonly organization?: string
  readonly name?: string
  readonly admin?: boolean
  readonly owner?: boolean
  readonly quota?: string
  readonly locale: string
}

interface AccountChanges extends ToolOptions {
  readonly name?: string
  readonly locale?: string
}

/** `merpati account`: people and services that log in. Passwords are read from standard input, so that no process list shows them. */
export function addAccount(program: Command): void {
  const group = program.command('account').description('people and services that log in')
  onData(group.command('add <address>'))
    .description('make an account; its password is the first line of standard input')
    .option('--organization <name>', 'whose, when there are several')
    .option('--name <name>', 'the name shown to people')
    .addOption(new Option('--admin', 'may administer the organization').conflicts('owner'))
    .option('--owner', 'may do everything in the organization')
    .option('--quota <MiB>', 'how much mail it may keep; as the configuration says when not said')
    .addOption(new Option('--locale <locale>', 'the language of what we write to it').choices(['en', 'id']).default('en'))
    .action((address: string, options: AccountOptions) =>
      withData(options, async (db, { newAccountQuotaBytes }) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const quotaBytes = options.quota === undefined ? newAccountQuotaBytes : quotaOf(options.quota)
        if (quotaBytes === undefined) return complain(`--quota: want a whole number of MiB or "none", got "${options.quota}"`)
        const role = roleOf(options)
        const password = await readSecret()
        if (password === '') return complain('give the password as the first line of standard input', EXIT.failed)
        const made = await newAccount(db, { organization: owner.id, address, name: options.name ?? address, role, locale: options.locale, quotaBytes, password, nowMs: Date.now() })
        if (!made.ok) return complain(sayRefusal(made.error, address), EXIT.failed)
        sayOne({ id: made.value, address }, `account ${address} made: ${made.value}`, options)
      }),
    )
  onData(group.command('list'))
    .description('list the accounts of an organization')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: AccountOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const all = await everyPage<Account>((last) => accountsAfter(db, owner.id, last?.id ?? ''))
        sayRows(all.map(shown), options, 'no accounts')
      }),
    )
  addChanges(group)
  addRemoving(group)
  addRole(group)
  addContainment(group)
  addAppPasswords(group)
  addLogins(group)
}

function addChanges(group: Command): void {
  const change = (name: string, what: string, run: (db: Db, account: Account, options: AccountOptions) => Promise<void>): Command =>
    onData(group.command(name))
      .description(what)
      .action((address: string, ...rest: unknown[]) => {
        const options = rest.at(-2) as AccountOptions
        return withData(options, async (db) => {
          const account = await accountByLogin(db, address.toLowerCase())
          if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
          await run(db, account, options)
        })
      })
  change('passwd <address>', 'set its password: the first line of standard input', async (db, account, options) => {
    const set = await setPassword(db, account.id, await readSecret(), Date.now())
    if (set !== 'set') return complain('the password is empty or has characters that cannot be typed everywhere', EXIT.failed)
    sayOne({ id: account.id }, `password of ${account.login} set`, options)
  })
  change('suspend <address>', 'stop its logins and its mail', async (db, account, options) => {
    await db.write(setAccountState, { id: account.id, state: 'suspended' })
    sayOne({ id: account.id, state: 'suspended' }, `${account.login} suspended`, options)
  })
  change('resume <address>', 'allow its logins and its mail again', async (db, account, options) => {
    await db.write(setAccountState, { id: account.id, state: 'active' })
    sayOne({ id: account.id, state: 'active' }, `${account.login} active`, options)
  })
  change('show <address>', 'show an account, what it has sent, and whether and why it is contained', async (db, account, options) => sayRow({ ...shown(account), ...(await sendingShown(db, account)) }, options))
  onData(group.command('set <address>'))
    .description('change an account')
    .option('--name <name>', 'the name shown to people')
    .addOption(new Option('--locale <locale>', 'the language of what we write to it').choices(['en', 'id']))
    .action((address: string, options: AccountChanges) =>
      withData(options, async (db) => {
        const account = await accountByLogin(db, address.toLowerCase())
        if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
        const { id, login } = account
        const wanted = { id, name: options.name ?? account.name, locale: options.locale ?? account.locale }
        await db.write(changeAccount, wanted)
        sayOne(wanted, `account ${login}: ${wanted.name}, ${wanted.locale}`, options)
      }),
    )
  onData(group.command('quota <address> <MiB>'))
    .description('set how much mail it may keep; "none" for no limit')
    .action((address: string, mib: string, options: AccountOptions) =>
      withData(options, async (db) => {
        const account = await accountByLogin(db, address.toLowerCase())
        if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
        const quotaBytes = quotaOf(mib)
        if (quotaBytes === undefined) return complain(`want a whole number of MiB or "none", got "${mib}"`)
        if ((await db.write(setQuota, { id: account.id, quotaBytes })) !== 'set') return complain('the plan of the organization has too little storage left: "merpati organization plan" shows it', EXIT.failed)
        sayOne({ id: account.id, quota_bytes: quotaBytes }, `quota of ${account.login}: ${mib === 'none' ? 'none' : `${mib} MiB`}`, options)
      }),
    )
}

function roleOf({ owner, admin }: AccountOptions): Account['role'] {
  if (owner === true) return 'owner'
  return admin === true ? 'admin' : 'member'
}

type Db = Parameters<Parameters<typeof withData>[1]>[0]

function shown(account: Account): Readonly<Record<string, unknown>> {
  const { id, login, name, role, state, usedBytes, usedEmails, quotaBytes } = account
  return { id, login, name, role, state, emails: usedEmails, used_bytes: usedBytes, quota_bytes: quotaBytes }
}

/** Bytes; null for no limit; undefined for what is no number. */
function quotaOf(mib: string): number | null | undefined {
  if (mib === 'none') return null
  return /^\d{1,9}$/.test(mib) ? Number(mib) * 1024 * 1024 : undefined
}

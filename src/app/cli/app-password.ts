import { type Command, Option } from 'commander'
import { isoTime } from '../../base/iso-time.ts'
import { addAppPassword, credentialsOf, removeCredential } from '../../core/access/sql-credential.ts'
import type { MailProtocol } from '../../core/access/store.ts'
import { accountByLogin } from '../../core/account/sql.ts'
import { complain, EXIT, sayOne, sayRows } from './say.ts'
import { onData, type ToolOptions, withData } from './tool.ts'

/** `merpati account app-password`: a password for each program of a person, so that one can be taken away alone. */
export function addAppPasswords(account: Command): void {
  const group = account.command('app-password').description('passwords for single programs, beside the account\'s own')
  onData(group.command('add <address>'))
    .description('make one; it is shown once')
    .option('--name <name>', 'where it is used, as its owner calls it', 'app')
    .addOption(new Option('--protocol <protocol...>', 'what it is for; all of them when not said').choices(['imap', 'pop3', 'submission']))
    .action((address: string, options: ToolOptions & { readonly name: string; readonly protocol?: readonly MailProtocol[] }) =>
      withData(options, async (db) => {
        const owner = await accountByLogin(db, address.toLowerCase())
        if (owner === null) return complain(`there is no account ${address}`, EXIT.failed)
        const made = await addAppPassword(db, { account: owner.id, name: options.name, nowMs: Date.now(), expiresMs: null, protocols: options.protocol ?? null })
        if (made.kind !== 'added') return complain(`${address} has as many as it may have: "merpati account app-password remove" first`, EXIT.failed)
        sayOne({ id: made.id, name: options.name, password: made.password }, made.password, options)
      }),
    )
  onData(group.command('list <address>'))
    .description('list what an account can log in with, without anything secret')
    .action((address: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const owner = await accountByLogin(db, address.toLowerCase())
        if (owner === null) return complain(`there is no account ${address}`, EXIT.failed)
        const all = await credentialsOf(db, owner.id)
        sayRows(all.map(({ id, kind, name, protocols, createdMs, usedMs }) => ({ id, kind, name, for: protocols?.join(' ') ?? 'all', made: isoTime(createdMs), used: isoTime(usedMs) })), options, 'none')
      }),
    )
  onData(group.command('remove <address> <id>'))
    .description('take one away: from the next login on it is void')
    .action((address: string, id: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const owner = await accountByLogin(db, address.toLowerCase())
        if (owner === null) return complain(`there is no account ${address}`, EXIT.failed)
        const mine = (await credentialsOf(db, owner.id)).find((credential) => credential.id === id && credential.kind === 'app')
        if (mine === undefined) return complain(`${address} has no app password ${id}: "merpati account app-password list" shows them`, EXIT.failed)
        await removeCredential(db, owner.id, id)
        sayOne({ id }, `app password ${id} of ${owner.login} removed`, options)
      }),
    )
}

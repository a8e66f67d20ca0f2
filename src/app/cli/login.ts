import type { Command } from 'commander'
import type { AccountId } from '../../base/brand.ts'
import { isoTime } from '../../base/iso-time.ts'
import { factorsOf, removeTotp } from '../../core/access/factor/sql-totp.ts'
import { identitiesOf, unlinkIdentity } from '../../core/access/oidc/sql-identity.ts'
import { passkeysOf, removePasskey } from '../../core/access/passkey/sql-passkey.ts'
import { endSessions, sessionsOf } from '../../core/access/session/sql-session.ts'
import { accountByLogin } from '../../core/account/sql.ts'
import type { Account } from '../../core/account/account.ts'
import type { Database } from '../../infra/db/database.ts'
import { complain, EXIT, sayOne, sayRow, sayRows } from './say.ts'
import { onData, type ToolOptions, withData } from './tool.ts'

/** `merpati account session`, `account factor`, `account passkey` and `account identity`: where somebody is logged in over HTTP, and what is asked beside or instead of the password. For whoever has lost a device. */
export function addLogins(account: Command): void {
  const sessions = account.command('session').description('logins over HTTP')
  const passkeys = account.command('passkey').description('keys in phones and computers that log their owner in')
  const identities = account.command('identity').description('who an account is at other houses that log it in')
  const factors = account.command('factor').description('what is asked beside the password')
  onAccount(sessions, 'list <address>', 'list where an account is logged in', async (db, { id }, options) => {
    const all = await sessionsOf(db, id, Date.now())
    sayRows(all.map((each) => ({ id: each.id, method: each.method, from: each.address, program: each.agent, began: isoTime(each.createdMs), used: isoTime(each.usedMs) })), options, 'none')
  })
  onAccount(sessions, 'end <address>', 'end all of them', async (db, { id, login }, options) => {
    const ended = await db.write(endSessions, { account: id, keep: '' })
    sayOne({ id, ended }, `${ended} sessions of ${login} ended`, options)
  })
  onAccount(factors, 'show <address>', 'show what there is', async (db, { id }, options) => {
    const { totp, recoveryCodes } = await factorsOf(db, id)
    sayRow({ totp, recovery_codes: recoveryCodes }, options)
  })
  onAccount(passkeys, 'list <address>', 'list what logs in without a password', async (db, { id }, options) => {
    sayRows((await passkeysOf(db, id)).map((each) => ({ id: each.id, name: each.name, made: isoTime(each.createdMs), used: isoTime(each.usedMs) })), options, 'none')
  })
  onThing(passkeys, 'passkey', (db, account, id) => db.write(removePasskey, { account, id }))
  onAccount(identities, 'list <address>', 'list who it is at other houses (OpenID Connect)', async (db, { id }, options) => {
    sayRows((await identitiesOf(db, id)).map((each) => ({ id: each.id, issuer: each.issuer, linked: isoTime(each.createdMs) })), options, 'none')
  })
  onThing(identities, 'identity', (db, account, id) => db.write(unlinkIdentity, { account, id }))
  onAccount(factors, 'remove <address>', 'take the authenticator away, with its recovery codes: the password is enough again', async (db, { id, login }, options) => {
    if (!(await db.write(removeTotp, { account: id }))) return complain(`${login} has no authenticator`, EXIT.failed)
    sayOne({ id }, `${login} needs no second factor any more`, options)
  })
}

/** `remove` of something that an account has several of. */
function onThing(group: Command, what: string, remove: (db: Database, account: AccountId, id: string) => Promise<boolean>): void {
  onData(group.command('remove <address> <id>'))
    .description('take one away')
    .action((address: string, id: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const owner = await accountByLogin(db, address.toLowerCase())
        if (owner === null || !(await remove(db, owner.id, id))) return complain(`${address} has no ${what} ${id}`, EXIT.failed)
        sayOne({ id }, `${what} ${id} of ${owner.login} removed`, options)
      }),
    )
}

function onAccount(group: Command, command: string, what: string, run: (db: Database, account: Account, options: ToolOptions) => Promise<void>): void {
  onData(group.command(command))
    .description(what)
    .action((address: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const owner = await accountByLogin(db, address.toLowerCase())
        if (owner === null) return complain(`there is no account ${address}`, EXIT.failed)
        await run(db, owner, options)
      }),
    )
}

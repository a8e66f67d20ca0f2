import type { Command } from 'commander'
import { DAY_MS } from '../../../base/duration.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { MAX_CREDENTIALS } from '../../../core/access/limits.ts'
import { addAppPassword, removeCredential } from '../../../core/access/sql-credential.ts'
import { type SmtpCredential, smtpCredentialById, smtpCredentialsAfter } from '../../../core/access/sql-smtp-credential.ts'
import { accountByLogin } from '../../../core/account/sql.ts'
import { type BoundOptions, withBounds } from '../bounds.ts'
import { daysOf } from '../days.ts'
import { onOwned, type OwnedOptions, withOwner } from '../owned.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, withData } from '../tool.ts'

interface CredentialOptions extends OwnedOptions, BoundOptions {
  readonly name: string
  readonly expiresDays?: number
}

/** `merpati credential`: what programs submit with over SMTP. */
export function addCredential(program: Command): void {
  const group = program.command('credential').description('names and passwords of programs that submit over SMTP')
  withBounds(onData(group.command('add <address>')))
    .description('make a password with which a program submits as any author of the organization; the name to log in with is the address of this account. It is shown once')
    .option('--name <name>', 'what it is for', 'smtp')
    .option('--expires-days <n>', 'valid for so many days', daysOf)
    .action((address: string, options: CredentialOptions) =>
      withData(options, async (db) => {
        const account = await accountByLogin(db, address.toLowerCase())
        if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
        const { name, domain: domains = null, stream: streams = null, perHour = null, perDay = null, expiresDays } = options
        const nowMs = Date.now()
        const expiresMs = expiresDays === undefined ? null : nowMs + expiresDays * DAY_MS
        const made = await addAppPassword(db, { account: account.id, name, nowMs, expiresMs, protocols: ['submission'], submission: { domains, streams, ...(perHour === null && perDay === null ? {} : { caps: { messagesPerHour: perHour, messagesPerDay: perDay } }) } })
        if (made.kind !== 'added') return complain(`${address} has as many as it may have: ${MAX_CREDENTIALS - 1}`, EXIT.failed)
        sayOne({ id: made.id, username: account.login, password: made.password }, made.password, options)
      }),
    )
  onOwned(group.command('list'))
    .description('list them, without the passwords')
    .action((options: CredentialOptions) =>
      withOwner(options, async ({ id }, db) => {
        const all = await everyPage<SmtpCredential>((last) => smtpCredentialsAfter(db, id, last?.id ?? ''))
        sayRows(all.map(shown), options, 'no credentials')
      }),
    )
  onOwned(group.command('revoke <id>'))
    .description('take one away: from the next login on it is void')
    .action((id: string, options: CredentialOptions) =>
      withOwner(options, async (owner, db) => {
        const found = await smtpCredentialById(db, owner.id, id)
        if (found === null) return complain(`there is no credential ${id}: "merpati credential list" shows them`, EXIT.failed)
        await removeCredential(db, found.account, id)
        sayOne({ id }, `credential ${id} revoked`, options)
      }),
    )
}

function shown({ id, username, name, domains, streams, caps, usedMs, expiresMs }: SmtpCredential): Readonly<Record<string, unknown>> {
  return { id, username, name, domains, streams, per_hour: caps.messagesPerHour, per_day: caps.messagesPerDay, used: isoTime(usedMs), expires: isoTime(expiresMs) }
}

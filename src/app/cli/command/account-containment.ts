import { Argument, type Command } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import type { Account } from '../../../core/account/account.ts'
import { accountByLogin } from '../../../core/account/sql.ts'
import { finding } from '../../../core/filter/finding.ts'
import { contain, containmentOf, release } from '../../../core/filter/outbound/sql-containment.ts'
import { setBulk, usageOf } from '../../../core/filter/outbound/sql-usage.ts'
import { sendingRules } from '../../../core/filter/table/sending.ts'
import type { Database } from '../../../infra/db/database.ts'
import { complain, EXIT, sayOne } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface ContainOptions extends ToolOptions {
  readonly reason?: string
  readonly keepPasswords?: true
}

interface ReleaseOptions extends ToolOptions {
  readonly restorePasswords?: true
}

/** `merpati account contain|release`: what is done to an account that somebody else seems to use. */
export function addContainment(group: Command): void {
  onData(group.command('contain <address>'))
    .description('stop an account from sending: its sessions end, its queue is held, its passwords are void; mail to it still arrives')
    .option('--reason <text>', 'why, for whoever asks later')
    .option('--keep-passwords', 'its passwords stay valid')
    .action((address: string, options: ContainOptions) =>
      withAccount(address, options, async (db, account) => {
        const reasons = [finding('SAID_SO', options.reason ?? null)]
        const passwords = options.keepPasswords === true ? 'kept' : 'void'
        const done = await db.write(contain, { account: account.id, score: 0, reasons, by: 'merpati account', passwords, nowMs: Date.now() })
        if (done !== 'contained') return complain(`${account.login} is contained already`, EXIT.failed)
        sayOne({ id: account.id, sending: 'contained' }, `${account.login} contained: what it has in the queue is held within seconds`, options)
      }),
    )
  onData(group.command('release <address>'))
    .description('let a contained account send again, and its held mail go; give it a new password first')
    .option('--restore-passwords', 'it was a mistake: the passwords it had are valid again')
    .action((address: string, options: ReleaseOptions) =>
      withAccount(address, options, async (db, account) => {
        const passwords = options.restorePasswords === true ? 'restored' : 'stay'
        const done = await db.write(release, { account: account.id, by: 'merpati account', passwords, nowMs: Date.now() })
        if (done === 'none') return complain(`${account.login} is not contained`, EXIT.failed)
        sayOne({ id: account.id, sending: 'released' }, `${account.login} may send again: what was held goes within seconds`, options)
      }),
    )
  onData(group.command('bulk <address>').addArgument(new Argument('<allowed>', 'whether it may').choices(['on', 'off'])))
    .description('let a program send to many with this account: it has no caps, and strangers are not held against it')
    .action((address: string, allowed: 'on' | 'off', options: ToolOptions) =>
      withAccount(address, options, async (db, account) => {
        await db.write(setBulk, { account: account.id, bulk: allowed === 'on' ? 'allowed' : 'forbidden', nowMs: Date.now() })
        sayOne({ id: account.id, bulk: allowed === 'on' }, `${account.login} ${allowed === 'on' ? 'may send to many' : 'sends as people do'}`, options)
      }),
    )
}

async function withAccount(address: string, options: ToolOptions, run: (db: Database, account: Account) => Promise<void>): Promise<void> {
  await withData(options, async (db) => {
    const account = await accountByLogin(db, address.toLowerCase())
    if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
    await run(db, account)
  })
}

/** What an account has sent, and whether and why it is contained. */
export async function sendingShown(db: Database, { id, organization }: Account): Promise<Readonly<Record<string, unknown>>> {
  const usage = await usageOf(db, id, organization, Date.now())
  const containment = await containmentOf(db, id)
  const sent = { bulk: usage?.isBulk ?? false, messages_last_hour: usage?.messages ?? 0, recipients_last_day: usage?.recipients ?? 0 }
  if (containment === null) return { sending: 'yes', ...sent }
  const { state, atMs, by, score, reasons, releasedMs, voidsPasswords } = containment
  return {
    sending: state === 'contained' ? 'contained' : 'yes',
    ...sent,
    contained_at: isoTime(atMs),
    contained_by: by,
    released_at: isoTime(releasedMs),
    old_passwords: voidsPasswords ? 'void' : 'valid',
    score,
    reasons: reasons.map(({ rule, evidence }) => [rule, Object.hasOwn(sendingRules, rule) ? sendingRules[rule as keyof typeof sendingRules].about.en : null, evidence].filter((part) => part !== null).join(': ')).join('; '),
  }
}

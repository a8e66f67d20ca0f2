import type { Command } from 'commander'
import type { Account } from '../../../core/account/account.ts'
import { accountByLogin } from '../../../core/account/sql.ts'
import { removeAccount } from '../../../core/mailbox/sql-remove.ts'
import { newErasure } from '../../../core/subject/ask.ts'
import { type AccountErased, eraseAccount } from '../../../core/subject/sql-erase-account.ts'
import { foldAddress } from '../../../core/suppression/suppression.ts'
import type { Database } from '../../../infra/db/database.ts'
import type { Config } from '../../config/config.ts'
import { userName } from '../audited.ts'
import { finishErasure, sentenceOf } from '../erasing.ts'
import { complain, EXIT, sayOne } from '../say.ts'
import { sure } from '../sure.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'
import { lastOwner } from './account-role.ts'

interface RemoveOptions extends ToolOptions {
  readonly yes?: boolean
  readonly erase?: true
}

/** `merpati account remove`: the end of an account, and with `--erase` of what is held about its owner. */
export function addRemoving(group: Command): void {
  onData(group.command('remove <address>'))
    .description('remove an account with all its mail, for good; mail to it is refused from then on')
    .option('--yes', 'do it')
    .option('--erase', 'erase, too, what its organization holds about its address, as "merpati subject erase" does')
    .action((address: string, options: RemoveOptions) =>
      withData(options, async (db, config) => {
        const account = await accountByLogin(db, address.toLowerCase())
        if (account === null) return complain(`there is no account ${address}`, EXIT.failed)
        const { login, usedEmails } = account
        const more = options.erase === true ? ', and all else that is held about it' : ''
        if (!sure(options, `this removes ${login} with its ${usedEmails} messages${more}, for good, and mail to it is refused from then on`)) return
        await (options.erase === true ? erase(db, config, account, options) : remove(db, account, options))
      }),
    )
}

async function remove(db: Database, { id, login, usedEmails }: Account, options: RemoveOptions): Promise<void> {
  const more = () => db.write(removeAccount, { account: id, nowMs: Date.now() })
  let done = await more()
  while (done === 'more') done = await more()
  if (done === 'last-owner') return complain(lastOwner(login), EXIT.failed)
  sayOne({ id, address: login, messages: usedEmails }, `account ${login} removed with ${usedEmails} messages`, options)
}

async function erase(db: Database, config: Config, { id, organization, login, usedEmails }: Account, options: RemoveOptions): Promise<void> {
  const nowMs = Date.now()
  const { auditId, ...fresh } = newErasure(nowMs)
  const audit = { id: auditId, actorKind: 'operator', actor: userName(), action: 'merpati account remove' } as const
  const more = () => db.write(eraseAccount, { account: id, ask: { organization, ...fresh, address: foldAddress(login), audit, nowMs } })
  let done: AccountErased = await more()
  while (done.kind === 'more') done = await more()
  if (done.kind === 'last-owner') return complain(lastOwner(login), EXIT.failed)
  if (done.kind === 'under-way') return complain(`what is held about ${login} is being erased already: "merpati subject erase ${login} --yes" shows how far that is`, EXIT.failed)
  if (done.kind === 'none') return complain(`there is no account ${login} any more`, EXIT.failed)
  const erasure = await finishErasure(db, config, { organization, id: done.erasure })
  sayOne({ id, address: login, messages: usedEmails, erasure: erasure.id, state: erasure.state, changed: erasure.changed }, `account ${login} removed with ${usedEmails} messages; ${sentenceOf(erasure)}`, options)
}

import type { Command } from 'commander'
import { consentAddress, consentOf, shownConsent } from '../../../core/consent/ask.ts'
import type { Consent } from '../../../core/consent/consent.ts'
import { RECORDS_A_READ } from '../../../core/consent/limits.ts'
import { newConsentShape, withdrawalShape } from '../../../core/consent/shape.ts'
import { consentsAfter, recordConsent, withdraw } from '../../../core/consent/sql.ts'
import { ownerOf } from '../owner.ts'
import { everyPage } from '../pages.ts'
import { complain, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface ConsentOptions extends ToolOptions {
  readonly organization?: string
}

interface AddOptions extends ConsentOptions {
  readonly stream: string
  readonly source: string
  readonly wording: string
  readonly textVersion?: string
  readonly client?: string
  readonly proof?: string
  readonly given?: string
}

/** `merpati consent`: who agreed to get mail, when and to which words, and when that ended. */
export function addConsent(program: Command): void {
  const group = program.command('consent').description('records that people agreed to get mail; unsubscribing and complaining end them, and "withdraw"')
  onOrganization(group.command('list [address]', { isDefault: true }))
    .description('list the records, of one address or all')
    .action((address: string | undefined, options: ConsentOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const asked = { organization: owner.id, address: address ?? null, limit: RECORDS_A_READ }
        const rows = (await everyPage<Consent>((last) => consentsAfter(db, { ...asked, after: last?.id ?? '' }))).map(shownConsent)
        sayRows(options.json === true ? rows : rows.map(brief), options, 'there is no record')
      }),
    )
  onOrganization(group.command('add <address>'))
    .description('write down that somebody agreed to get mail; it takes nobody off the suppression list')
    .requiredOption('--source <text>', 'where it was given: the address of a form, a till, an import')
    .requiredOption('--wording <text>', 'the words that were agreed to')
    .option('--stream <stream>', 'to which mail: transactional, broadcast, or one such as broadcast.weekly', 'broadcast')
    .option('--text-version <text>', 'which version of these words')
    .option('--client <ip>', 'the IP address that it came from')
    .option('--proof <text>', 'what proves it beside this record')
    .option('--given <time>', 'such as 2026-01-31T12:00:00Z; now, when it is missing')
    .action((address: string, options: AddOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const { stream, source, wording, textVersion: text_version, client: client_address, proof, given: given_at } = options
        const asked = newConsentShape.safeParse({ email: address, stream, source, wording, text_version, client_address, proof, given_at })
        if (!asked.success) return complain(saidOf(asked.error))
        const consent = consentOf(asked.data, owner.id, Date.now())
        if (!consent.ok) return complain(`${consent.error.field}: ${consent.error.message}`)
        const made = shownConsent(await db.write(recordConsent, consent.value))
        const end = made.withdrawn_at === null ? '' : `; it ended on ${made.withdrawn_at} (${made.withdrawn_by})`
        sayOne(made, `${made.id}: ${made.email} agreed to ${made.stream} on ${made.given_at}${end}`, options)
      }),
    )
  addWithdraw(group)
}

/** `withdraw`: for whoever asked a person, and not our page. */
function addWithdraw(group: Command): void {
  onOrganization(group.command('withdraw <address>'))
    .description('end what an address agreed to, and stop what goes to many, as when its owner had unsubscribed')
    .requiredOption('--reason <text>', 'how it was asked for, such as "by phone"')
    .action((given: string, options: ConsentOptions & { readonly reason: string }) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const asked = withdrawalShape.safeParse({ email: given, reason: options.reason })
        if (!asked.success) return complain(saidOf(asked.error))
        const address = consentAddress(asked.data.email)
        if (!address.ok) return complain(`${given} is no address`)
        const ended = await db.write(withdraw, { organization: owner.id, address: address.value, reason: asked.data.reason, nowMs: Date.now() })
        sayOne({ email: address.value, ended }, `nothing that goes to many is sent to ${address.value} any more; records that ended: ${ended}`, options)
      }),
    )
}

function saidOf({ issues }: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] }): string {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

function onOrganization(command: Command): Command {
  return onData(command).option('--organization <name>', 'whose records, when there are several')
}

/** What fits a line; `--json` shows all of it. */
function brief({ id, email, stream, source, given_at, withdrawn_at }: ReturnType<typeof shownConsent>): Readonly<Record<string, unknown>> {
  return { id, email, stream, source, given_at, withdrawn_at }
}

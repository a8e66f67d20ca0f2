import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { AccountId, Domain, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { accountById } from '../../core/account/sql.ts'
import type { OpenEntry } from '../../core/audit/entry.ts'
import { endAudit } from '../../core/audit/sql.ts'
import type { Acting } from '../../core/audit/sql-audited.ts'
import { domainNamed } from '../../core/domain/sql.ts'
import type { Database } from '../../infra/db/database.ts'

/** A command as it was typed, without where the data lies and how to answer. */
export interface Ran {
  readonly name: string
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

const NOT_ASKED: ReadonlySet<string> = new Set(['config', 'data', 'json', 'yes', 'ran'])

/** What a command is called, and what was asked of it. */
export function ranOf(command: Command): Ran {
  const names: string[] = []
  for (let each: Command | null = command; each !== null; each = each.parent) names.unshift(each.name())
  const said = Object.entries(command.opts<Record<string, unknown>>()).filter(([option]) => !NOT_ASKED.has(option) && command.getOptionValueSource(option) === 'cli')
  return { name: names.join(' '), args: command.args, options: Object.fromEntries(said) }
}

/** Writes that change nothing an administrator has said: what follows the log, and what may be made again. An erasure writes its own entry, without the address. */
const UPKEEP = /^(?:trace|stats|event|lease|applied|segment_home|subject)\./

/** One command at work: who acts, for the database that it writes to. */
export class CommandActing implements Acting {
  readonly #db: Database
  readonly #ran: Ran
  #entry: Promise<OpenEntry> | null = null

  /** `db` is read to know whose things are changed, and how they are before and after. */
  constructor(db: Database, ran: Ran) {
    this.#db = db
    this.#ran = ran
  }

  async entry(write: string, args: unknown): Promise<OpenEntry | null> {
    if (UPKEEP.test(write)) return null
    // Before the first write happens: what is removed has no owner any more.
    return await (this.#entry ??= this.#begun(args))
  }

  /** Completes the entry of what was changed; nothing when nothing was. */
  async end(): Promise<void> {
    const entry = await this.#entry
    if (entry === null) return
    const outcome = process.exitCode !== undefined && process.exitCode !== 0 ? 'failed' : 'done'
    await endAudit(this.#db, entry, { object: entry.object, after: await this.#look(entry.organization), outcome }, 'when-changed')
  }

  async #look(organization: OrganizationId | ''): Promise<unknown> {
    const { lookAt } = await import('./look.ts') // A command that changes nothing loads none of it.
    return await lookAt(this.#db, organization, this.#ran)
  }

  async #begun(args: unknown): Promise<OpenEntry> {
    const { name, args: typed, options } = this.#ran
    const atMs = Date.now()
    const organization = await ownerOf(this.#db, args)
    return {
      ...{ id: makeId('u', atMs), organization, atMs, actorKind: 'operator', actor: userName(), action: name, object: typed[0] ?? null },
      ...{ asked: { args: typed, ...options }, before: await this.#look(organization), address: null, request: null },
    }
  }
}

/** The operator's name on this machine, or his number where nobody gave him one, as in some containers. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`
  }
}

/** Whose things a write is about, by its arguments: they name an organization, an account or a domain. '' for what is the platform's. */
async function ownerOf(db: Database, args: unknown): Promise<OrganizationId | ''> {
  const given = (typeof args === 'object' && args !== null ? args : {}) as Readonly<Record<string, unknown>>
  const text = (name: string): string | null => (typeof given[name] === 'string' ? given[name] : null)
  const organization = text('organization') ?? (text('id')?.startsWith('o') === true ? text('id') : null)
  if (organization !== null) return organization as OrganizationId
  const account = await accountById(db, (text('account') ?? text('id') ?? '') as AccountId)
  const domain = await domainNamed(db, (text('domain') ?? text('name') ?? '') as Domain)
  return account?.organization ?? domain?.organization ?? ''
}

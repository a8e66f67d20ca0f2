import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { AccountId, Domain, OrganizationId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { accountById } from '../../core/account/sql.ts'
import { appendAudit } from '../../core/audit/sql.ts'
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

/** The database of one command, which sees whether it changes something, and whose. */
export class AuditedDatabase implements Database {
  readonly #db: Database
  #changes = 0
  #organization: OrganizationId | '' = ''

  constructor(db: Database) {
    this.#db = db
  }

  get dialect(): Database['dialect'] {
    return this.#db.dialect
  }

  readonly one: Database['one'] = (statement, params) => this.#db.one(statement, params)

  readonly all: Database['all'] = (statement, params) => this.#db.all(statement, params)

  readonly read: Database['read'] = (work) => this.#db.read(work)

  readonly write: Database['write'] = async (write, args, id) => {
    if (!UPKEEP.test(write.name)) {
      this.#changes += 1
      // Before it happens: what is removed has no owner any more.
      if (this.#organization === '') this.#organization = await ownerOf(this.#db, args)
    }
    return await this.#db.write(write, args, id)
  }

  /** Writes down what the command has changed; nothing when it has changed nothing. Every command that changes something is seen here, whoever wrote it. */
  async tell({ name, args, options }: Ran): Promise<void> {
    if (this.#changes === 0) return
    const atMs = Date.now()
    const failed = process.exitCode !== undefined && process.exitCode !== 0
    await appendAudit(this.#db, {
      ...{ id: makeId('u', atMs), organization: this.#organization, atMs, actorKind: 'operator', actor: userName(), action: name, object: args[0] ?? null },
      ...{ asked: { args, ...options }, before: null, after: failed ? { done: 'in part, or not at all' } : null, address: null, request: null },
    })
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#db[Symbol.asyncDispose]()
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

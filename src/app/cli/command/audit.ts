import { type Command, InvalidArgumentError, Option } from 'commander'
import { DAY_MS } from '../../../base/duration.ts'
import type { AuditEntry } from '../../../core/audit/entry.ts'
import { auditEntries } from '../../../core/audit/sql.ts'
import type { OrganizationId } from '../../../base/brand.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { daysOf } from '../days.ts'
import { ownerOf } from '../owner.ts'
import { sayRows } from '../say.ts'
import { onOwned, type OwnedOptions } from '../owned.ts'
import { withData } from '../tool.ts'

interface AuditOptions extends OwnedOptions {
  readonly system?: true
  readonly actor?: string
  readonly action?: string
  readonly object?: string
  readonly days?: number
  readonly limit: number
}

/** `merpati audit`: who changed what. */
export function addAudit(program: Command): void {
  onOwned(program.command('audit'))
    .description('tell who changed what in an organization, the newest first')
    .addOption(new Option('--system', 'what is no organization\'s').conflicts('organization'))
    .option('--actor <id>', 'a key, an account, or a user of this machine')
    .option('--action <text>', 'such as "merpati key create" or "PATCH /v1/webhooks/{id}"')
    .option('--object <text>', 'an id, an address, a name')
    .option('--days <n>', 'the last days only', daysOf)
    .option('--limit <n>', 'how many at most', limitOf, 50)
    .action((options: AuditOptions) =>
      withData(options, async (db) => {
        const owner: { readonly id: OrganizationId | '' } | null = options.system === true ? { id: '' } : await ownerOf(db, options.organization)
        if (owner === null) return
        const { actor = '', action = '', object = '', days, limit } = options
        const sinceMs = days === undefined ? 0 : Date.now() - days * DAY_MS
        const entries = await auditEntries(db, { organization: owner.id, actor, action, object, sinceMs, untilMs: Number.MAX_SAFE_INTEGER, before: '', limit })
        sayRows(entries.map(options.json === true ? whole : shown), options, 'nothing was changed')
      }),
    )
}

function whole({ atMs, ...entry }: AuditEntry): Readonly<Record<string, unknown>> {
  return { at: isoTime(atMs), ...entry }
}

function shown({ atMs, actorKind, actor, action, object, address, outcome }: AuditEntry): Readonly<Record<string, unknown>> {
  return { at: isoTime(atMs), who: `${actorKind} ${actor}`, action, object, from: address, outcome }
}

function limitOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 500) return Number(text)
  throw new InvalidArgumentError('want a whole number from 1 to 500.')
}

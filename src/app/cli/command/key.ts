import type { Command } from 'commander'
import { type ApiKey, apiKeysAfter, createApiKey, revokeApiKey } from '../../../core/access/sql-api-key.ts'
import { ownerOf } from '../owner.ts'
import { everyPage } from '../pages.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface KeyOptions extends ToolOptions {
  readonly organization?: string
  readonly live?: boolean
  readonly scope: readonly string[]
}

/** `merpati key`: API keys. Only their hashes are kept. */
export function addKey(program: Command): void {
  const group = program.command('key').description('API keys')
  onData(group.command('create <name>'))
    .description('make a key; its text is shown once')
    .option('--organization <name>', 'whose, when there are several')
    .option('--live', 'a key that sends in earnest; without it, a test key')
    .option('--scope <scope...>', 'what it may do', ['send', 'read'])
    .action((name: string, options: KeyOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const mode = options.live === true ? 'live' : 'test'
        const made = await createApiKey(db, { organization: owner.id, name, mode, scopes: options.scope, others: 'keep', nowMs: Date.now() })
        sayOne({ ...made }, made.key, options)
      }),
    )
  onData(group.command('list'))
    .description('list keys')
    .option('--organization <name>', 'whose, when there are several')
    .action((options: KeyOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const all = await everyPage<ApiKey>((last) => apiKeysAfter(db, owner.id, last?.id ?? ''))
        sayRows(all.map((key) => ({ ...key })), options, 'no keys')
      }),
    )
  onData(group.command('revoke <id>'))
    .description('end a key')
    .option('--organization <name>', 'whose, when there are several')
    .action((id: string, options: KeyOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        if (!(await revokeApiKey(db, owner.id, id, Date.now()))) return complain(`there is no key ${id}`, EXIT.failed)
        sayOne({ id }, `key ${id} revoked`, options)
      }),
    )
}

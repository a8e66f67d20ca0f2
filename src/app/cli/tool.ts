import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { demoConfig } from '../config/demo.ts'
import { readConfig } from '../config/file.ts'
import { databasePath, openForTool } from '../database.ts'
import type { Database } from '../../infra/db/database.ts'
import { tryToMigrate } from '../try-to-migrate.ts'
import { AuditedDatabase } from '../../core/audit/sql-audited.ts'
import { CommandActing, type Ran, ranOf } from './audited.ts'
import { complain, type Said } from './say.ts'

/** Options that every command on the data has. */
export interface ToolOptions extends Said {
  readonly config?: string
  readonly data?: string
  /** What was typed: set before a command runs. */
  readonly ran?: Ran
}

/** Adds the options that say whose data is meant, and how to answer. */
export function onData(command: Command): Command {
  return command
    .option('--config <file>', 'the configuration of the server (merpati.toml, when it is there)')
    .option('--data <folder>', 'the data of a demo (MERPATI_DATA, or ./data)')
    .option('--json', 'answer in JSON')
    .hook('preAction', (_, action) => void action.setOptionValue('ran', ranOf(action)))
}

/** Opens the data that the options name, runs the command, writes down what it has changed, closes it. Works beside a running server. */
export async function withData(options: ToolOptions, run: (db: Database, config: Config) => Promise<void>): Promise<void> {
  const config = configFor(options)
  if (!config.ok) return complain(config.error)
  if (config.value.database.kind === 'sqlite' && !existsSync(databasePath(config.value))) {
    return complain(`${config.value.dataDir} holds no data yet: start the server once, or name another folder with --data`)
  }
  const migrated = await tryToMigrate(config.value)
  if (!migrated.ok) return complain(migrated.error)
  await using opened = await openForTool(config.value)
  const acting = options.ran === undefined ? null : new CommandActing(opened, options.ran)
  try {
    await run(new AuditedDatabase(opened, () => acting), config.value)
  } finally {
    await acting?.end()
  }
}

function configFor({ config, data }: ToolOptions): ReturnType<typeof readConfig> {
  if (config !== undefined) return readConfig(config)
  if (data === undefined && process.env['MERPATI_DATA'] === undefined && existsSync('merpati.toml')) return readConfig('merpati.toml')
  return demoConfig(data === undefined ? process.env : { ...process.env, MERPATI_DATA: data })
}

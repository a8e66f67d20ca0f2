import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'
import { claimHome } from '../infra/db/sql-home.ts'
import type { Config } from './config/config.ts'
import { openForTool } from './database.ts'

/**
 * A PostgreSQL database can be reached from everywhere, the segments of its large messages lie in one folder. A node with another
 * folder would show mail without bytes, and another node would not see what this one stores: it is refused.
 */
export async function settleHome(config: Config): Promise<Result<void, string>> {
  if (config.database.kind === 'sqlite') return ok(undefined) // Rows and segments are in the same folder.
  await using db = await openForTool(config)
  const ours = { id: folderId(config), place: `${config.dataDir} on ${hostname()}` }
  const home = await claimHome(db, ours)
  if (home.id === ours.id) return ok(undefined)
  return fail(`this PostgreSQL database keeps its large messages in ${home.place}: start there, or copy that folder here, or use another database`)
}

/** The folder's own name, made once. It travels with the folder. */
function folderId({ dataDir }: Config): string {
  const path = join(dataDir, 'home')
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  if (kept !== '') return kept
  const fresh = randomUUID()
  writeFileSync(path, `${fresh}\n`, { mode: 0o640, flush: true })
  return fresh
}

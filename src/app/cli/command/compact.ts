import { join } from 'node:path'
import type { Command } from 'commander'
import { silentLog } from '../../../base/log.ts'
import { FileBlobStore, recoverSegments } from '../../../infra/blob/files.ts'
import { compactSegments, surveySegments } from '../../compact.ts'
import { settleHome } from '../../home.ts'
import { lockDataDir } from '../../lock.ts'
import { complain, EXIT, sayOne, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface CompactOptions extends ToolOptions {
  readonly dryRun?: boolean
}

/** Nothing that the pass does waits for anybody. */
const NEVER = new AbortController().signal

/** `merpati compact`: gives back the space of removed large messages at once. A running server does it by itself, an hour later. */
export function addCompact(program: Command): void {
  onData(program.command('compact'))
    .description('give back the space of large messages that are gone; the server must not run (it does this by itself)')
    .option('--dry-run', 'only list the segments and what is alive in them; beside a running server too')
    .action((options: CompactOptions) =>
      withData(options, async (db, config) => {
        const folder = join(config.dataDir, 'segments')
        await using blobs = new FileBlobStore({ folder, writer: 'compact', nowMs: Date.now, log: silentLog })
        const given = { db, blobs, nowMs: Date.now, settledMs: 0, log: silentLog }
        if (options.dryRun === true) {
          const uses = await surveySegments(given)
          const rows = uses.map(({ segment, bytes, liveBytes, messages, busy }) => ({ segment, bytes, live_bytes: liveBytes, messages, open: busy }))
          return sayRows(rows, options, 'no segments')
        }
        const lock = lockDataDir(config.dataDir)
        if (!lock.ok) return complain(lock.error)
        try {
          const home = await settleHome(config)
          if (!home.ok) return complain(home.error)
          await recoverSegments(folder, NEVER)
          const { removed, freedBytes, movedMessages, movedBytes, damaged } = await compactSegments(given, NEVER)
          if (damaged.length > 0) complain(`damaged, and left as they are: ${damaged.join(', ')}; "merpati verify" shows what cannot be read`, EXIT.failed)
          const sentence = `${removed} segments removed, ${freedBytes} bytes; ${movedMessages} messages moved, ${movedBytes} bytes`
          sayOne({ removed, freed_bytes: freedBytes, moved_messages: movedMessages, moved_bytes: movedBytes, damaged }, sentence, options)
        } finally {
          lock.value.release()
        }
      }),
    )
}

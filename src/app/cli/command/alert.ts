import type { Command } from 'commander'
import { isoTime } from '../../../base/iso-time.ts'
import { KEPT_MS } from '../../../core/alert/limits.ts'
import { alertsOf } from '../../../core/alert/sql.ts'
import { ownerOf } from '../owner.ts'
import { sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface AlertOptions extends ToolOptions {
  readonly organization?: string
  readonly all?: true
}

/** `merpati alert`: what is wrong now. */
export function addAlert(program: Command): void {
  onData(program.command('alert'))
    .description('list what is wrong now, the newest first; what concerns the whole installation is told to the first organization')
    .option('--organization <name>', 'whose, when there are several')
    .option('--all', 'those resolved in the last 90 days, too')
    .action((options: AlertOptions) =>
      withData(options, async (db) => {
        const owner = await ownerOf(db, options.organization)
        if (owner === null) return
        const nowMs = Date.now()
        const alerts = await alertsOf(db, owner.id, options.all === true ? nowMs - KEPT_MS : nowMs)
        sayRows(alerts.map(({ rule, subject, severity, text, raisedMs, resolvedMs }) => ({ severity, rule, subject, raised: isoTime(raisedMs), resolved: resolvedMs === null ? '' : isoTime(resolvedMs), text: text.en })), options, 'nothing is wrong')
      }),
    )
}

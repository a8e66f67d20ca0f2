import type { Command } from 'commander'
import { deliveriesAfter } from '../../../core/queue/sql.ts'
import { sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

/** `merpati queue`: mail on its way out; in the demo, mail that was captured instead of sent. */
export function addQueue(program: Command): void {
  const group = program.command('queue').description('mail on its way; in the demo, mail that was kept instead of sent')
  onData(group.command('list', { isDefault: true }))
    .description('list deliveries that are not settled, oldest first, at most 500')
    .action((options: ToolOptions) =>
      withData(options, async (db) => {
        const all = await deliveriesAfter(db, '')
        const rows = all.map(({ id, state, sender, recipient, message, sizeBytes, attempts, createdMs, dueMs }) => ({
          id,
          state,
          from: sender === '' ? '<>' : sender,
          to: recipient,
          message,
          bytes: sizeBytes,
          attempts,
          queued: new Date(createdMs).toISOString(),
          due: new Date(dueMs).toISOString(),
        }))
        sayRows(rows, options, 'nothing waits')
      }),
    )
}

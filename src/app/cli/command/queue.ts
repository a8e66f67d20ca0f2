import { type Command, InvalidArgumentError } from 'commander'
import { deliveriesAfter, type ListedDelivery } from '../../../core/queue/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { remark, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'

interface QueueOptions extends ToolOptions {
  readonly limit: number
  readonly after: string
}

/** Deliveries shown when nobody says how many: a queue may hold millions. */
const USUAL_LIMIT = 500

/** `merpati queue`: mail on its way out; in the demo, mail that was captured instead of sent. */
export function addQueue(program: Command): void {
  const group = program.command('queue').description('mail on its way; in the demo, mail that was kept instead of sent')
  onData(group.command('list', { isDefault: true }))
    .description('list deliveries that are not settled, oldest first; says so when there are more')
    .option('--limit <n>', 'how many at most', countOf, USUAL_LIMIT)
    .option('--after <id>', 'only those after this one', '')
    .action((options: QueueOptions) =>
      withData(options, async (db) => {
        const found = await waiting(db, options)
        const rows = found.slice(0, options.limit).map(shown)
        sayRows(rows, options, 'nothing waits')
        if (found.length > options.limit) remark(`there are more: --after ${rows.at(-1)?.id ?? ''} goes on`)
      }),
    )
}

/** One more than is shown, if there are as many: so it is known whether that was all. */
async function waiting(db: Database, { limit, after }: QueueOptions): Promise<readonly ListedDelivery[]> {
  const found: ListedDelivery[] = []
  for (let page = await deliveriesAfter(db, after); page.length > 0; page = await deliveriesAfter(db, found.at(-1)?.id ?? after)) {
    found.push(...page)
    if (found.length > limit) break
  }
  return found
}

function shown({ id, state, sender, recipient, message, sizeBytes, attempts, createdMs, dueMs }: ListedDelivery) {
  return {
    id,
    state,
    from: sender === '' ? '<>' : sender,
    to: recipient,
    message,
    bytes: sizeBytes,
    attempts,
    queued: new Date(createdMs).toISOString(),
    due: new Date(dueMs).toISOString(),
  }
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('want a whole number from 1 on.')
}

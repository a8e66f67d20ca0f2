import { type Command, InvalidArgumentError } from 'commander'
import type { DeliveryId } from '../../../base/brand.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { deliveryById, type FoundDelivery } from '../../../core/queue/sql-find.ts'
import { lanesOfSite } from '../../../core/queue/sql-site.ts'
import { deliveriesAfter, type ListedDelivery } from '../../../core/queue/sql.ts'
import type { Database } from '../../../infra/db/database.ts'
import { complain, EXIT, remark, sayRow, sayRows } from '../say.ts'
import { onData, type ToolOptions, withData } from '../tool.ts'
import { addOperations } from './queue-operations.ts'

interface QueueOptions extends ToolOptions {
  readonly limit: number
  readonly after: string
  readonly site: string
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
    .option('--site <name>', 'only those to a site, as "merpati lane explain" names it', '')
    .action((options: QueueOptions) =>
      withData(options, async (db) => {
        const found = await waiting(db, options)
        const rows = found.slice(0, options.limit).map(shown)
        sayRows(rows, options, 'nothing waits')
        if (found.length > options.limit) remark(`there are more: --after ${rows.at(-1)?.id ?? ''} goes on`)
      }),
    )
  onData(group.command('show <id>'))
    .description('show a delivery: where it stands, what was said last, when it is tried again')
    .action((id: string, options: ToolOptions) =>
      withData(options, async (db) => {
        const found = await deliveryById(db, id as DeliveryId)
        if (found === null) return complain(`there is no delivery ${id}: settled ones are forgotten after a week`, EXIT.failed)
        sayRow(wholly(found), options)
      }),
    )
  addOperations(group)
}

function wholly({ id, state, message, sender, recipient, stream, site, attempts, createdMs, dueMs, expiresMs, heldFor, last, possibleDuplicate }: FoundDelivery): Readonly<Record<string, unknown>> {
  return {
    id,
    state,
    message,
    from: sender === '' ? '<>' : sender,
    to: recipient,
    stream,
    site,
    attempts,
    queued: isoTime(createdMs),
    due: isoTime(dueMs),
    expires: isoTime(expiresMs),
    heldFor,
    lastStatus: last?.status ?? null,
    lastAnswer: last?.text ?? null,
    lastHost: last?.host ?? null,
    lastTried: last === null ? null : isoTime(last.atMs),
    possibleDuplicate,
  }
}

/** One more than is shown, if there are as many: so it is known whether that was all. */
async function waiting(db: Database, { limit, after, site: name }: QueueOptions): Promise<readonly ListedDelivery[]> {
  const found: ListedDelivery[] = []
  const site = await lanesOfSite(db, name)
  for (let page = await deliveriesAfter(db, after, site); page.length > 0; page = await deliveriesAfter(db, found.at(-1)?.id ?? after, site)) {
    found.push(...page)
    if (found.length > limit) break
  }
  return found
}

function shown({ id, state, sender, recipient, message, sizeBytes, attempts, createdMs, dueMs, heldFor }: ListedDelivery) {
  return {
    id,
    state,
    from: sender === '' ? '<>' : sender,
    to: recipient,
    message,
    bytes: sizeBytes,
    attempts,
    queued: isoTime(createdMs),
    due: isoTime(dueMs),
    heldFor,
  }
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('want a whole number from 1 on.')
}

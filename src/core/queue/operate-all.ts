import { lanesOfSite, type Reads } from './sql-site.ts'
import { type Operated, operate, type Operation, type Selection } from './sql-operate.ts'

/** What is to be done to which deliveries, and who says so. */
export interface OperateAll {
  readonly operation: Operation
  readonly selection: Selection
  /** Where a reroute sends them: `viaLane`; '' for the way that MX records name. */
  readonly lane?: string
  readonly by: string
  readonly nowMs: number
}

/** What of the database it takes. */
interface Writes extends Reads {
  write(write: typeof operate, args: Parameters<typeof operate.run>[1]): Promise<Operated>
}

/** Operates on all deliveries that are meant, two hundred a write. Returns how many there were. */
export async function operateAll(db: Writes, { operation, selection, lane = '', by, nowMs }: OperateAll): Promise<number> {
  const { lanes } = await lanesOfSite(db, selection.site)
  let changed = 0
  for (let after: string | null = ''; after !== null; ) {
    const done: Operated = await db.write(operate, { operation, selection, lanes, lane, after, by, nowMs })
    changed += done.changed
    after = done.next
  }
  return changed
}

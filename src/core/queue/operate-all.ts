import { type Operated, operate, type Operation, type Selection } from './sql-operate.ts'

/** What is to be done to which deliveries, and who says so. */
export interface OperateAll {
  readonly operation: Operation
  readonly selection: Selection
  readonly by: string
  readonly nowMs: number
}

/** What of the database it takes. */
interface Writes {
  write(write: typeof operate, args: Parameters<typeof operate.run>[1]): Promise<Operated>
}

/** Operates on all deliveries that are meant, two hundred a write. Returns how many there were. */
export async function operateAll(db: Writes, { operation, selection, by, nowMs }: OperateAll): Promise<number> {
  let changed = 0
  for (let after: string | null = ''; after !== null; ) {
    const done: Operated = await db.write(operate, { operation, selection, after, by, nowMs })
    changed += done.changed
    after = done.next
  }
  return changed
}

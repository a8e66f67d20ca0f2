import type { Position } from './event.ts'

/** Whether a place in the log is before another one. The log is in the order of transactions, and of numbers within each: see `sql.ts`. */
export function isBehind(one: Position, other: Position): boolean {
  const [a, b] = [partsOf(one), partsOf(other)]
  return a.transaction === b.transaction ? a.id < b.id : a.transaction < b.transaction
}

/** The place among those that is before all others; null for none. */
export function slowest(positions: Iterable<readonly [reader: string, position: Position]>): { readonly reader: string; readonly position: Position } | null {
  let least: { readonly reader: string; readonly position: Position } | null = null
  for (const [reader, position] of positions) if (least === null || isBehind(position, least.position)) least = { reader, position }
  return least
}

function partsOf(position: Position): { readonly transaction: bigint; readonly id: bigint } {
  const [transaction = '0', id = '0'] = position === '' ? [] : position.split(':')
  return { transaction: BigInt(transaction), id: BigInt(id) }
}

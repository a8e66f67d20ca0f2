import type { Scanner } from './scanner.ts'

/** A space and a mailbox name: all that many commands take. */
export function scanMailbox(s: Scanner): string {
  s.need(' ')
  return s.mailbox()
}

/** Words in parentheses, parted by spaces, at most `limit`; `read` reads one. */
export function scanList<T>(s: Scanner, limit: number, read: (s: Scanner) => T): readonly T[] {
  const items: T[] = []
  s.need('(')
  if (s.skip(')')) return items
  do {
    if (items.length === limit) s.fail('too many items')
    items.push(read(s))
  } while (s.skip(' '))
  s.need(')')
  return items
}

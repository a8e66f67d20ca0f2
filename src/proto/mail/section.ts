import type { MessageIndex, Part } from './part.ts'
import type { Range } from './view.ts'

/** What of a part a section names. RFC 9051 §6.4.5.1: `all` is `BODY[1]` or `BODY[]`. */
export type SectionOf = 'all' | 'header' | 'text' | 'mime'

/**
 * The bytes that an IMAP section such as `BODY[2.1.HEADER]` names, as a range of the view; null when there is no such part.
 *
 * `path` are its numbers, empty for the whole message. HEADER and TEXT are those of a message: of the whole one, or of a
 * message/rfc822 part. MIME is the header of any numbered part.
 */
export function findSection(index: MessageIndex, path: readonly number[], of: SectionOf): Range | null {
  if (path.length === 0) {
    if (of === 'mime') return null
    return rangeOf(index.root, of, index.size)
  }
  const part = findPart(index, path)
  if (part === null) return null
  if (of === 'all') return { start: part.bodyStart, end: part.bodyEnd }
  if (of === 'mime') return { start: part.headerStart, end: part.bodyStart }
  const inside = part.envelope === null ? undefined : part.children[0]
  return inside === undefined ? null : rangeOf(inside, of, inside.bodyEnd)
}

/**
 * The part that `path` numbers, or null. RFC 9051 §6.4.5.1: parts of a multipart count from 1; a message that is no multipart has
 * part 1, its body; numbers go through a message/rfc822 into the message inside. The empty path is the root.
 */
export function findPart(index: MessageIndex, path: readonly number[]): Part | null {
  let part: Part | null = index.root
  let whole = true // Is `part` a whole message, whose body is numbered, rather than a numbered part?
  for (const number of path) {
    if (!whole && part.type === 'message') part = part.children[0] ?? null
    else if (!whole && part.type !== 'multipart') return null
    if (part === null) return null
    if (part.type === 'multipart') part = part.children[number - 1] ?? null
    else if (number !== 1) return null
    if (part === null) return null
    whole = false
  }
  return part
}

/** A part with the numbers that IMAP names it by. */
export interface NumberedPart {
  readonly path: readonly number[]
  readonly part: Part
}

/** Every part with its path, outermost first; parts inside a message/rfc822 come too when `into` says so. */
export function walkParts({ root }: MessageIndex, into: 'nested-messages' | 'own-parts'): readonly NumberedPart[] {
  const found: NumberedPart[] = []
  walk(root, [], into, found)
  return found
}

/** An index has a limit of parts and of depth, so a list of them is short, and cheaper than asking for one after the other. */
function walk(root: Part, path: readonly number[], into: 'nested-messages' | 'own-parts', found: NumberedPart[]): void {
  // A message that is no multipart has its body as part 1.
  const parts = root.type === 'multipart' ? root.children : [root]
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? root
    const own = [...path, at + 1]
    found.push({ path: own, part })
    if (part.type === 'multipart') walk(part, own, into, found)
    const inside = part.envelope === null || into === 'own-parts' ? undefined : part.children[0]
    if (inside !== undefined) walk(inside, own, into, found)
  }
}

function rangeOf(message: Part, of: 'all' | 'header' | 'text', end: number): Range {
  switch (of) {
    case 'all':
      return { start: message.headerStart, end }
    case 'header':
      return { start: message.headerStart, end: message.bodyStart }
    case 'text':
      return { start: message.bodyStart, end }
  }
}

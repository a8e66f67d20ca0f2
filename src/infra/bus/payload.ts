import type { Hint, Hints } from './bus.ts'
import { MAX_PAYLOAD_BYTES } from './limits.ts'

/** A notice of another node. */
export interface Notice {
  readonly node: string
  readonly hints: Hints
}

/** Makes as few payloads of at most 7 KiB as hold all hints. A hint that is too large for one is dropped. */
export function pack(node: string, hints: Hints): readonly string[] {
  const frame = Buffer.byteLength(JSON.stringify([node, []]))
  const payloads: string[] = []
  let entries: string[] = []
  let bytes = frame
  const close = (): void => {
    if (entries.length > 0) payloads.push(`[${JSON.stringify(node)},[${entries.join(',')}]]`)
    entries = []
    bytes = frame
  }
  for (const hint of hints) {
    const entry = JSON.stringify(hint)
    const size = Buffer.byteLength(entry) + 1
    if (frame + size > MAX_PAYLOAD_BYTES) continue
    if (bytes + size > MAX_PAYLOAD_BYTES) close()
    entries.push(entry)
    bytes += size
  }
  close()
  return payloads
}

/** Reads a payload; null when it is none of ours: anybody with the database's password may send on the channel. */
export function unpack(payload: string): Notice | null {
  const [node, hints] = parsed(payload)
  if (typeof node !== 'string' || !Array.isArray(hints)) return null
  return { node, hints: hints.filter(isEntry) }
}

function parsed(payload: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(payload)
    return Array.isArray(value) ? value : []
  } catch {
    return [] // Not JSON, hence not ours.
  }
}

function isEntry(entry: unknown): entry is readonly [string, Hint] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'object' && entry[1] !== null
}

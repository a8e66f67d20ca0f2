import type { Taken, Wire } from '../../../base/wire.ts'
import type { Content } from './content.ts'
import { DataScanner } from './data-scanner.ts'
import { MAX_DISCARDED_BYTES, TAKE_BYTES } from './limits.ts'

/** How reading a message ended. `flood`: it was refused, and the sender went on for too long. */
export type Received = 'complete' | 'left' | 'timeout' | 'flood'

/** How long to wait for the next bytes, and the session's signal. */
export interface Patience {
  readonly withinMs: number
  readonly signal: AbortSignal
}

/** Reads a message up to CRLF.CRLF; what follows stays on the wire. RFC 5321 §4.1.1.4. */
export async function receiveData(wire: Wire, content: Content, patience: Patience): Promise<Received> {
  const scanner = new DataScanner()
  let dropped = 0
  for (;;) {
    const taken = await takeThrough(wire, TAKE_BYTES, patience)
    if (taken.kind !== 'bytes') return taken.kind === 'timeout' ? 'timeout' : 'left'
    const scan = scanner.push(taken.bytes)
    const adding = content.add(scan.content, scan.ended ? 'last' : 'more')
    if (adding !== null) await adding
    if (scan.used < taken.bytes.length) wire.putBack(taken.bytes.subarray(scan.used))
    if (scan.ended) return 'complete'
    if (content.refusal === null) continue
    dropped += scan.used
    if (dropped > MAX_DISCARDED_BYTES) return 'flood'
  }
}

/** Reads the `size` octets of one BDAT chunk into `content`; null drops them. RFC 3030 §2. */
export async function receiveChunk(wire: Wire, size: number, content: Content | null, patience: Patience): Promise<Received> {
  let left = size
  while (left > 0) {
    const taken = await takeThrough(wire, Math.min(left, TAKE_BYTES), patience)
    if (taken.kind !== 'bytes') return taken.kind === 'timeout' ? 'timeout' : 'left'
    left -= taken.bytes.length
    const adding = content?.add(taken.bytes, 'more') ?? null
    if (adding !== null) await adding
  }
  return 'complete'
}

/** Takes bytes also while we are stopping: a message under way is completed. */
async function takeThrough(wire: Wire, maxBytes: number, { withinMs, signal }: Patience): Promise<Taken> {
  const taken = await wire.take(maxBytes, withinMs, signal)
  return taken.kind === 'aborted' ? await wire.take(maxBytes, withinMs, new AbortController().signal) : taken
}

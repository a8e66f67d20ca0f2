import type { MemoryWire } from './memory-wire.ts'

/**
 * Joins two wires in memory: what one session says the other hears, until both have ended. Cut into pieces of `pieceBytes`
 * when it is given, as a network might. Resolves when both have ended.
 */
export async function joinWires(a: MemoryWire, b: MemoryWire, pieceBytes = Number.POSITIVE_INFINITY): Promise<void> {
  await Promise.all([carry(a, b, pieceBytes), carry(b, a, pieceBytes)])
}

async function carry(from: MemoryWire, to: MemoryWire, pieceBytes: number): Promise<void> {
  for (;;) {
    const bytes = await from.hearBytes()
    if (bytes.length === 0) {
      to.hangUp()
      return
    }
    // Each piece gets its own turn of the event loop; what is long is cut at its beginning only, to keep tests fast.
    let at = 0
    for (let piece = 0; piece < 20 && at + pieceBytes < bytes.length; piece++, at += pieceBytes) {
      to.say(bytes.slice(at, at + pieceBytes))
      await new Promise((resolve) => setImmediate(resolve))
    }
    to.say(bytes.slice(at))
  }
}

const CR = 13
const LF = 10

/**
 * The head of a message, the empty line, and at most `lines` lines of its body, for TOP. RFC 1939 §7.
 * Stops pulling as soon as it has them; a message without an empty line is all head.
 */
export async function* top(body: AsyncIterable<Uint8Array>, lines: number): AsyncGenerator<Uint8Array> {
  let left = lines
  let inHead = true
  let line: 'empty' | 'cr' | 'text' = 'empty' // What has come since the last LF.
  for await (const chunk of body) {
    let at = 0
    while (inHead && at < chunk.length) {
      const lf = chunk.indexOf(LF, at)
      const end = lf === -1 ? chunk.length : lf
      if (end > at) line = line === 'empty' && end === at + 1 && chunk[at] === CR ? 'cr' : 'text'
      at = end
      if (lf === -1) break
      inHead = line === 'text'
      line = 'empty'
      at = lf + 1
    }
    while (!inHead && left > 0 && at < chunk.length) {
      const lf = chunk.indexOf(LF, at)
      at = lf === -1 ? chunk.length : lf + 1
      if (lf !== -1) left -= 1
    }
    const done = !inHead && left === 0
    yield done ? chunk.subarray(0, at) : chunk
    if (done) return
  }
}

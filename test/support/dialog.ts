import assert from 'node:assert/strict'
import type { MemoryWire } from './memory-wire.ts'

/**
 * A dialog is a text file of what the client says and what the server must answer.
 *
 *     # a comment
 *     C: EHLO client.example        a line, CRLF added; adjacent C lines are one pipelined write
 *     C! "raw\r\nbytes"             a JSON string, sent as it is (Latin-1: one character is one byte)
 *     S: 250 2.0.0 Ok               the next line, exactly
 *     S~ 250                        the next line starts with this
 *     S/ ^\* \d+ EXISTS$            the next line matches this regular expression
 *     S* A1 OK                      lines are skipped until one starts with this
 *     S.                            the server has closed the connection
 *     2C: / 2S: ...                 the same on a second connection (1 is the default; up to 9)
 */
export interface Step {
  readonly line: number
  readonly who: number
  readonly kind: 'C:' | 'C!' | 'S:' | 'S~' | 'S/' | 'S*' | 'S.'
  readonly text: string
}

/** Reads a dialog file. Throws with the line number for what is no step. */
export function parseDialog(source: string): readonly Step[] {
  const steps: Step[] = []
  for (const [index, raw] of source.split('\n').entries()) {
    if (raw.trim() === '' || raw.startsWith('#')) continue
    const found = /^([1-9]?)(C:|C!|S:|S~|S\/|S\*|S\.) ?(.*)$/.exec(raw)
    assert.ok(found, `line ${index + 1} is no dialog step: ${raw}`)
    steps.push({ line: index + 1, who: Number(found[1] || 1), kind: found[2] as Step['kind'], text: found[3] ?? '' })
  }
  return steps
}

/** Plays a dialog; `connect` opens connection `who` when it is first named. Waits at most 10 s for each answer. */
export async function playDialog(source: string, connect: (who: number) => MemoryWire): Promise<void> {
  const talkers = new Map<number, Talker>()
  const steps = parseDialog(source)
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as Step
    let talker = talkers.get(step.who)
    if (talker === undefined) talkers.set(step.who, (talker = new Talker(connect(step.who))))
    if (step.kind === 'C:' || step.kind === 'C!') {
      let bytes = said(step)
      for (let next = steps[i + 1]; next !== undefined && next.who === step.who && next.kind.startsWith('C'); next = steps[i + 1]) {
        bytes = Buffer.concat([bytes, said(next)])
        i++
      }
      talker.wire.say(bytes)
      continue
    }
    await talker.expect(step)
  }
  for (const { wire } of talkers.values()) wire.hangUp()
}

function said(step: Step): Buffer {
  return step.kind === 'C!' ? Buffer.from(JSON.parse(step.text) as string, 'latin1') : Buffer.from(`${step.text}\r\n`)
}

class Talker {
  readonly wire: MemoryWire
  #text = ''

  constructor(wire: MemoryWire) {
    this.wire = wire
  }

  async expect(step: Step): Promise<void> {
    if (step.kind === 'S.') {
      while (!this.wire.ended) this.#text += await this.#hear(step)
      assert.equal(this.#text, '', `line ${step.line}: expected the connection to close without another word`)
      return
    }
    for (;;) {
      const line = await this.#line(step)
      if (step.kind === 'S*' && !line.startsWith(step.text)) continue
      if (step.kind === 'S:') assert.equal(line, step.text, `line ${step.line}`)
      if (step.kind === 'S~') assert.ok(line.startsWith(step.text), `line ${step.line}: expected "${step.text}...", got "${line}"`)
      if (step.kind === 'S/') assert.match(line, new RegExp(step.text, 'u'), `line ${step.line}`)
      return
    }
  }

  async #line(step: Step): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\r\n')
      if (end !== -1) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        return line
      }
      const more = await this.#hear(step)
      assert.notEqual(more, '', `line ${step.line}: the server closed; expected ${step.kind} ${step.text}`)
      this.#text += more
    }
  }

  async #hear(step: Step): Promise<string> {
    let timer: NodeJS.Timeout | undefined
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`line ${step.line}: no answer; expected ${step.kind} ${step.text}; unread: ${this.#text}`)), 10_000)
    })
    try {
      return await Promise.race([this.wire.hear(), silence])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Names without room that are remembered. */
const MAX_FULL = 10_000

/** Who has no room left, until when: saves asking again. A hint of bounded size; what it forgets is asked for once more. */
export class FullUntil {
  readonly #untilMs = new Map<string, number>()

  note(key: string, untilMs: number): void {
    if (this.#untilMs.size >= MAX_FULL) this.#untilMs.clear()
    this.#untilMs.set(key, untilMs)
  }

  /** Null when nothing is known. What is over is told, too. */
  of(key: string): number | null {
    return this.#untilMs.get(key) ?? null
  }
}

/** Names that are remembered. */
const MAX_KNOWN = 10_000

/** What was found out of a name, until when it holds: saves finding out again. A hint of bounded size; what it forgets is found once more. */
export class KnownUntil {
  readonly #untilMs = new Map<string, number>()

  note(key: string, untilMs: number): void {
    if (this.#untilMs.size >= MAX_KNOWN) this.#untilMs.clear()
    this.#untilMs.set(key, untilMs)
  }

  /** Null when nothing is known. What is over is told, too. */
  of(key: string): number | null {
    return this.#untilMs.get(key) ?? null
  }
}

import { setTimeout as wait } from 'node:timers/promises'

/** Runs something at once and then again and again, until `signal` aborts. It rejects when a run does. */
export async function repeat(everyMs: number, signal: AbortSignal, run: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await run(signal)
    await wait(everyMs, undefined, { signal, ref: false }).catch(() => {}) // Aborted: the loop ends.
  }
}

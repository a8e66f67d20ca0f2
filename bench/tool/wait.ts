import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/** Number that statfs gives for memory file systems (tmpfs): a sync costs nothing there. */
const TMPFS = 0x01021994

/** Quiet time before a round, so that write-back and clocks of the round before do not weigh on the next. */
const COOL_MS = 1_500

/** Lets the machine come to rest between two rounds. */
export function cool(): Promise<void> {
  return wait(COOL_MS)
}

/** Asks until the answer is yes, `everyMs`. Throws after `withinMs`, saying what it waited for. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 20): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}`)
    await wait(everyMs)
  }
}

/** The folder for data of both sides. Throws when it is in memory: nothing durable could be measured there. */
export function benchFolder(): string {
  const folder = tmpdir()
  if (statfsSync(folder).type === TMPFS) throw new Error(`${folder} is in memory: set TMPDIR to a folder on a disk`)
  return folder
}

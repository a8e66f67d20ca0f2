import { setTimeout as wait } from 'node:timers/promises'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'
import { pidOf, startMerpati, stopPolitely, untilIdle } from '../peers/merpati.ts'
import { residentBytes } from '../tool/process.ts'
import { cool } from '../tool/wait.ts'

/** How long it is left alone before its memory counts as idle. */
const SETTLE_MS = 5_000

/** From the start of the process to `Ready`, on an empty folder and again on what the first start made; and memory at rest. */
export async function start({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const first: number[] = []
  const again: number[] = []
  const resident: number[] = []
  for (let round = 0; round <= rounds; round++) {
    await cool()
    const begun = performance.now()
    await using demo = await startMerpati()
    const firstMs = performance.now() - begun
    await untilIdle(demo)
    await wait(SETTLE_MS)
    const megabytes = residentBytes(pidOf(demo)) / 1e6
    await stopPolitely(demo)
    const begunAgain = performance.now()
    await demo.restart()
    const againMs = performance.now() - begunAgain
    say(`start, ${round === 0 ? 'warm-up' : `round ${round}`}: ${firstMs.toFixed(0)} ms, again ${againMs.toFixed(0)} ms, ${megabytes.toFixed(0)} MB`)
    if (round === 0) continue // The compile cache is made here.
    first.push(firstMs)
    again.push(againMs)
    resident.push(megabytes)
  }
  const alone = { peer: null }
  return [
    { ...alone, name: 'start to Ready, empty folder', unit: 'ms', ours: median(first), goal: { kind: 'at-most', limit: 2000 }, note: `rounds ${spread(first)}; makes the certificate, accounts and samples` },
    { ...alone, name: 'start to Ready, existing data', unit: 'ms', ours: median(again), goal: { kind: 'at-most', limit: 2000 }, note: `rounds ${spread(again)}` },
    { ...alone, name: 'resident memory, idle', unit: 'MB', ours: median(resident), goal: { kind: 'at-most', limit: 200 }, note: `${SETTLE_MS / 1000} s after Ready; program text included` },
  ]
}

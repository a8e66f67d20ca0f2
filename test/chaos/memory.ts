import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import type { Demo } from '../support/server.ts'

/** What abuse may cost: the figure of the issue. */
const MAX_GROWTH_BYTES = 150 * 1024 * 1024

/** Does `abuse` and fails when the server's resident memory was ever more than 150 MB above what it was before. */
export async function growsLittle(demo: Demo, abuse: (look: () => void) => Promise<void>): Promise<void> {
  const before = residentBytes(demo)
  let peak = before
  const look = (): void => void (peak = Math.max(peak, residentBytes(demo)))
  const looks = setInterval(look, 20)
  try {
    await abuse(look)
    look()
  } finally {
    clearInterval(looks)
  }
  const growth = Math.round((peak - before) / 2 ** 20)
  assert.ok(peak - before < MAX_GROWTH_BYTES, `memory grew by ${growth} MB`)
}

function residentBytes({ child }: Demo): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'latin1'))
  assert.ok(found, 'the server runs')
  return Number(found[1]) * 1024
}

import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second in /proc: fixed at 100 for programs on Linux. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly parent: number
  readonly ownTicks: number
  readonly reapedTicks: number
}

/**
 * Milliseconds of CPU that a process and all below it have used so far, children that have ended included (their parent
 * holds their sum once it has reaped them). In steps of 10 ms.
 */
export function cpuMs(pid: number): number {
  const stats = new Map<number, Stat>()
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(`/proc/${entry}/stat`) : null
    if (stat !== null) stats.set(Number(entry), stat)
  }
  let ticks = 0
  for (const [id, stat] of stats) if (isBelow(id, pid, stats)) ticks += stat.ownTicks + stat.reapedTicks
  return (ticks * 1000) / TICKS_PER_SECOND
}

/** Milliseconds of CPU by thread of one process: `[name, ms]`, in the order of their start. Threads that ended are missing. */
export function threadCpuMs(pid: number): ReadonlyMap<number, { readonly name: string; readonly ms: number }> {
  const threads = new Map<number, { name: string; ms: number }>()
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const stat = readStat(`/proc/${pid}/task/${id}/stat`)
    const name = read(`/proc/${pid}/task/${id}/comm`)?.trim() ?? id
    if (stat !== null) threads.set(Number(id), { name, ms: (stat.ownTicks * 1000) / TICKS_PER_SECOND })
  }
  return threads
}

/** Bytes that a process and all below it hold in memory that no file backs: what it alone costs. */
export function anonymousBytes(pid: number): number {
  return field(pid, 'RssAnon')
}

/** Bytes of memory that are resident for a process, its program text included. */
export function residentBytes(pid: number): number {
  return field(pid, 'VmRSS')
}

/** Process ids of `pid` and all below it. */
export function family(pid: number): readonly number[] {
  const stats = new Map<number, Stat>()
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(`/proc/${entry}/stat`) : null
    if (stat !== null) stats.set(Number(entry), stat)
  }
  return [...stats.keys()].filter((id) => isBelow(id, pid, stats))
}

function field(pid: number, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`) ?? '')
  return Number(found?.[1] ?? Number.NaN) * 1024
}

function isBelow(id: number, top: number, stats: ReadonlyMap<number, Stat>): boolean {
  for (let at = id; at > 1; at = stats.get(at)?.parent ?? 0) if (at === top) return true
  return false
}

/** proc(5): the name may hold anything, so fields are counted from its closing parenthesis. */
function readStat(path: string): Stat | null {
  const text = read(path)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number)
  const [, parent = 0] = fields
  const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11)
  return { parent, ownTicks: user + system, reapedTicks: reapedUser + reapedSystem }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null // It ended in between.
  }
}

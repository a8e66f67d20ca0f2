import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchOptions, Figure } from '../figure.ts'
import { startMerpati, stopPolitely, untilIdle } from '../peers/merpati.ts'
import { smtpSource } from '../tool/smtp-source.ts'
import { benchFolder } from '../tool/wait.ts'

const LOAD = { sessions: 20, messages: 6000, bytes: 10 * 1024, to: 'budi@merpati.test', connections: 'kept' } as const

/** Microseconds between two looks of the profiler. */
const INTERVAL_US = 200

/** Stages of fewer microseconds a message than this are added up. */
const SMALL_US = 20

/** What V8's profiler writes: nodes of the call tree, and which of them was on top at each look. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Microseconds of each stage of a message, summed over all threads: own time of the code, from V8's sampling profiler. */
export async function stages({ say }: BenchOptions): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(benchFolder(), 'merpati-profile-'))
  try {
    const options = `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-interval=${INTERVAL_US}`
    await using demo = await startMerpati({ NODE_OPTIONS: options })
    await untilIdle(demo)
    await smtpSource({ ...LOAD, port: demo.ports.smtp })
    await untilIdle(demo)
    await stopPolitely(demo)
    const totals = new Map<string, number>()
    for (const file of readdirSync(folder)) addUp(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile, totals)
    say(`stages: ${readdirSync(folder).length} profiles`)
    const each = [...totals].map(([stage, us]) => figure(stage, us / LOAD.messages)).toSorted((a, b) => b.ours - a.ours)
    const small = each.filter(({ ours }) => ours < SMALL_US)
    return [...each.slice(0, each.length - small.length), figure('everything smaller', small.reduce((sum, { ours }) => sum + ours, 0))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function figure(stage: string, us: number): Figure {
  return { name: `stage ${stage}`, unit: 'us', ours: us, peer: null, goal: null, note: '' }
}

function addUp({ nodes, samples, timeDeltas }: Profile, totals: Map<string, number>): void {
  const stageOf = new Map(nodes.map(({ id, callFrame }) => [id, stage(callFrame.functionName, callFrame.url)]))
  samples.forEach((id, index) => {
    const name = stageOf.get(id) ?? null
    if (name !== null) totals.set(name, (totals.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
}

/** Our folders two deep, Node's modules by name; null for waiting. Native calls have no file and are called by their function. */
function stage(functionName: string, url: string): string | null {
  if (functionName === '(idle)' || functionName === '(root)') return null
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return 'native: sockets, threads, disk'
  const ours = /\/src\/(\w+\/[\w.]+)/.exec(url)?.[1]
  if (ours !== undefined) return ours
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/')
  return url === '' ? `native ${functionName}` : 'dependencies'
}

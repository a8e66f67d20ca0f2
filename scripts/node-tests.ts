import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import type { TestEvent } from 'node:test/reporters'
import { root } from './root.ts'
import type { Step } from './steps.ts'

/** How many test files run at once: one more than two cores are busy with, because those of the running program often wait for it. */
const MAX_CONCURRENCY = 3

/** Where more files than this fail, the change is at fault and not a race: none runs once more. */
const MAX_AGAIN = 3

/** A single file that takes longer hangs. */
const FILE_TIMEOUT_MS = 300_000

/** What the tests of one run came to, as `node:test` counts them. */
type Counts = TestSummary['counts']

/** What the tests of all runs came to. */
export interface Totals {
  tests: number
  suites: number
  passed: number
  failed: number
  cancelled: number
  skipped: number
  todo: number
  durationMs: number
  /** Files of which a test failed, and none when the file ran once more, alone: each is a race to be mended. */
  readonly flaky: string[]
  /** How long each file took, by its path and run. */
  readonly files: { readonly name: string; readonly tookMs: number }[]
}

/** Nothing has run yet. */
export function noTotals(): Totals {
  return { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0, durationMs: 0, flaky: [], files: [] }
}

/** Test files of the project that match one of `patterns` and none of `except`, in a stable order. */
export function testFiles(patterns: readonly string[], except: readonly string[] = []): readonly string[] {
  return globSync([...patterns], { cwd: root, exclude: [...except] }).toSorted()
}

/** What a run of test files needs to know. */
export interface Run {
  readonly name: string
  readonly files: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Whether its tests depend on time and on other programs; missing: they do not, and are run once. */
  readonly mayRace?: true
  readonly fileTimeoutMs?: number
}

/**
 * Runs test files, each in a process of its own, and writes the usual report to stdout, all but its summary, which is
 * added to `totals`. A run without tests has failed: a pattern that finds nothing must not look green. Where few files
 * fail, they run once more, one at a time: what passes then is green, and named as flaky at the end.
 */
export async function runTests({ name, files, env, mayRace, fileTimeoutMs }: Run, totals: Totals, signal: AbortSignal): Promise<Step> {
  const started = performance.now()
  process.stdout.write(`\n${name}: ${files.length} files\n`)
  const options = { cwd: root, timeout: fileTimeoutMs ?? FILE_TIMEOUT_MS, signal, env: { ...process.env, ...env } }
  const first = await runOnce({ ...options, files: [...files], concurrency: Math.min(MAX_CONCURRENCY, 1 + availableParallelism()) })
  let last = first
  if (mayRace === true && first.failed.length > 0 && first.failed.length <= MAX_AGAIN && !signal.aborted) {
    process.stdout.write(`\n${name}, once more, one at a time: ${first.failed.join(', ')}\n`)
    last = await runOnce({ ...options, files: [...first.failed], concurrency: 1 })
    totals.flaky.push(...first.failed.filter((file) => !last.failed.includes(file)).map((file) => `${file}, ${name}`))
  }
  add(totals, first, last, name)
  const passed = last.failed.length === 0 && failedOf(last.counts) + last.counts.cancelled === 0 && first.counts.tests > 0 && !signal.aborted
  return { name, passed, tookMs: performance.now() - started }
}

/** What one run of files came to. */
interface Outcome {
  readonly counts: Counts
  readonly durationMs: number
  /** Files of which a test or a hook failed, or which ended too early; paths from the root. */
  readonly failed: readonly string[]
  readonly files: readonly { readonly file: string; readonly tookMs: number }[]
}

async function runOnce(options: Parameters<typeof run>[0]): Promise<Outcome> {
  const stream = run(options)
  const failed = new Set<string>()
  const files: { file: string; tookMs: number }[] = []
  let counts: Counts = { tests: 0, suites: 0, passed: 0, cancelled: 0, skipped: 0, todo: 0, topLevel: 0 }
  let durationMs = 0
  stream.on('test:fail', ({ file, todo }) => {
    if (file !== undefined && todo === undefined) failed.add(relative(root, file))
  })
  stream.on('test:summary', (data) => {
    if (data.file !== undefined) files.push({ file: relative(root, data.file), tookMs: data.duration_ms })
    else ({ counts, duration_ms: durationMs } = data) // The run's own summary comes last and has no file.
  })
  for await (const text of stream.compose(withoutSummary).compose(new spec())) process.stdout.write(text as string)
  return { counts, durationMs, failed: [...failed], files }
}

/** The summary lines that test runners and their readers know, over all runs. */
export function summary({ tests, suites, passed, failed, cancelled, skipped, todo, durationMs }: Totals): string {
  const lines = { tests, suites, pass: passed, fail: failed, cancelled, skipped, todo, duration_ms: Math.round(durationMs) }
  return Object.entries(lines).map(([name, value]) => `ℹ ${name} ${value}\n`).join('')
}

/** Files that are named as slow: a command that nears its limit is mended there. */
const SLOWEST = 12

/** The files that took longest, a line each. */
export function slowest({ files }: Totals): string {
  const first = files.toSorted((one, other) => other.tookMs - one.tookMs).slice(0, SLOWEST)
  return `the slowest files:\n${first.map(({ name, tookMs }) => `  ${(tookMs / 1000).toFixed(1)} s ${name}\n`).join('')}`
}

/** Files that passed only when they ran once more, a line each; empty when there are none. */
export function flaky({ flaky: files }: Totals): string {
  return files.length === 0 ? '' : `flaky, to be mended: failed at first, passed alone\n${files.map((name) => `  ${name}\n`).join('')}\n`
}

/** The event of that name, as `node:test` types it. */
type TestSummary = Extract<TestEvent, { type: 'test:summary' }>['data']

/** Adds what a run came to: its tests, and of those that failed the ones that did so to the end. */
function add(totals: Totals, { counts, durationMs, files }: Outcome, { counts: last }: Outcome, run: string): void {
  totals.files.push(...files.map(({ file, tookMs }) => ({ name: `${file}, ${run}`, tookMs })))
  totals.tests += counts.tests
  totals.suites += counts.suites
  totals.failed += failedOf(last)
  totals.cancelled += last.cancelled
  totals.skipped += counts.skipped
  totals.todo += counts.todo
  totals.passed += counts.tests - failedOf(last) - last.cancelled - counts.skipped - counts.todo
  totals.durationMs += durationMs
}

function failedOf({ tests, passed, cancelled, skipped, todo }: Counts): number {
  return tests - passed - cancelled - skipped - todo
}

async function* withoutSummary(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const isSummary = event.type === 'test:diagnostic' && event.data.nesting === 0
      && /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(event.data.message)
    if (!isSummary) yield event
  }
}

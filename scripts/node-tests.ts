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

/** A single file that takes longer hangs. */
const FILE_TIMEOUT_MS = 300_000

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
  /** How long each file took, by its path and run. */
  readonly files: { readonly name: string; readonly tookMs: number }[]
}

/** Nothing has run yet. */
export function noTotals(): Totals {
  return { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0, durationMs: 0, files: [] }
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
  readonly fileTimeoutMs?: number
}

/**
 * Runs test files, each in a process of its own, and writes the usual report to stdout, all but its summary, which is
 * added to `totals`. A run without tests has failed: a pattern that finds nothing must not look green.
 */
export async function runTests({ name, files, env, fileTimeoutMs }: Run, totals: Totals, signal: AbortSignal): Promise<Step> {
  const started = performance.now()
  process.stdout.write(`\n${name}: ${files.length} files\n`)
  const concurrency = Math.min(MAX_CONCURRENCY, 1 + availableParallelism())
  const timeout = fileTimeoutMs ?? FILE_TIMEOUT_MS
  const stream = run({ cwd: root, files: [...files], concurrency, timeout, signal, env: { ...process.env, ...env } })
  const failedBefore = totals.failed + totals.cancelled
  const testsBefore = totals.tests
  const report = stream.compose(withoutSummary).compose(new spec())
  stream.on('test:summary', (data) => add(totals, data, name))
  for await (const text of report) process.stdout.write(text as string)
  const passed = totals.failed + totals.cancelled === failedBefore && totals.tests > testsBefore && !signal.aborted
  return { name, passed, tookMs: performance.now() - started }
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

/** The event of that name, as `node:test` types it. */
type TestSummary = Extract<TestEvent, { type: 'test:summary' }>['data']

function add(totals: Totals, { counts, duration_ms, file }: TestSummary, run: string): void {
  if (file !== undefined) {
    totals.files.push({ name: `${relative(root, file)}, ${run}`, tookMs: duration_ms })
    return // The run's own summary comes last and has no file.
  }
  totals.tests += counts.tests
  totals.suites += counts.suites
  totals.passed += counts.passed
  totals.failed += counts.tests - counts.passed - counts.cancelled - counts.skipped - counts.todo
  totals.cancelled += counts.cancelled
  totals.skipped += counts.skipped
  totals.todo += counts.todo
  totals.durationMs += duration_ms
}

async function* withoutSummary(events: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  for await (const event of events) {
    const isSummary = event.type === 'test:diagnostic' && event.data.nesting === 0
      && /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(event.data.message)
    if (!isSummary) yield event
  }
}

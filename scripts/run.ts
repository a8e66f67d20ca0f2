import { existsSync } from 'node:fs'
import { watchLifeline } from '../src/app/lifeline.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { ensureDebianPackages } from './debian.ts'
import { flaky, noTotals, runTests, slowest, summary, testFiles } from './node-tests.ts'
import type { Run } from './node-tests.ts'
import { report, runStaticChecks } from './steps.ts'
import type { Step } from './steps.ts'

/** What every database must do: files whose paths begin so run once on each, in the same command. */
const ON_BOTH_DATABASES = ['test/contract/']

/** Sessions, the running program from outside, and what may happen to it: on SQLite in `npm test`, on PostgreSQL in `npm run test:long`, which has the time for it. */
const ON_POSTGRES_LATER = ['test/dialog/*.test.ts', 'test/e2e/**/*.test.ts', 'test/chaos/*.test.ts']

/** Of what every database must do, the files that take longest on PostgreSQL: there they run in `npm run test:long`. */
const SLOW_ON_POSTGRES: ReadonlySet<string> = new Set(
  [
    'alert', 'bayes', 'domain-claim', 'erase-message', 'junk', 'login', 'mailbox', 'model', 'plan', 'preference', 'program-mail', 'queue', 'receive', 'report', 'retention', 'send', 'sending', 'source', 'stats',
    'submission', 'track', 'track-http', 'webhook', 'webhook-tries',
  ].map((name) => `test/contract/${name}.test.ts`),
)

/** Which files belong to a command, and how long it may take in all. */
export interface Plan {
  /** The end of the names of its test files. */
  readonly ending: '.test.ts' | '.long.test.ts'
  readonly isStatic: boolean
  readonly limitMs: number
  readonly fileTimeoutMs?: number
}

/** Carries out `npm test` or `npm run test:long` and sets the exit code: 0 when everything passed, 1 otherwise. */
export async function runPlan(plan: Plan): Promise<void> {
  const stopping = new AbortController()
  watchLifeline(() => process.exit(1))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort(new Error(signal)))
  ensureDebianPackages('tests')
  // The limit is for the tests; a first installation takes as long as the network takes.
  const limit = AbortSignal.timeout(plan.limitMs)
  const signal = AbortSignal.any([stopping.signal, limit])
  const totals = noTotals()
  const steps: Step[] = plan.isStatic ? [...(await runStaticChecks(signal))] : []
  const postgres = await startPostgres()
  try {
    for (const run of runsOf(plan, postgres.url)) {
      if (!signal.aborted && run.files.length > 0) steps.push(await runTests(run, totals, signal))
    }
  } finally {
    await postgres.stop()
  }
  if (limit.aborted) steps.push({ name: `all of it within ${plan.limitMs / 1000} s`, passed: false, tookMs: plan.limitMs })
  process.stdout.write(`\n${slowest(totals)}\n${flaky(totals)}${report(steps)}\n${summary(totals)}`)
  process.exitCode = !signal.aborted && totals.tests > 0 && steps.every(({ passed }) => passed) ? 0 : 1
}

function runsOf({ ending, fileTimeoutMs }: Plan, url: string): readonly Run[] {
  const all = testFiles([`src/**/*${ending}`, `test/**/*${ending}`], ending === '.test.ts' ? ['**/*.long.test.ts'] : [])
  const isOnBoth = (file: string): boolean => ON_BOTH_DATABASES.some((start) => file.startsWith(start))
  const later = ending === '.long.test.ts' ? [...testFiles(ON_POSTGRES_LATER), ...SLOW_ON_POSTGRES] : []
  const tidy = 'test/tidy.test.ts'
  const common = { MERPATI_TEST_POSTGRES_URL: url }
  const limit = fileTimeoutMs === undefined ? {} : { fileTimeoutMs }
  return [
    { name: 'tidy', files: all.filter((file) => file === tidy && existsSync(file)), env: {}, ...limit },
    { name: 'tests', files: all.filter((file) => file !== tidy), env: { ...common, MERPATI_DATABASE: 'sqlite' }, mayRace: true, ...limit },
    { name: 'tests on PostgreSQL', files: [...new Set([...all.filter((file) => isOnBoth(file) && !SLOW_ON_POSTGRES.has(file)), ...later])], env: { ...common, MERPATI_DATABASE: 'postgres' }, mayRace: true, ...limit },
  ]
}

import { watchLifeline } from '../src/app/lifeline.ts'
import { noTotals, runTests } from './node-tests.ts'
import { report, runStaticChecks } from './steps.ts'

/** `npm run check`: types, lint and tidy, in seconds and without a database. */
watchLifeline(() => process.exit(1))
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort(new Error(signal)))
const steps = [...(await runStaticChecks(stopping.signal))]
steps.push(await runTests({ name: 'tidy', files: ['test/tidy.test.ts'], env: {} }, noTotals(), stopping.signal))
process.stdout.write(`\n${report(steps)}`)
process.exitCode = steps.every(({ passed }) => passed) ? 0 : 1

import { runPlan } from './run.ts'

/** `npm run test:long`: the files named `*.long.test.ts`, and the tests of the running program on PostgreSQL, at most forty minutes in all. */
await runPlan({ ending: '.long.test.ts', isStatic: false, limitMs: 2_390_000, fileTimeoutMs: 1_800_000 })

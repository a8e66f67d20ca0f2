import { runPlan } from './run.ts'

/** `npm test`: everything that fits into ten minutes on two cores. */
await runPlan({ ending: '.test.ts', isStatic: true, limitMs: 590_000 })

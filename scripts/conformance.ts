import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { watchLifeline } from '../src/app/lifeline.ts'
import { address } from './conformance/address.ts'
import { psl } from './conformance/psl.ts'
import { spf } from './conformance/spf.ts'
import type { Suite } from './conformance/suite.ts'

/**
 * `npm run conformance`: runs published conformance suites, whose files are not part of the project. A suite is a file in `conformance/` and a
 * name in this list.
 */
const SUITES: readonly Suite[] = [spf, address, psl]

watchLifeline(() => process.exit(1))
process.exitCode = await runSuites(process.env['MERPATI_VECTORS'])

/** Runs every suite whose files are there. 0 when all passed; a suite that is missing has not passed. */
async function runSuites(folder: string | undefined): Promise<number> {
  if (folder === undefined || !existsSync(folder)) {
    const why = folder === undefined ? 'MERPATI_VECTORS is not set' : `there is no folder ${folder}, which MERPATI_VECTORS names`
    process.stderr.write(`${why}. Set it to the folder that holds the published suites, each in a folder of its own: ${SUITES.map((suite) => suite.folder).join(', ')}.\n`)
    return 1
  }
  let failures = 0
  for (const { name, folder: below, run } of SUITES) {
    const path = join(folder, below)
    if (!existsSync(path)) {
      process.stdout.write(`${name}: there is no folder ${below} in ${folder}\n`)
      failures += 1
      continue
    }
    const { passed, onPurpose, failed } = await run(path)
    const differs = onPurpose === 0 ? '' : `${onPurpose} differ on purpose, `
    process.stdout.write(`${name}: ${passed} passed, ${differs}${failed.length} failed\n${failed.map((line) => `  ${line}\n`).join('')}`)
    // A suite in which nothing was found must not look green.
    failures += passed === 0 ? 1 : failed.length
  }
  return failures === 0 ? 0 : 1
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { checkSpf } from '../../src/proto/spf/check.ts'
import type { SpfResult } from '../../src/proto/spf/result.ts'
import { SpfZone, type ZoneData } from './spf-zone.ts'
import { type Suite, Tally } from './suite.ts'

interface Scenario {
  readonly description: string
  readonly tests: Readonly<Record<string, SpfTest>>
  readonly zonedata: ZoneData
}

interface SpfTest {
  readonly helo: string
  readonly host: string
  readonly mailfrom: string
  readonly result: string | readonly string[]
  readonly explanation?: string
}

/**
 * The suite of RFC 7208 (openspf.org, release 2014.04). Results and, where it has them, explanations are compared exactly; it calls an
 * explanation that nobody wrote `DEFAULT`.
 */
export const spf: Suite = {
  name: 'spf',
  folder: 'spf',
  async run(folder) {
    const tally = new Tally()
    for (const document of parseAllDocuments(readFileSync(join(folder, 'rfc7208-tests.yml'), 'utf8'))) {
      const scenario = document.toJS() as Scenario | null
      if (scenario === null) continue
      const zone = new SpfZone(scenario.zonedata)
      for (const [name, test] of Object.entries(scenario.tests)) {
        const input = { client: test.host, helo: test.helo, mailFrom: test.mailfrom, receiver: 'receiver.example', nowMs: 0 }
        tally.count(`${scenario.description} / ${name}`, wrongWith(test, await checkSpf(input, zone, new AbortController().signal)))
      }
    }
    return tally.result()
  },
}

function wrongWith({ result, explanation }: SpfTest, got: SpfResult): string | null {
  const wanted = typeof result === 'string' ? [result] : result
  if (!wanted.includes(got.verdict)) return `wanted ${wanted.join(' or ')}, got ${got.verdict} (${got.problem ?? got.path.map(({ term }) => term).join(' > ')})`
  if (explanation === undefined || got.verdict !== 'fail') return null
  const said = got.explanation ?? 'DEFAULT'
  return said === explanation ? null : `wanted the explanation ${JSON.stringify(explanation)}, got ${JSON.stringify(said)}`
}

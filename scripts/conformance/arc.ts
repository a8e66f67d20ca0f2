import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { MessageVerifier } from '../../src/proto/arc/message-verifier.ts'
import { type Suite, Tally } from './suite.ts'

interface Scenario {
  readonly description: string
  readonly tests: Readonly<Record<string, { readonly message: string; readonly cv: string | null }>>
  readonly 'txt-records': Readonly<Record<string, string>> | null
}

/** The public ARC validation suite. */
export const arc: Suite = {
  name: 'arc',
  folder: 'arc',
  async run(folder) {
    const tally = new Tally()
    // One scenario has a key twice; the last one counts.
    for (const document of parseAllDocuments(readFileSync(join(folder, 'arc-draft-validation-tests.yml'), 'utf8'), { uniqueKeys: false })) {
      const scenario = document.toJS() as Scenario | null
      for (const [name, { message, cv }] of Object.entries(scenario?.tests ?? {})) {
        const found = await chainOf(message, scenario?.['txt-records'] ?? {})
        // Chains whose last seal says that they failed have an empty expectation.
        const wanted = cv === null || cv === '' ? 'fail' : cv.toLowerCase()
        tally.count(name, found === wanted ? null : `wanted ${wanted}, got ${found}`)
      }
    }
    return tally.result()
  },
}

async function chainOf(message: string, records: Readonly<Record<string, string>>): Promise<string> {
  const verifier = new MessageVerifier()
  verifier.push(Buffer.from(message.replace(/\r?\n/g, '\r\n')))
  const { arc } = await verifier.finish(
    async (name) => {
      const text = Object.hasOwn(records, name) ? records[name] : undefined
      return text === undefined ? { kind: 'none' } : { kind: 'texts', texts: [text] }
    },
    0,
    new AbortController().signal,
  )
  return arc.result
}

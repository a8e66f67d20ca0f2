import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { MessageVerifier } from '../../src/proto/arc/message-verifier.ts'

interface Scenario {
  readonly description: string
  readonly tests: Readonly<Record<string, { readonly message: string; readonly cv: string | null }>>
  readonly 'txt-records': Readonly<Record<string, string>> | null
}

/** Runs the public ARC validation suite, `arc-draft-validation-tests.yml` in `folder`, and tells which of its tests failed. */
export async function arcSuite(folder: string): Promise<{ suite: string; passed: number; failed: readonly string[] }> {
  const text = readFileSync(join(folder, 'arc-draft-validation-tests.yml'), 'utf8')
  const failed: string[] = []
  let passed = 0
  // One scenario has a key twice; the last one counts.
  for (const document of parseAllDocuments(text, { uniqueKeys: false })) {
    const scenario = document.toJS() as Scenario | null
    if (scenario === null) continue
    for (const [name, { message, cv }] of Object.entries(scenario.tests)) {
      const found = await chainOf(message, scenario['txt-records'] ?? {})
      // Chains whose last seal says that they failed have an empty expectation.
      const expected = cv === null || cv === '' ? 'fail' : cv.toLowerCase()
      if (found === expected) passed += 1
      else failed.push(`${name}: ${found} instead of ${expected}`)
    }
  }
  return { suite: 'ARC', passed, failed }
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

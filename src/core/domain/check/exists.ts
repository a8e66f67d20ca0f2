import { mxRecord, type Subject } from '../wanted-records.ts'
import { fail, type Finding, pass, unknown } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'exists'

/** Whether the domain is in DNS at all: some receivers refuse mail from a domain that is not. */
export async function checkExists(subject: Subject, ask: Questions): Promise<Finding> {
  const { name } = subject
  const expected = `${name} is in DNS`
  const answer = await ask.mx(name)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  if (answer.kind === 'found' || answer.why === 'nodata') return pass(ID, expected, 'it is')
  return fail(ID, {
    expected,
    found: 'there is no such name (NXDOMAIN)',
    advice: {
      en: `Register ${name}, or have its parent zone delegate it, and publish its MX record.`,
      id: `Daftarkan ${name}, atau minta zona induknya mendelegasikannya, lalu terbitkan record MX-nya.`,
    },
    records: [mxRecord(subject)],
  })
}

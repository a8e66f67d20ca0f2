import type { Subject } from '../wanted-records.ts'
import { fail, type Finding, pass } from './finding.ts'
import type { Questions } from './questions.ts'

/** RFC 5321 §4.5.1, RFC 2142 §4: who is written to when something is wrong. Blocklists and providers write there before they block. */
const LOCALS = ['postmaster', 'abuse'] as const

/** Whether mail to `postmaster` and `abuse` of the domain reaches somebody. */
export async function checkResponsible({ name, house }: Subject, ask: Questions): Promise<Finding> {
  const locals = [...new Set([...LOCALS, house.reportsTo])]
  const expected = `${locals.map((local) => `${local}@`).join(', ')} reach somebody`
  const reached = await Promise.all(locals.map((local) => ask.outside.reaches(local, name)))
  const missing = locals.filter((_, at) => reached[at] === false).map((local) => `${local}@${name}`)
  if (missing.length === 0) return pass('responsible', expected, 'they do')
  const [first = ''] = missing
  return fail('responsible', {
    expected,
    found: `nobody reads ${missing.join(', ')}`,
    advice: {
      en: `Give the organization an administrator ("merpati account set ADDRESS --role admin"), or make an alias: merpati alias add ${first} ADDRESS. No DNS record has to change.`,
      id: `Beri organisasi ini seorang administrator ("merpati account set ALAMAT --role admin"), atau buat alias: merpati alias add ${first} ALAMAT. Record DNS tidak perlu diubah.`,
    },
  })
}

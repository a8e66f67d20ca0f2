import { isOurName } from '../house.ts'
import type { Subject } from '../wanted-records.ts'
import { MAX_MX } from './limits.ts'
import type { Questions } from './questions.ts'

/** The hosts of a domain's MX records that are ours by name; our host name when none is, or when nobody says. */
export async function ourMxHosts({ name, house }: Subject, ask: Questions): Promise<readonly string[]> {
  const answer = await ask.mx(name)
  const named = answer.kind === 'found' ? answer.records.slice(0, MAX_MX).map(({ exchange }) => exchange) : []
  const ours = named.filter((host) => isOurName(house, host))
  return ours.length === 0 ? [house.hostname] : [...new Set(ours)]
}

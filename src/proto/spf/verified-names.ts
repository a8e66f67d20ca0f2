import { type Client, parseClient } from './client.ts'
import { smallName } from './domain-spec.ts'
import { MAX_PTR_NAMES } from './limits.ts'
import type { Questions } from './questions.ts'

/**
 * The names of an address that lead back to it, lower-case. RFC 7208 §5.5: trouble with the names is no names, trouble with one of them
 * passes over it, and those beyond ten are not looked at.
 */
export async function verifiedNames(questions: Questions, client: Client): Promise<readonly string[]> {
  const names = await questions.ptr(client.text)
  if (names.kind !== 'found') return []
  const verified: string[] = []
  for (const given of names.records.slice(0, MAX_PTR_NAMES)) {
    const name = smallName(given)
    const addresses = await questions.addresses(name, client.family)
    if (addresses.kind === 'found' && addresses.records.some((address) => parseClient(address)?.text === client.text)) verified.push(name)
  }
  return verified
}

import { randomBytes } from 'node:crypto'
import { makeId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { parseAddress } from '../../proto/mail/address.ts'
import { foldAddress } from '../suppression/suppression.ts'

/** A subject's address, folded; refused when it is none, or an account's here, which is removed and not erased. */
export async function subjectOf(text: string, isAccount: (login: string) => Promise<boolean>): Promise<Result<string, 'no-address' | 'account'>> {
  const parsed = parseAddress(text.trim())
  if (!parsed.ok) return fail('no-address')
  const address = foldAddress(parsed.value.text)
  return (await isAccount(address)) ? fail('account') : ok(address)
}

/** What chance gives to an erasure: its id, that of its entry in the audit log, and a key for an installation that has none yet. */
export function newErasure(nowMs: number): { readonly id: string; readonly auditId: string; readonly key: string } {
  return { id: makeId('x', nowMs), auditId: makeId('u', nowMs), key: randomBytes(32).toString('hex') }
}

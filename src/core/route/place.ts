import type { Domain } from '../../base/brand.ts'
import { foldLocal, parseAddress } from '../../proto/mail/address.ts'
import { loginOf } from '../access/identity.ts'
import { MAX_STARS } from './limits.ts'

/** Where an address stands in the table; '' is the local part of a catch-all. */
export interface Place {
  readonly domain: Domain
  readonly local: string
}

/** Reads an address that may be a catch-all (`@example.org`). Null when it is none of a domain. */
export function placeOf(text: string): Place | null {
  const isCatchAll = text.startsWith('@')
  const parsed = parseAddress(isCatchAll ? `catch-all${text}` : text)
  if (!parsed.ok || parsed.value.domain === null) return null
  return { local: isCatchAll ? '' : foldLocal(parsed.value.local), domain: parsed.value.domain }
}

/** Whether an address can be taken for another: nobody is to make one beside it. A catch-all cannot. */
export function isDeceptive({ local, domain }: Place): boolean {
  return local !== '' && loginOf({ local, domain }) === null
}

/** Reads an address in whose local part `*` stands for any letters. Null when it is none of a domain, or has more stars than a route may. */
export function readPattern(text: string): Place | null {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const stars = local.split('*').length - 1
  // What stands between the stars is checked as a local part of its own.
  const parsed = parseAddress(`${local.replaceAll('*', 'x')}${text.slice(at)}`)
  if (at < 1 || stars > MAX_STARS || !parsed.ok || parsed.value.domain === null || local.startsWith('"')) return null
  return { local: foldLocal(local), domain: parsed.value.domain }
}

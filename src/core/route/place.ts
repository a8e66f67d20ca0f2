import type { Domain } from '../../base/brand.ts'
import { foldLocal, parseAddress } from '../../proto/mail/address.ts'

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

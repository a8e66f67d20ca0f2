import { hash } from 'node:crypto'
import type { AccountId } from '../../../base/brand.ts'
import { remembered } from '../../../base/remembered.ts'
import { MAX_KNOWN_KEYS } from './limits.ts'

/** The names below are kept as hashes: nobody can read from them who wrote to whom. Their first letter says what they are. */
export type SeenKey = string

/** Since when there is a memory at all. */
export const BEGINNING: SeenKey = 'b'

/** An author who has reached an account. `isProven`: the domain vouched for it. Who forges an address is somebody else than its owner. */
export function authorKey({ account, address, isProven }: { readonly account: AccountId; readonly address: string; readonly isProven: boolean }): SeenKey {
  return `a${hashed(account, isProven ? 'proven' : 'open', address)}`
}

/** A registered domain that mail was written at. */
export function domainKey(domain: string): SeenKey {
  return `d${hashed(domain)}`
}

/** A mailing list, with where it comes from. */
export function listKey(list: ListSource): SeenKey {
  return `l${hashed(list.id, list.source)}`
}

/** Are messages under this key counted, and not only noted? */
export function isCounted(key: SeenKey): boolean {
  return key.startsWith('l')
}

/** A list, as a message names it, and what vouches for the way it took: anybody can write a List-Id. */
export interface ListSource {
  readonly id: string
  /** The domain for which SPF passes, or the net of the client. */
  readonly source: string
}

/** The identifier in a List-Id field, lower-case; null when there is none. RFC 2919 §3. */
export function listIdOf(field: string): string | null {
  const [, id = ''] = /<\s*([^<>\s]{1,255})\s*>\s*$/.exec(field.slice(0, MAX_FIELD_CHARS)) ?? []
  return id.includes('.') ? id.toLowerCase() : null
}

const MAX_FIELD_CHARS = 998

function hashed(...parts: readonly string[]): string {
  return hashOf(parts.join('\0'))
}

/** Who writes often has his name made once. */
const hashOf = remembered(MAX_KNOWN_KEYS, (text) => hash('sha256', text.toLowerCase(), 'base64url').slice(0, 16))

import { type Address, parseAddress } from '../../proto/mail/address.ts'
import type { NamedAddress } from '../../proto/mail/header-write.ts'

/** An address that a message can be sent to: one with a domain. */
export interface SendableAddress extends NamedAddress {
  readonly address: Address & { readonly domain: NonNullable<Address['domain']> }
}

/** Reads `ani@example.org`, `Ani <ani@example.org>` or `"Ani, Dr." <ani@example.org>`. Null for what is none of these, such as two addresses. */
export function readNamedAddress(text: string): SendableAddress | null {
  const written = text.trim()
  const open = written.endsWith('>') ? written.lastIndexOf('<') : -1
  const parsed = parseAddress(open === -1 ? written : written.slice(open + 1, -1).trim())
  if (!parsed.ok) return null
  const { domain } = parsed.value
  if (domain === null) return null
  const name = open === -1 ? '' : unquoted(written.slice(0, open).trim())
  return { name: name === '' ? null : name, address: { ...parsed.value, domain } }
}

function unquoted(name: string): string {
  return name.length >= 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replace(/\\(.)/gsu, '$1').trim() : name
}

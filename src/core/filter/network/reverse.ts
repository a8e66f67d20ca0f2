import type { Client } from '../../../proto/spf/client.ts'
import { parseClient } from '../../../proto/spf/client.ts'
import { finding, type Finding } from '../finding.ts'
import type { NetworkDns } from './dns.ts'
import { isGenericName } from './generic-name.ts'
import { MAX_NAMES } from './limits.ts'

/** What the names of a client's address say: RFC 8601 §3, "iprev". */
export type Reverse =
  /** The first name that leads back. */
  | { readonly kind: 'verified'; readonly name: string; readonly isGeneric: boolean }
  /** The address has no names. */
  | { readonly kind: 'none' }
  /** It has, and none leads back. `name` is the first. */
  | { readonly kind: 'mismatch'; readonly name: string }
  /** DNS did not say. */
  | { readonly kind: 'unknown'; readonly detail: string }

/** Looks up the names of an address and whether they lead back to it. Never rejects. */
export async function lookUpReverse(address: string, dns: NetworkDns, signal: AbortSignal): Promise<Reverse> {
  const client = parseClient(address)
  if (client === null) return { kind: 'none' }
  const names = await dns.ptr(client.text, signal)
  if (names.kind === 'failed') return { kind: 'unknown', detail: names.detail }
  if (names.kind === 'none') return { kind: 'none' }
  let trouble: string | null = null
  for (const name of names.records.slice(0, MAX_NAMES)) {
    const addresses = await dns.addresses(name, client.family, signal)
    if (addresses.kind === 'failed') trouble ??= addresses.detail
    if (addresses.kind === 'found' && leadsTo(client, addresses.records)) return { kind: 'verified', name, isGeneric: isGenericName(name, client) }
  }
  return trouble === null ? { kind: 'mismatch', name: names.records[0] ?? '' } : { kind: 'unknown', detail: trouble }
}

/** What that speaks for or against. deliverability §5.1: never alone a reason to refuse. */
export function reverseFindings(reverse: Reverse): readonly Finding[] {
  switch (reverse.kind) {
    case 'none':
      return [finding('RDNS_NONE')]
    case 'mismatch':
      return [finding('RDNS_MISMATCH', reverse.name)]
    case 'verified':
      return reverse.isGeneric ? [finding('RDNS_GENERIC', reverse.name)] : []
    case 'unknown':
      return []
  }
}

/** The word of RFC 8601 §2.7.3 for Authentication-Results. */
export function iprevResult(reverse: Reverse): 'pass' | 'fail' | 'temperror' | 'permerror' {
  switch (reverse.kind) {
    case 'verified':
      return 'pass'
    case 'mismatch':
      return 'fail'
    case 'none':
      return 'permerror'
    case 'unknown':
      return 'temperror'
  }
}

/** True when one of the addresses, as DNS gives them, is the client's. */
export function leadsTo(client: Client, addresses: readonly string[]): boolean {
  return addresses.some((text) => parseClient(text)?.text === client.text)
}

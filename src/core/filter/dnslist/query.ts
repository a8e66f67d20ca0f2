import { parseClient } from '../../../proto/spf/client.ts'
import type { DnsList, ListSubject } from './list.ts'

/** The name to ask a list for; null when it is not asked about such things. RFC 5782 §2.1, §2.4, §3. */
export function listName(list: DnsList, { kind, value }: ListSubject): string | null {
  if (!list.kinds.includes(kind)) return null
  if (kind === 'domain' || kind === 'url') return isPlainDomain(value) ? `${value}.${list.zone}` : null
  const client = parseClient(value)
  if (client === null || client.family !== (kind === 'ip4' ? 4 : 6)) return null
  const parts = client.family === 4 ? client.bytes : client.bytes.flatMap((byte) => [(byte >> 4).toString(16), (byte & 15).toString(16)])
  return `${parts.toReversed().join('.')}.${list.zone}`
}

/** The kind of an address; null when it is none. */
export function addressKind(address: string): 'ip4' | 'ip6' | null {
  const client = parseClient(address)
  if (client === null) return null
  return client.family === 4 ? 'ip4' : 'ip6'
}

/** Lists of domains answer questions for addresses with an error for all of us, so one never gets there. */
function isPlainDomain(value: string): boolean {
  return /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,30}$/.test(value) && !/\.[0-9]+$/.test(value)
}

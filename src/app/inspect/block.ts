import { makeId } from '../../base/ids.ts'
import { clientNet } from '../../core/access/client-net.ts'
import { type FilterEntry, readEntryValue } from '../../core/filter/entry/entry.ts'
import { CAUGHT_FOR_MS } from '../../core/filter/network/limits.ts'
import type { Caught } from '../../core/inbound/inspect/trap.ts'

/** The entry that keeps a client out of a domain's mail after it wrote to a trap: its address, or the /64 of IPv6 that one customer is given. */
export function blockOf({ organization, domain, client, trap }: Caught, nowMs: number): FilterEntry {
  const net = clientNet(client)
  const value = readEntryValue('net', net.endsWith('/64') ? net : client)
  return {
    id: makeId('f', nowMs), organization, owner: { kind: 'domain', domain }, kind: 'net', value: value.ok ? value.value : client, action: 'reject',
    comment: `it wrote to the trap ${trap.value}`, author: 'trap', createdMs: nowMs, expiresMs: nowMs + CAUGHT_FOR_MS, hits: 0, hitMs: null,
  }
}

import type { Answer, Mx } from '../../base/dns.ts'
import type { Names } from '../../core/outbound/port.ts'

const TTL_MS = 60_000

/** The demo's DNS: names below .test are this machine, and no others exist. Nobody is asked. */
export const builtInZone: Names = {
  mx: (name) => Promise.resolve<Answer<Mx>>(none(name)),
  addresses: (name, family) =>
    Promise.resolve<Answer<string>>(
      exists(name) && family === 4 ? { kind: 'found', records: ['127.0.0.1'], name, aliases: [], authentic: false, ttlMs: TTL_MS, stale: false } : none(name),
    ),
}

function exists(name: string): boolean {
  return name === 'test' || name.endsWith('.test')
}

function none(name: string): Extract<Answer<never>, { kind: 'none' }> {
  return { kind: 'none', why: exists(name) ? 'nodata' : 'nxdomain', name, aliases: [], authentic: false, ttlMs: TTL_MS }
}

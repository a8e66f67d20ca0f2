import type { Answer, Mx } from '../../base/dns.ts'

const TTL_MS = 60_000

/** The demo's DNS: names below .test are this machine, and no others exist. Nothing else is known of them. Nobody is asked. */
export const builtInZone = {
  mx: (name: string): Promise<Answer<Mx>> => Promise.resolve(none(name)),
  txt: (name: string): Promise<Answer<string>> => Promise.resolve(none(name)),
  ptr: (address: string): Promise<Answer<string>> => Promise.resolve(none(address)),
  addresses: (name: string, family: 4 | 6): Promise<Answer<string>> =>
    Promise.resolve(
      exists(name) && family === 4 ? { kind: 'found', records: ['127.0.0.1'], name, aliases: [], authentic: false, ttlMs: TTL_MS, stale: false } : none(name),
    ),
}

function exists(name: string): boolean {
  return name === 'test' || name.endsWith('.test')
}

function none(name: string): Extract<Answer<never>, { kind: 'none' }> {
  return { kind: 'none', why: exists(name) ? 'nodata' : 'nxdomain', name, aliases: [], authentic: false, ttlMs: TTL_MS }
}

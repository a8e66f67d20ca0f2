import type { Answer, Mx } from '../../base/dns.ts'

const TTL_MS = 60_000

/** The demo's own domain: this machine is its server, and nobody else may write in its name. */
const OWN: Readonly<Record<string, string>> = { 'merpati.test': 'v=spf1 a:mx.merpati.test -all', '_dmarc.merpati.test': 'v=DMARC1; p=reject' }

/** The demo's DNS: names below .test are this machine, and no others exist. Little else is known of them. Nobody is asked. */
export const builtInZone = {
  mx: (name: string): Promise<Answer<Mx>> => Promise.resolve(none(name)),
  txt: (name: string): Promise<Answer<string>> => Promise.resolve(Object.hasOwn(OWN, name) ? found(name, OWN[name] ?? '') : none(name)),
  ptr: (address: string): Promise<Answer<string>> => Promise.resolve(none(address)),
  addresses: (name: string, family: 4 | 6): Promise<Answer<string>> =>
    Promise.resolve(exists(name) && family === 4 ? found(name, '127.0.0.1') : none(name)),
}

function found(name: string, record: string): Extract<Answer<string>, { kind: 'found' }> {
  return { kind: 'found', records: [record], name, aliases: [], authentic: false, ttlMs: TTL_MS, stale: false }
}

function exists(name: string): boolean {
  return name === 'test' || name.endsWith('.test')
}

function none(name: string): Extract<Answer<never>, { kind: 'none' }> {
  return { kind: 'none', why: exists(name) ? 'nodata' : 'nxdomain', name, aliases: [], authentic: false, ttlMs: TTL_MS }
}

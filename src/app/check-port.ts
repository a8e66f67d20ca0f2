import type { Failed } from '../base/dns.ts'
import type { DnsPort } from '../core/domain/check/questions.ts'
import type { DnsResolver } from '../infra/net/resolver/resolver.ts'

/** What checks hear where nobody may be asked. */
export const SILENCE: Failed = { kind: 'failed', why: 'refused', detail: 'the demo asks no DNS server: name one with --resolver HOST:PORT' }

/** The demo without a DNS server: nothing is known. */
export const SILENT: DnsPort = {
  mx: async () => SILENCE,
  uncheckedMx: async () => SILENCE,
  addresses: async () => SILENCE,
  txt: async () => SILENCE,
  ptr: async () => SILENCE,
  tlsa: async () => SILENCE,
  srv: async () => SILENCE,
  cname: async () => SILENCE,
  caa: async () => SILENCE,
  validates: false,
}

/** Our resolver, as checks ask it. */
export function checkPort(resolver: DnsResolver): DnsPort {
  return {
    mx: (name, signal) => resolver.mx(name, signal),
    uncheckedMx: (name, signal) => resolver.uncheckedMx(name, signal),
    addresses: (name, family, signal) => resolver.addresses(name, family, signal),
    txt: (name, signal) => resolver.txt(name, signal),
    ptr: (address, signal) => resolver.ptr(address, signal),
    tlsa: (name, signal) => resolver.tlsa(name, signal),
    srv: (name, signal) => resolver.srv(name, signal),
    cname: (name, signal) => resolver.cname(name, signal),
    caa: (name, signal) => resolver.caa(name, signal),
    validates: resolver.dnssec.kind === 'on',
  }
}

import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import type { DnsServer } from './exchange.ts'
import { MAX_RESOLV_CONF_CHARS, MAX_SYSTEM_SERVERS } from './limits.ts'

const DNS_PORT = 53

/** Who is asked when nothing says otherwise, as in the C library: a resolver on this host. */
const LOCAL: readonly DnsServer[] = [{ address: '127.0.0.1', port: DNS_PORT }]

/** The servers of this machine, from `/etc/resolv.conf`. A file that cannot be read or names none means 127.0.0.1. */
export async function systemServers(path = '/etc/resolv.conf'): Promise<readonly DnsServer[]> {
  return parseResolvConf(await readFile(path, 'utf8').catch(() => ''))
}

/**
 * Reads the `nameserver` lines of a resolv.conf; at least one server comes of it. Tolerant: what we do not know or cannot use is
 * passed over, because a machine whose file has a slip in it still resolves names for everybody else.
 */
export function parseResolvConf(text: string): readonly DnsServer[] {
  const servers: DnsServer[] = []
  for (const line of text.slice(0, MAX_RESOLV_CONF_CHARS).split(/\r?\n/)) {
    const address = /^[ \t]*nameserver[ \t]+([^ \t#;]+)/.exec(line)?.[1] ?? ''
    if (isIP(address) === 0 || servers.some((known) => known.address === address)) continue
    servers.push({ address, port: DNS_PORT })
    if (servers.length === MAX_SYSTEM_SERVERS) break
  }
  return servers.length === 0 ? LOCAL : servers
}

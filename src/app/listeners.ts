import { BlockList, isIPv6 } from 'node:net'
import { unreachable } from '../base/unreachable.ts'
import type { Wire } from '../base/wire.ts'
import { parseProxy } from '../proto/proxy/parse.ts'
import { isInside } from '../core/access/network.ts'
import { ConnectionCaps } from '../infra/net/caps.ts'
import type { HttpListener } from '../infra/http/server.ts'
import { listen, type Listener, type ListenOptions } from '../infra/net/listen.ts'
import type { Config, ListenerConfig } from './config/config.ts'
import { openHttp } from './http.ts'
import { imapSessions } from './session/imap.ts'
import { pop3Sessions } from './session/pop3.ts'
import { smtpSessions } from './session/smtp.ts'
import type { Services } from './worker.ts'

/** All listeners of a protocol thread. */
export interface OpenListeners {
  /** Stops accepting, asks sessions to end, waits for them at most `withinMs`. */
  close(withinMs: number): Promise<void>
}

/** Serves one connection until it is over. */
export type Serve = (wire: Wire, listener: ListenerConfig, signal: AbortSignal) => Promise<void>

/** What is left of a request to HTTP when everything else has stopped. */
const HTTP_WITHIN_MS = 1_000

/** Opens every listener of the configuration in this thread. */
export async function openListeners(services: Services): Promise<OpenListeners> {
  const { config } = services
  const caps = capsOf(config, () => false)
  // Their own: who floods the mail must not close the pages, nor the other way round. A proxy of ours connects for many.
  const httpCaps = capsOf(config, (address) => isInside(address, config.login.proxies))
  const sessions = { smtp: smtpSessions(services), imap: imapSessions(services), pop3: pop3Sessions(services) }
  const mail: Listener[] = []
  const http: HttpListener[] = []
  for (const listener of config.listeners) {
    if (listener.protocol === 'http') http.push(await openHttp(services, listener, httpCaps))
    else mail.push(await listen(optionsFor(services, listener, caps, serveFor(sessions, listener.protocol))))
  }
  return {
    async close(withinMs) {
      await Promise.all(mail.map((listener) => listener.close(withinMs)))
      // Last, so that a balancer that asks /readyz hears that we stop.
      await Promise.all(http.map((listener) => listener.close(HTTP_WITHIN_MS)))
    },
  }
}

/** Shares of this thread: the kernel spreads connections over all of them. */
function capsOf({ limits, workers, mode }: Config, isExempt: (address: string) => boolean): ConnectionCaps {
  return new ConnectionCaps({
    total: Math.ceil(limits.connections / workers),
    perClient: Math.ceil(limits.connectionsPerClient / workers),
    exempt: (address) => (mode === 'demo' && isLoopback(address)) || isExempt(address),
  })
}

function serveFor(sessions: Readonly<Record<'smtp' | 'imap' | 'pop3', Serve>>, protocol: Exclude<ListenerConfig['protocol'], 'http'>): Serve {
  switch (protocol) {
    case 'smtp':
    case 'submission':
    case 'lmtp':
      return sessions.smtp
    case 'imap':
      return sessions.imap
    case 'pop3':
      return sessions.pop3
    default:
      return unreachable(protocol)
  }
}

function optionsFor({ config, tls, log }: Services, listener: ListenerConfig, caps: ConnectionCaps, serve: Serve): ListenOptions {
  const { address, port, protocol } = listener
  const trusted = netsOf(config.proxies)
  return {
    address,
    port,
    security: listener.security,
    tls,
    caps,
    refusal: () => BUSY[protocol],
    ...(config.proxies.length === 0 ? {} : { preamble: { trusted, parse: parseProxy } }),
    serve: (wire, signal) => serve(wire, listener, signal),
    log,
  }
}

/** What a client hears when there are too many. */
const BUSY: Readonly<Record<ListenerConfig['protocol'], string | null>> = {
  smtp: '421 4.7.0 Too many connections, try again later\r\n',
  submission: '421 4.7.0 Too many connections, try again later\r\n',
  lmtp: '421 4.7.0 Too many connections, try again later\r\n',
  imap: '* BYE [UNAVAILABLE] Too many connections, try again later\r\n',
  pop3: '-ERR [SYS/TEMP] Too many connections, try again later\r\n',
  http: null,
}

function netsOf(cidrs: readonly string[]): (address: string) => boolean {
  const nets = new BlockList()
  for (const cidr of cidrs) {
    const [net = '', bits] = cidr.split('/')
    const family = isIPv6(net) ? 'ipv6' : 'ipv4'
    nets.addSubnet(net, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family)
  }
  return (address) => nets.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

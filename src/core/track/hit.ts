import { BlockList } from 'node:net'
import ipaddr from 'ipaddr.js'
import { GATEWAYS } from './table/gateways.ts'

/** What asked for an address of ours, as far as its name and its network tell. Nothing else of it is kept: no name, no address. `gateway`: from a network of `table/gateways.ts`. */
export type Agent = 'browser' | 'apple' | 'google' | 'yahoo' | 'scanner' | 'gateway'

/** Somebody, or something, asked for an address of ours. */
export interface Hit {
  readonly atMs: number
  readonly kind: 'open' | 'click'
  /** The number of the link; 0 for an opening. */
  readonly link: number
  readonly method: 'GET' | 'HEAD'
  readonly agent: Agent
}

// Programs that look at mail or at everything, by words that no browser has in its name. Cubot makes telephones.
const SCANNER = /(?<!cu)bot\b|crawl|spider|preview|scan|headless|phantomjs|curl|wget|python|java\/|okhttp|go-http|libwww|httpclient|node-fetch|axios|barracuda|proofpoint|mimecast|safelinks|symantec|trendmicro|fireeye|virustotal/i

const GATEWAY_NETS = new BlockList()
for (const { networks } of GATEWAYS) {
  for (const network of networks) {
    const [net, bits] = ipaddr.parseCIDR(network)
    GATEWAY_NETS.addSubnet(net.toString(), bits, net.kind())
  }
}

/** Who asks, by where it asks from and the field User-Agent, of which the first 300 characters count. A gateway is one whatever it calls itself. deliverability §6.2. */
export function agentOf(field: string | undefined, address: string): Agent {
  if (isGateway(address)) return 'gateway'
  const name = (field ?? '').slice(0, 300).trim()
  if (name === 'Mozilla/5.0') return 'apple' // Mail Privacy Protection says this and no more.
  if (/GoogleImageProxy/i.test(name)) return 'google'
  if (/YahooMailProxy/i.test(name)) return 'yahoo'
  return name === '' || SCANNER.test(name) ? 'scanner' : 'browser'
}

function isGateway(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const clean = ipaddr.process(address) // IPv4 in IPv6 is IPv4.
  return GATEWAY_NETS.check(clean.toString(), clean.kind())
}

import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Answer } from '../../base/dns.ts'
import { MAX_ADDRESSES } from './limits.ts'
import type { Hop } from './plan.ts'

/** An address to connect to. */
export interface Target {
  readonly hop: Hop
  readonly address: string
}

/** Addresses of a host, or why there are none: DNS did not say, or what it said is of no use. */
export type Targets =
  | { readonly kind: 'targets'; readonly targets: readonly Target[] }
  /** `isBeyond`: there are some, of a family that the address of ours does not reach. */
  | { readonly kind: 'none'; readonly lasting: boolean; readonly isBeyond?: true; readonly status: string; readonly text: string }

/** Which addresses are tried. */
export interface TargetSettings {
  /** Families that we have an address of, the one to try first in front. */
  readonly families: readonly (4 | 6)[]
  /** Networks that are no part of the Internet and may be sent to all the same: none, except in tests and inside of companies. */
  readonly allowed: BlockList
}

/** Networks of IPv4 that are no part of the Internet. RFC 6890. */
const V4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.168.0.0/16',
  '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3',
]

/**
 * deliverability §2.3: what a stranger's DNS must not make us connect to. Of IPv6 only 2000::/3 is handed out (RFC 4291 §2.4), and of that tunnels lead
 * to an address of IPv4 that is written in them: Teredo and others of 2001::/23, and 6to4. Examples have two networks (RFC 3849, RFC 9637).
 */
const V6 = ['::/3', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20', '4000::/2', '8000::/1']

/** By family: in one list `::/3` would stand for all of IPv4, too, which it holds as IPv4-mapped addresses. */
const NOT_ROUTABLE = { ipv4: blockList(V4), ipv6: blockList(V6) }

/** RFC 6052 §2.1: how hosts that have IPv6 alone reach the IPv4 of the Internet, by a NAT64, which knows the way into our house, too. */
const NAT64 = blockList(['64:ff9b::/96'])
const NOT_ROUTABLE_BY_NAT64 = blockList(V4.map(throughNat64))

function throughNat64(network: string): string {
  const [net = '', bits] = network.split('/')
  return `64:ff9b::${net}/${96 + Number(bits)}`
}

/** Every network: for servers that an operator has named. */
export const ANYWHERE: BlockList = blockList(['0.0.0.0/0', '::/0'])

/** Networks in CIDR form, and single addresses, as one list. */
export function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [net = '', bits] = network.split('/')
    const family = isIPv6(net) ? 'ipv6' : 'ipv4'
    // An address alone is that address, not a net of length 0, which is everything.
    if (bits === undefined) list.addAddress(net, family)
    else list.addSubnet(net, Number(bits), family)
  }
  return list
}

function isRoutable(address: string, family: 'ipv4' | 'ipv6'): boolean {
  if (!NOT_ROUTABLE[family].check(address, family)) return true
  return NAT64.check(address, family) && !NOT_ROUTABLE_BY_NAT64.check(address, family)
}

/** Whether an address may be connected to. */
export function isAllowed(address: string, { allowed }: Pick<TargetSettings, 'allowed'>): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  // RFC 6890: no host on the wire has an IPv4-mapped address, whatever is allowed.
  if (/^::ffff:/i.test(address)) return false
  return isIP(address) !== 0 && (isRoutable(address, family) || allowed.check(address, family))
}

/** The addresses of a host to try, in order. `v4` and `v6` are null when that family is not asked for. `chance`: as for `planMx`. */
export function targetsOf(hop: Hop, v4: Answer<string> | null, v6: Answer<string> | null, settings: TargetSettings, chance: () => number): Targets {
  const byFamily = { 4: v4, 6: v6 }
  const answers = settings.families.flatMap((family) => byFamily[family] ?? [])
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? shuffled(answer.records, chance) : []))
  const usable = addresses.filter((address) => isAllowed(address, settings)).slice(0, MAX_ADDRESSES)
  if (usable.length > 0) return { kind: 'targets', targets: usable.map((address) => ({ hop, address })) }
  const failed = answers.find((answer) => answer.kind === 'failed')
  if (failed !== undefined) return { kind: 'none', lasting: false, status: '4.4.3', text: `the address of ${hop.host} could not be learned: ${failed.detail}` }
  const why = addresses.length > 0 ? 'has no address that mail may be sent to' : 'has no address'
  return { kind: 'none', lasting: true, status: '5.4.4', text: `${hop.host} ${why}` }
}

function shuffled(addresses: readonly string[], chance: () => number): readonly string[] {
  return addresses.map((address) => ({ address, order: chance() })).sort((a, b) => a.order - b.order).map(({ address }) => address)
}

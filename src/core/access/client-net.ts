import ipaddr from 'ipaddr.js'
import { remembered } from '../../base/remembered.ts'

const V4_BITS = 24
const FOUR = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const V6_BITS = 64
const V6_WIDE_BITS = 48

/** Clients whose net is remembered, because each message asks for it some times: some 200 bytes each. */
const MAX_KNOWN_CLIENTS = 1_000

/**
 * The net that stands for a client when failures are counted: /24 of IPv4, /64 of IPv6, which is what one customer is given and changes
 * addresses in. An IPv4 address mapped into IPv6 is an IPv4 address. What is no address stands for itself.
 */
export const clientNet = remembered(MAX_KNOWN_CLIENTS, (address): string => {
  const four = FOUR.exec(address)?.slice(1)
  if (four !== undefined && four.every((part) => Number(part) <= 255)) return `${four.slice(0, 3).join('.')}.0/${V4_BITS}`
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  return netOf(parsed, parsed.kind() === 'ipv4' ? V4_BITS : V6_BITS)
})

/** The /48 of an IPv6 client, which may be given to one customer too, with 65,536 nets of /64 in it; null for everybody else. */
export function wideNet(address: string): string | null {
  if (!ipaddr.isValid(address)) return null
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv6' ? netOf(parsed, V6_WIDE_BITS) : null
}

function netOf(address: ReturnType<typeof ipaddr.process>, bits: number): string {
  const bytes = address.toByteArray().map((byte, i) => (i < bits / 8 ? byte : 0))
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`
}

/** Whether the client is this machine itself. */
export function isLoopback(address: string): boolean {
  // Asked some times for each message: most often the answer is in the first characters.
  if (address === '127.0.0.1' || address === '::1') return true
  if (/^[1-9]\d{0,2}\.\d+\.\d+\.\d+$/.test(address) && !address.startsWith('127.')) return false
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}

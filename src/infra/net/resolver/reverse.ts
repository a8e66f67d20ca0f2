import ipaddr from 'ipaddr.js'

/**
 * The name under which an address has its PTR record: `1.2.0.192.in-addr.arpa`, or 32 nibbles below `ip6.arpa`. RFC 1035 §3.5,
 * RFC 3596 §2.5. Null when `address` is no address. An IPv4 address in IPv6's clothes (`::ffff:192.0.2.1`) is IPv4.
 */
export function reverseName(address: string): string | null {
  const nibbles = addressNibbles(address)
  if (nibbles === null) return null
  return nibbles.kind === 4 ? `${nibbles.labels}.in-addr.arpa` : `${nibbles.labels}.ip6.arpa`
}

/** The reversed labels of an address without the zone, for DNS lists: `1.2.0.192`. RFC 5782 §2.1, §2.4. Null when it is no address. */
export function reverseLabels(address: string): string | null {
  return addressNibbles(address)?.labels ?? null
}

/** Four decimal parts of at most 255 without zeros in front. */
const FOUR = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

function addressNibbles(address: string): { readonly kind: 4 | 6; readonly labels: string } | null {
  // By hand, because most clients have one of these, and the library also takes `127.1` and octal.
  const four = FOUR.exec(address)?.slice(1)
  if (four !== undefined) return four.some((part) => Number(part) > 255) ? null : { kind: 4, labels: four.reverse().join('.') }
  if (!ipaddr.IPv6.isValid(address) || address.includes('%')) return null
  const parsed = ipaddr.process(address)
  const bytes = parsed.toByteArray()
  if (parsed.kind() === 'ipv4') return { kind: 4, labels: bytes.reverse().join('.') }
  const labels = bytes.flatMap((byte) => [byte >> 4, byte & 15]).reverse().map((nibble) => nibble.toString(16))
  return { kind: 6, labels: labels.join('.') }
}

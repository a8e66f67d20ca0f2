import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.process>
type Network = readonly [Address, number]

/** A network in one form: `192.0.2.0/24`, `2001:db8::/32`; a single address stands for itself alone. Null for what is none. IPv4 in IPv6 is IPv4. */
export function parseNetwork(text: string): string | null {
  const network = networkOf(text)
  if (network === null) return null
  const [address, bits] = network
  return `${address.toString()}/${bits}`
}

/** Whether an address lies in one of the networks, which `parseNetwork` has read. */
export function isInside(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const asked = ipaddr.process(address)
  return networks.some((each) => holds(networkOf(each), asked))
}

/** Whether each network lies within one of `outer`. */
export function areWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((text) => {
    const network = networkOf(text)
    return network !== null && outer.some((each) => (networkOf(each)?.[1] ?? Infinity) <= network[1] && holds(networkOf(each), network[0]))
  })
}

function holds(network: Network | null, address: Address): boolean {
  return network !== null && address.kind() === network[0].kind() && address.match([...network] as [Address, number])
}

function networkOf(text: string): Network | null {
  const [address = '', bits, ...rest] = text.split('/')
  // The library reads `1` and `0x7f.1` too: people who write such a thing mean something else.
  if (rest.length > 0 || !/^[\da-f.:]+$/i.test(address) || !(ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address))) return null
  const parsed = ipaddr.parse(address)
  const most = parsed.kind() === 'ipv4' ? 32 : 128
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return null
  const length = bits === undefined ? most : Number(bits)
  const mapped = ipaddr.process(address)
  if (mapped.kind() === parsed.kind()) return masked(parsed, length)
  return length < 96 ? masked(parsed, length) : masked(mapped, length - 96)
}

function masked(address: Address, length: number): Network {
  const bytes = address.toByteArray().map((byte, at) => byte & (0xff00 >> Math.min(8, Math.max(0, length - 8 * at))) & 0xff)
  return [ipaddr.fromByteArray(bytes), length]
}

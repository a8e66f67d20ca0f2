import ipaddr from 'ipaddr.js'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

/** Where a proxied client is told to have connected to. */
const DESTINATION = { ipv4: '198.18.0.25', ipv6: '2001:db8:ffff::25' } as const

/** A PROXY header, version 2 (§2.2), for a client at this address: what a proxy sends before anything else. */
export function proxyHeader(client: string, port = 40_000): Uint8Array {
  const source = ipaddr.parse(client)
  const addresses = [...source.toByteArray(), ...ipaddr.parse(DESTINATION[source.kind()]).toByteArray()]
  const rest = Buffer.alloc(addresses.length + 4)
  rest.set(addresses)
  rest.writeUInt16BE(port, addresses.length)
  rest.writeUInt16BE(25, addresses.length + 2)
  const head = Buffer.from([0x21, source.kind() === 'ipv4' ? 0x11 : 0x21, 0, rest.length])
  return Buffer.concat([SIGNATURE, head, rest])
}

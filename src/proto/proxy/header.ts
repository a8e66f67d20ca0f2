import { Buffer } from 'node:buffer'
import ipaddr from 'ipaddr.js'
import { crc32c } from './crc32c.ts'
import { MAX_HEADER_BYTES } from './limits.ts'
import { readTlvs, type Tlv } from './tlv.ts'

/** One end of a proxied connection. */
export interface Endpoint {
  /** IPv4 dotted, or IPv6 in shortest form (RFC 5952). */
  readonly address: string
  readonly port: number
}

/** What a proxy says of the connection it passes on. PROXY protocol 2.2 of HAProxy, §2.2. */
export type ProxyHeader =
  /** The proxy speaks for itself (a health check): the connection's own addresses hold. */
  | { readonly kind: 'local' }
  | {
      readonly kind: 'proxied'
      readonly source: Endpoint
      readonly destination: Endpoint
      /** The server name the client asked for in TLS, when the proxy ended it; else null. */
      readonly authority: string | null
      /** What TLS the client spoke to the proxy; null when none was said. */
      readonly tls: ProxiedTls | null
    }

/** TLS between client and proxy. */
export interface ProxiedTls {
  /** As the proxy names it: `TLSv1.3`; null when not said. */
  readonly version: string | null
  readonly cipher: string | null
  /** The client sent a certificate, and the proxy found it good. */
  readonly verifiedClient: boolean
}

/** What the first bytes of a connection are. `more`: give at least `bytes` in all. `used`: where the header ends. */
export type ProxyRead =
  | { readonly kind: 'header'; readonly header: ProxyHeader; readonly used: number }
  | { readonly kind: 'more'; readonly bytes: number }
  | { readonly kind: 'invalid'; readonly reason: string }

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const FIXED_BYTES = 16
const TCP4 = 0x11
const TCP6 = 0x21
const TLV_AUTHORITY = 0x02
const TLV_CRC32C = 0x03
const TLV_SSL = 0x20
const SSL_VERSION = 0x21
const SSL_CIPHER = 0x23

/**
 * Reads a version 2 header at the start of a connection from a trusted proxy.
 *
 * A listener that expects a header must get one: anything else is `invalid`, and the connection is closed (§2: a receiver
 * must not guess). Version 1, the text form, is not taken.
 */
export function readProxyHeader(input: Uint8Array): ProxyRead {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length)
  const seen = Math.min(bytes.length, SIGNATURE.length)
  if (!bytes.subarray(0, seen).equals(SIGNATURE.subarray(0, seen))) return invalid('no PROXY version 2 signature')
  if (bytes.length < FIXED_BYTES) return { kind: 'more', bytes: FIXED_BYTES }
  const command = bytes.readUInt8(12)
  const family = bytes.readUInt8(13)
  const used = FIXED_BYTES + bytes.readUInt16BE(14)
  if (command !== 0x20 && command !== 0x21) return invalid('not version 2, or an unknown command')
  if (used > MAX_HEADER_BYTES) return invalid('header too long')
  if (bytes.length < used) return { kind: 'more', bytes: used }
  if (command === 0x20) return { kind: 'header', header: { kind: 'local' }, used } // §2.2: the rest must be skipped.
  const addressBytes = family === TCP4 ? 12 : 36
  if (family !== TCP4 && family !== TCP6) return invalid('neither TCP over IPv4 nor over IPv6')
  if (used < FIXED_BYTES + addressBytes) return invalid('no room for the addresses')
  const tlvs = readTlvs(bytes.subarray(FIXED_BYTES + addressBytes, used))
  if (tlvs === null) return invalid('broken TLV')
  if (!checksumHolds(bytes.subarray(0, used), tlvs)) return invalid('wrong checksum')
  const header = proxied(bytes.subarray(FIXED_BYTES, used), family, tlvs)
  return header === null ? invalid('broken TLV') : { kind: 'header', header, used }
}

function proxied(bytes: Buffer, family: number, tlvs: readonly Tlv[]): ProxyHeader | null {
  const size = family === TCP4 ? 4 : 16
  const source = { address: address(bytes.subarray(0, size)), port: bytes.readUInt16BE(size * 2) }
  const destination = { address: address(bytes.subarray(size, size * 2)), port: bytes.readUInt16BE(size * 2 + 2) }
  const ssl = find(tlvs, TLV_SSL)
  const tls = ssl === null ? null : readTls(ssl.value)
  if (tls === 'broken') return null
  return { kind: 'proxied', source, destination, authority: text(find(tlvs, TLV_AUTHORITY)), tls }
}

/** §2.2.5: a byte of flags, the result of verifying the client (0 is good), and TLVs of its own. */
function readTls(bytes: Buffer): ProxiedTls | null | 'broken' {
  const inner = bytes.length < 5 ? null : readTlvs(bytes.subarray(5))
  if (inner === null) return 'broken'
  const flags = bytes.readUInt8(0)
  if ((flags & 0x01) === 0) return null
  const verifiedClient = (flags & 0x06) !== 0 && bytes.readUInt32BE(1) === 0
  return { version: text(find(inner, SSL_VERSION)), cipher: text(find(inner, SSL_CIPHER)), verifiedClient }
}

/** §2.2.3: when there is a checksum it must hold, over the whole header with the checksum itself as zeros. */
function checksumHolds(header: Buffer, tlvs: readonly Tlv[]): boolean {
  const sum = find(tlvs, TLV_CRC32C)
  if (sum === null) return true
  if (sum.value.length !== 4) return false
  const cleared = Buffer.from(header)
  cleared.fill(0, sum.value.byteOffset - header.byteOffset, sum.value.byteOffset - header.byteOffset + 4)
  return crc32c(cleared) === sum.value.readUInt32BE(0)
}

function find(tlvs: readonly Tlv[], type: number): Tlv | null {
  return tlvs.find((tlv) => tlv.type === type) ?? null
}

/** Printable ASCII of a TLV, for logs and traces; null when it is absent or holds anything else. */
function text(tlv: Tlv | null): string | null {
  const found = tlv?.value.toString('latin1') ?? ''
  return /^[!-~]{1,255}$/.test(found) ? found : null
}

function address(bytes: Buffer): string {
  return bytes.length === 4 ? bytes.join('.') : new ipaddr.IPv6([...bytes]).toRFC5952String()
}

function invalid(reason: string): ProxyRead {
  return { kind: 'invalid', reason }
}

import ipaddr from 'ipaddr.js'
import type { Caa, Mx, Srv, Tlsa } from '../../../base/dns.ts'
import { readName } from './name.ts'

/** A record type: its names, and how its data is read. */
export interface Kind<T> {
  readonly name: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'PTR' | 'SRV' | 'TLSA' | 'TXT'
  readonly code: number
  /** Reads `bytes[from]` up to `bytes[to]`, which lie in `bytes`. Null when they are not such data. */
  readonly read: (bytes: Buffer, from: number, to: number) => T | null
}

/** IPv4 addresses. RFC 1035 §3.4.1. */
export const A: Kind<string> = { name: 'A', code: 1, read: (bytes, from, to) => (to - from === 4 ? address(bytes, from, to) : null) }

/** IPv6 addresses, written as in RFC 5952. RFC 3596 §2.2. */
export const AAAA: Kind<string> = {
  name: 'AAAA',
  code: 28,
  read: (bytes, from, to) => (to - from === 16 ? address(bytes, from, to) : null),
}

/** Aliases. RFC 1035 §3.3.1. */
export const CNAME: Kind<string> = { name: 'CNAME', code: 5, read: lastName }

/** Names of addresses. RFC 1035 §3.3.12. */
export const PTR: Kind<string> = { name: 'PTR', code: 12, read: lastName }

/** Mail exchangers. RFC 1035 §3.3.9. */
export const MX: Kind<Mx> = {
  name: 'MX',
  code: 15,
  read(bytes, from, to) {
    const exchange = to - from < 3 ? null : lastName(bytes, from + 2, to)
    return exchange === null ? null : { preference: bytes.readUInt16BE(from), exchange }
  },
}

/** Places of services. RFC 2782. */
export const SRV: Kind<Srv> = {
  name: 'SRV',
  code: 33,
  read(bytes, from, to) {
    const target = to - from < 7 ? null : lastName(bytes, from + 6, to)
    if (target === null) return null
    return { priority: bytes.readUInt16BE(from), weight: bytes.readUInt16BE(from + 2), port: bytes.readUInt16BE(from + 4), target }
  },
}

/** Certificates to expect. RFC 6698 §2.1. */
export const TLSA: Kind<Tlsa> = {
  name: 'TLSA',
  code: 52,
  read(bytes, from, to) {
    if (to - from < 4) return null
    return {
      usage: bytes.readUInt8(from),
      selector: bytes.readUInt8(from + 1),
      matchingType: bytes.readUInt8(from + 2),
      data: Uint8Array.from(bytes.subarray(from + 3, to)),
    }
  },
}

/** Who may issue certificates. RFC 8659 §4.1: flags, the tag with its length, and the value up to the end. */
export const CAA: Kind<Caa> = {
  name: 'CAA',
  code: 257,
  read(bytes, from, to) {
    const tagAt = from + 2
    const valueAt = to - from < 3 ? to : tagAt + bytes.readUInt8(from + 1)
    const tag = valueAt > to ? '' : bytes.toString('latin1', tagAt, valueAt).toLowerCase()
    if (!/^[a-z0-9]+$/.test(tag)) return null
    return { critical: (bytes.readUInt8(from) & 0x80) !== 0, tag, value: bytes.toString('latin1', valueAt, to) }
  },
}

/**
 * Text: the strings of one record joined without anything between them (RFC 7208 §3.3, RFC 6376 §3.6.2.2), a character for each
 * byte. SPF, DKIM, DMARC and MTA-STS are ASCII; who expects UTF-8 gets the bytes back with `Buffer.from(text, 'latin1')`.
 */
export const TXT: Kind<string> = {
  name: 'TXT',
  code: 16,
  read(bytes, from, to) {
    let text = ''
    let at = from
    while (at < to) {
      const next = at + 1 + bytes.readUInt8(at)
      if (next > to) return null
      text += bytes.toString('latin1', at + 1, next)
      at = next
    }
    return from === to ? null : text // RFC 1035 §3.3.14: one string at least.
  },
}

/** The start of authority: what of it we use. RFC 2308 §5: "there is none" lives as long as the smaller of its TTL and its last field. */
export const SOA = {
  code: 6,
  minimumMs(bytes: Buffer, from: number, to: number): number | null {
    const primary = readName(bytes, from)
    const person = primary && readName(bytes, primary.end)
    return person === null || person.end + 20 !== to ? null : bytes.readUInt32BE(to - 4) * 1000
  },
}

/** NS, which tells a referral. RFC 1035 §3.3.11. */
export const NS_CODE = 2

/** The only class there is: IN. */
export const CLASS_IN = 1

function address(bytes: Buffer, from: number, to: number): string {
  return ipaddr.fromByteArray([...bytes.subarray(from, to)]).toString()
}

/** A name that fills its place to the end. */
function lastName(bytes: Buffer, from: number, to: number): string | null {
  const read = readName(bytes, from)
  return read === null || read.end !== to ? null : read.name
}

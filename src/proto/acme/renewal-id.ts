/** The extension that names the key of who signed: 2.5.29.35, as DER writes it. RFC 5280 §4.2.1.1. */
const AUTHORITY_KEY_IDENTIFIER = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x23])

const OCTET_STRING = 0x04
const SEQUENCE = 0x30
const KEY_IDENTIFIER = 0x80

/**
 * What an authority calls a certificate when it is asked when to renew: RFC 9773 §4.1. `der` is the certificate, `serial` its number in hexadecimal digits.
 * Null when it does not name the key of its authority.
 */
export function renewalId(der: Uint8Array, serial: string): string | null {
  const key = authorityKey(Buffer.from(der))
  const digits = serial.length % 2 === 0 ? serial : `0${serial}`
  const number = Buffer.from(digits, 'hex')
  if (key === null || number.length === 0) return null
  // The number as DER has it: it is never negative.
  const signed = (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number
  return `${key.toString('base64url')}.${signed.toString('base64url')}`
}

function authorityKey(der: Buffer): Buffer | null {
  const at = der.indexOf(AUTHORITY_KEY_IDENTIFIER)
  const value = at === -1 ? null : contentOf(der.subarray(at + AUTHORITY_KEY_IDENTIFIER.length), OCTET_STRING)
  const list = value === null ? null : contentOf(value, SEQUENCE)
  return list === null ? null : contentOf(list, KEY_IDENTIFIER)
}

/** What an element of that kind holds. All of these are shorter than 128 octets, so that their length is one (X.690 §8.1.3.4). */
function contentOf(bytes: Buffer, kind: number): Buffer | null {
  const [tag, length = 128] = bytes
  return tag === kind && length < 128 && bytes.length >= 2 + length ? bytes.subarray(2, 2 + length) : null
}

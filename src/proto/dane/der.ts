/** One element of DER: its tag, and its content as a range of the array it was read from. X.690 §8.1. */
export interface Element {
  readonly tag: number
  readonly start: number
  readonly end: number
}

/** Tags that certificates are made of. X.690 §8; `context` is for [n]. */
export const TAG = { boolean: 1, integer: 2, octets: 4, oid: 6, sequence: 0x30, context: (number: number): number => 0xa0 | number } as const

/**
 * The elements that fill a range, in order; null when they do not: a length that leads outside, one without an end, a tag of several octets. Never
 * throws. What is inside of them is not looked at.
 */
export function elementsOf(bytes: Uint8Array, start: number, end: number): readonly Element[] | null {
  const found: Element[] = []
  for (let at = start; at < end; ) {
    const tag = bytes[at] ?? 0
    const length = lengthAt(bytes, at + 1)
    if ((tag & 0x1f) === 0x1f || length === null || length.next + length.value > end) return null
    found.push({ tag, start: length.next, end: length.next + length.value })
    at = length.next + length.value
  }
  return found
}

/** At most four octets of length: a certificate of 4 GiB is none. */
function lengthAt(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } | null {
  const first = bytes[at]
  if (first === undefined) return null
  if (first < 0x80) return { value: first, next: at + 1 }
  const count = first & 0x7f
  if (count === 0 || count > 4 || at + count >= bytes.length) return null
  let value = 0
  for (let index = 1; index <= count; index++) value = value * 256 + (bytes[at + index] ?? 0)
  return { value, next: at + 1 + count }
}

/** An object identifier as its octets in hexadecimal: they are compared, never shown. */
export function oidOf(bytes: Uint8Array, { start, end }: Element): string {
  return Buffer.from(bytes.subarray(start, end)).toString('hex')
}

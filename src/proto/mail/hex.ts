/** The byte that two hexadecimal digits at `at` stand for, in either case, or -1 when they are none. */
export function hexByte(bytes: Uint8Array, at: number): number {
  const high = hexDigit(bytes[at] ?? 0)
  const low = hexDigit(bytes[at + 1] ?? 0)
  return high === -1 || low === -1 ? -1 : high * 16 + low
}

/** A byte as two upper-case hexadecimal digits, as quoted-printable and percent encoding want them. */
export function toHex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0')
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

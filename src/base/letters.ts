/** The lower-case alphabet of RFC 4648 §6: letters that keep their meaning whatever a server does to their case. */
export const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** What each character of an alphabet stands for, by its code. */
export function valuesIn(alphabet: string): Uint8Array {
  const values = new Uint8Array(128)
  for (let value = 0; value < alphabet.length; value++) values[alphabet.charCodeAt(value)] = value
  return values
}

/** Characters of an alphabet as what they stand for; those of no alphabet as 0. */
export function valuesOf(text: string, values: Uint8Array): Uint8Array {
  const read = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) read[at] = values[text.charCodeAt(at)] ?? 0
  return read
}

/** The characters that stand for values. */
export function charsOf(values: Uint8Array, alphabet: string): string {
  let text = ''
  for (const value of values) text += alphabet.charAt(value)
  return text
}

/** Groups of `from` bits as groups of `to` bits. The bits must come out even: nothing is filled up. */
export function repack(groups: Uint8Array, from: number, to: number): Uint8Array {
  const packed = new Uint8Array((groups.length * from) / to)
  let end = 0
  let held = 0
  let bits = 0
  for (const group of groups) {
    held = (held << from) | group
    bits += from
    while (bits >= to) {
      bits -= to
      packed[end++] = (held >> bits) & ((1 << to) - 1)
      held &= (1 << bits) - 1
    }
  }
  return packed
}

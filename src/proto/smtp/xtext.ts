const XTEXT = /^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/
const UNICODE_ESCAPE = /\\x\{(0[1-9A-F]|[1-9A-F][0-9A-F]{1,4}|10[0-9A-F]{4})\}/g

/** The text of an xtext value, or null when it is none. RFC 3461 §4. Bytes above 127 are Latin-1 characters here. */
export function decodeXtext(text: string): string | null {
  if (!XTEXT.test(text)) return null
  return text.includes('+') ? text.replace(/\+(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text
}

/** Text as xtext, for a parameter value. Characters above 255 cannot be written so: see `encodeUtf8Xtext`. */
export function encodeXtext(text: string): string {
  return text.replace(/[^!-*,-<>-~]/g, (char) => `+${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/**
 * The address of an ORCPT of type `utf-8`, in any of its three forms (utf-8-addr-xtext, -unitext, -addr), or null. RFC 6533 §3.
 * `\x{5E9}` stands for a character.
 */
export function decodeUtf8Address(text: string): string | null {
  const address = text.replace(UNICODE_ESCAPE, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
  // Controls could be escaped in, and lone surrogates: neither may reach a report.
  return /[\0-\x1f\x7f]/.test(address) || !address.isWellFormed() ? null : address
}

/** An address as utf-8-addr-xtext: ASCII that says every character. RFC 6533 §3. */
export function encodeUtf8Xtext(text: string): string {
  return text.replace(/[^!-*,-<>-[\]-~]/gu, (char) => `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}}`)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What a client sent, as text; null when it is not UTF-8, contains NUL, or is over `maxBytes`. RFC 4616 §2 (SAFE), RFC 5802 §7. */
export function decodeText(bytes: Uint8Array, maxBytes: number): string | null {
  if (bytes.length > maxBytes || bytes.includes(0)) return null
  try {
    return utf8.decode(bytes)
  } catch {
    // The decoder throws only for bytes that are not UTF-8.
    return null
  }
}

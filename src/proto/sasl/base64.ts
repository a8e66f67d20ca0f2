const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The bytes of a Base64 line from a client, or null when it is none. RFC 4648 §4: no line breaks, no missing padding, no
 * other alphabet; a client that errs there errs elsewhere. The empty text is the empty response.
 */
export function decodeBase64(text: string): Uint8Array | null {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : null
}

/**
 * The bytes of an initial response on the command line: `=` stands for a response that is there and empty. RFC 4954 §4,
 * RFC 5034 §4, RFC 4959 §3.
 */
export function decodeInitialResponse(text: string): Uint8Array | null {
  return text === '=' ? new Uint8Array(0) : decodeBase64(text)
}

/** A challenge as the protocols send it after `334 ` or `+ `. */
export function encodeBase64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64')
}

import { createHash } from 'node:crypto'

/** The protocol that a validator asks for by ALPN. RFC 8737 §6.2. */
export const ACME_TLS = 'acme-tls/1'

/** id-pe-acmeIdentifier: the extension of a certificate that answers a challenge. RFC 8737 §6.1. */
export const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31'

const DIGEST_BYTES = 32

/** The value of that extension, DER: an OCTET STRING with the digest of the key authorization. RFC 8737 §3. */
export function acmeIdentifier(keyAuthorization: string): Uint8Array {
  const digest = createHash('sha256').update(keyAuthorization).digest()
  return Buffer.concat([Buffer.from([0x04, DIGEST_BYTES]), digest])
}

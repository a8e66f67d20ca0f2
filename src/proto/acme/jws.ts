import { createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto'

/** The public half of an account key, members in the order that RFC 7638 §3.2 hashes them in. */
export interface Jwk {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
}

/** Who signs a request: a new account shows its key, one that is known its URL. RFC 8555 §6.2. */
export type Signer =
  | { readonly kind: 'key'; readonly key: KeyObject }
  | { readonly kind: 'account'; readonly key: KeyObject; readonly account: string }

/** What a request is signed over, besides its content. */
export interface Header {
  readonly url: string
  readonly nonce: string
}

/** The public half of a P-256 key. */
export function jwkOf(key: KeyObject): Jwk {
  const { crv, kty, x, y } = createPublicKey(key).export({ format: 'jwk' })
  if (crv !== 'P-256' || kty !== 'EC' || x === undefined || y === undefined) throw new Error('an account key is P-256')
  return { crv, kty, x, y }
}

/** The body of a signed request. A `payload` of null is POST-as-GET: empty content (RFC 8555 §6.3). */
export function signedBody(signer: Signer, { url, nonce }: Header, payload: unknown): string {
  const who = signer.kind === 'key' ? { jwk: jwkOf(signer.key) } : { kid: signer.account }
  const protectedPart = encode({ alg: 'ES256', nonce, url, ...who })
  const content = payload === null ? '' : encode(payload)
  // RFC 7518 §3.4: the two numbers side by side, not DER.
  const signature = sign('sha256', Buffer.from(`${protectedPart}.${content}`), { key: signer.key, dsaEncoding: 'ieee-p1363' })
  return JSON.stringify({ protected: protectedPart, payload: content, signature: signature.toString('base64url') })
}

/** What an authority gave out of band, so that it knows whose account this is. `macKey` is base64url. */
export interface ExternalAccount {
  readonly keyId: string
  readonly macKey: string
}

/** Binds an account key to an account elsewhere. RFC 8555 §7.3.4. */
export function bindAccount({ keyId, macKey }: ExternalAccount, key: KeyObject, url: string): unknown {
  const protectedPart = encode({ alg: 'HS256', kid: keyId, url })
  const content = encode(jwkOf(key))
  const signature = createHmac('sha256', Buffer.from(macKey, 'base64url')).update(`${protectedPart}.${content}`).digest('base64url')
  return { protected: protectedPart, payload: content, signature }
}

/** What answers a challenge: its token with the thumbprint of our key (RFC 7638). RFC 8555 §8.1. */
export function keyAuthorization(token: string, key: KeyObject): string {
  return `${token}.${createHash('sha256').update(JSON.stringify(jwkOf(key))).digest('base64url')}`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

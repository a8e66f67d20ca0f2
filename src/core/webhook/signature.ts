import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** How calls are signed, in the words of Standard Webhooks. `v1`: HMAC-SHA256, with a secret that both sides know. `v1a`: Ed25519 (RFC 8032), and only the public key leaves the house. */
export const SCHEMES = ['v1', 'v1a'] as const

/** One of them. */
export type Scheme = (typeof SCHEMES)[number]

/** What signs, and what verifies where that is another thing. */
export interface SigningKey {
  /** `whsec_...`, or `whsk_...`, which is never shown. */
  readonly secret: string
  /** `whpk_...`; null for `v1`. */
  readonly publicKey: string | null
}

const SECRET_PREFIX = 'whsec_'
const PRIVATE_PREFIX = 'whsk_'
const PUBLIC_PREFIX = 'whpk_'

/** Standard Webhooks: between 24 and 64 random octets. */
const SECRET_BYTES = 32

/** Octets of a key of Ed25519. RFC 8032 §5.1.5. */
const KEY_BYTES = 32

/** Makes what signs, as Standard Webhooks writes it. */
export function makeSigningKey(scheme: Scheme): SigningKey {
  if (scheme === 'v1') return { secret: SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64'), publicKey: null }
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  return { secret: PRIVATE_PREFIX + Buffer.concat([seed, point]).toString('base64'), publicKey: PUBLIC_PREFIX + point.toString('base64') }
}

/** How it is signed for who verifies with that public key, or with none. */
export function schemeOf(publicKey: string | null): Scheme {
  return publicKey === null ? 'v1' : 'v1a'
}

/**
 * The headers that prove who calls. Standard Webhooks: a signature over id, time and body, one for each secret, so that a secret can be
 * replaced while both are known, also by one of the other scheme. The `svix-` names say the same again, for verifiers that know only those.
 */
export function signatureHeaders(secrets: readonly string[], id: string, atMs: number, body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1_000))
  const signature = secrets.map((secret) => signatureOf(secret, `${id}.${timestamp}.${body}`)).join(' ')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
    'svix-id': id,
    'svix-timestamp': timestamp,
    'svix-signature': signature,
  }
}

function signatureOf(secret: string, text: string): string {
  if (!secret.startsWith(PRIVATE_PREFIX)) return `v1,${createHmac('sha256', bytesOf(secret, SECRET_PREFIX)).update(text).digest('base64')}`
  const pair = bytesOf(secret, PRIVATE_PREFIX)
  const [d, x] = [pair.toString('base64url', 0, KEY_BYTES), pair.toString('base64url', KEY_BYTES)]
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' })
  return `v1a,${sign(null, Buffer.from(text), key).toString('base64')}`
}

function bytesOf(secret: string, prefix: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64')
}

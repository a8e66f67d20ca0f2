import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'

/** Standard Webhooks: between 24 and 64 random octets. */
const SECRET_BYTES = 32

/** Makes a secret as Standard Webhooks writes it. */
export function makeWebhookSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/**
 * The headers that prove who calls. Standard Webhooks: HMAC-SHA256 over id, time and body, one signature for each secret, so that a secret can be
 * replaced while both are known. The `svix-` names say the same again, for verifiers that know only those.
 */
export function signatureHeaders(secrets: readonly string[], id: string, atMs: number, body: string): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1_000))
  const signature = secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`).join(' ')
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
    'svix-id': id,
    'svix-timestamp': timestamp,
    'svix-signature': signature,
  }
}

function keyOf(secret: string): Uint8Array {
  return Buffer.from(secret.slice(PREFIX.length), 'base64')
}

import type { AccountId, OrganizationId } from '../../../base/brand.ts'

/** A key in an authenticator that logs its owner in. */
export interface Passkey {
  /** As the authenticator calls it, base64url. */
  readonly id: string
  readonly account: AccountId
  /** What its owner calls it. */
  readonly name: string
  /** COSE, as it came. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** The greatest count of uses that the authenticator has told; 0 for one that does not count. */
  readonly counter: number
  readonly transports: readonly string[]
  readonly createdMs: number
  readonly usedMs: number | null
}

/** A passkey with what a login by it needs to know of its owner. */
export interface PasskeyLogin extends Passkey {
  readonly organization: OrganizationId
  readonly login: string
  readonly role: string
}

/** The challenge in what a browser has signed, or null: WebAuthn §5.8.1. Nothing else of it is believed before the signature is checked. */
export function challengeIn(clientDataJson: string): string | null {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8')) as { readonly challenge?: unknown }
    return typeof challenge === 'string' && /^[\w-]{43}$/.test(challenge) ? challenge : null
  } catch {
    return null // No JSON.
  }
}

/** A certificate that an authority made for us. `name` is what it is called. */
export interface IssuedCertificate {
  readonly name: string
  readonly names: readonly string[]
  /** Its own certificate first, PEM. */
  readonly chain: string
  /** PKCS #8, PEM. */
  readonly key: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly issuedMs: number
  /** Who made it. */
  readonly directory: string
}

/** A certificate that there should be. */
export interface WantedCertificate {
  /** What it is called: its first name, or `hosted:` and the domain whose hosts it is for. */
  readonly name: string
  readonly names: readonly string[]
}

/** What is known of the tries to get a certificate. */
export interface Tries {
  /** When the latest ones failed, oldest first; one that succeeds forgets them. */
  readonly failedMs: readonly number[]
  /** Not before; 0 when nothing holds it up. */
  readonly nextMs: number
  /** What went wrong last; null when nothing did. */
  readonly error: string | null
  /** When somebody asked for a new one; null when nobody waits. */
  readonly askedMs: number | null
}

/** What nobody has tried yet. */
export const UNTRIED: Tries = { failedMs: [], nextMs: 0, error: null, askedMs: null }

/** How a name is shown to be ours. RFC 8555 §8.3, RFC 8737. */
export type ChallengeKind = 'http-01' | 'tls-alpn-01'

/** The kinds of keys there are. */
export type KeyType = 'p256' | 'p384' | 'rsa2048' | 'rsa4096'

/** An answer that workers give to a validator. It is no secret: everybody who asks gets it. */
export type ChallengeAnswer =
  | { readonly kind: 'http-01'; readonly token: string; readonly text: string }
  /** `key` is good for this certificate only, which nobody trusts. */
  | { readonly kind: 'tls-alpn-01'; readonly name: string; readonly cert: string; readonly key: string }

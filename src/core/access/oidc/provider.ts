/** A house that says who somebody is: an OpenID provider. All of it is the operator's; nothing is learned from requests. */
export interface OidcProvider {
  /** In our addresses: `google`. */
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  /** Null for a client that has none and shows PKCE alone. */
  readonly clientSecret: string | null
  /** Whether plain HTTP will do: in tests. */
  readonly plain: 'allowed' | 'refused'
}

/** What is kept while somebody is there, and must fit what comes back. */
export interface Departure {
  readonly provider: string
  /** Hash of the token in the cookie of the browser that left: whoever comes back must be it. */
  readonly browser: string
  readonly nonce: string
  /** The secret of PKCE: RFC 7636 §4.1. */
  readonly verifier: string
}

/** What a provider has said of somebody, once it was checked. */
export interface Claims {
  readonly issuer: string
  readonly subject: string
  /** An address that the provider has verified itself; null for none. */
  readonly verifiedEmail: string | null
}

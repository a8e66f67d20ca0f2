/** Why a login did not succeed. The protocols turn it into their reply; none says more than this to the peer. */
export type SaslFailure =
  /**
   * Wrong name, wrong password, or a proof that does not hold: never say which. SMTP 535 5.7.8, IMAP [AUTHENTICATIONFAILED],
   * POP3 [AUTH].
   */
  | 'credentials'
  /** We cannot tell now: database silent, too many hashes waiting. SMTP 454 4.7.0, IMAP [UNAVAILABLE], POP3 [SYS/TEMP]. */
  | 'temporary'
  /** The message breaks the mechanism's grammar. SMTP 501 5.5.2, IMAP BAD, POP3 -ERR. */
  | 'malformed'
  /** Too many failures from there; the password was not looked at. SMTP 454 4.7.0, IMAP [UNAVAILABLE], POP3 [SYS/TEMP]. */
  | 'throttled'
  /**
   * The password was right, but the account may not log in (suspended, or not by this protocol). SMTP 535 5.7.13,
   * IMAP [CONTACTADMIN], POP3 [AUTH].
   */
  | 'disabled'

/** What a login comes to: who it is, or why not. */
export type AuthAnswer<Identity> =
  | { readonly kind: 'ok'; readonly identity: Identity }
  | { readonly kind: 'fail'; readonly reason: SaslFailure }

/** What the server says after one client message. Bytes are raw: Base64 and framing are the protocol's. */
export type SaslTurn<Identity> =
  | { readonly kind: 'challenge'; readonly data: Uint8Array }
  /** Success. `data` is the mechanism's last word (SCRAM's server signature), for protocols that can send it with success; else null. */
  | { readonly kind: 'done'; readonly identity: Identity; readonly data: Uint8Array | null }
  | { readonly kind: 'fail'; readonly reason: SaslFailure }

/**
 * One authentication in progress, server side. RFC 4422 §3.
 *
 * The session calls `step` with the initial response (null when the client sent none), then with each answer to a
 * challenge, until the turn is `done` or `fail`. It handles `*` (cancel) itself and then drops the exchange.
 * `done` may carry data, but a protocol that cannot send data with its success (SMTP, IMAP, POP3) creates the exchange
 * with `finalData: 'challenge'`: then the data comes as a last challenge, which the client answers with an empty response.
 * Never rejects for what the client sends. A step after the end is `malformed`.
 */
export interface SaslExchange<Identity> {
  step(response: Uint8Array | null): Promise<SaslTurn<Identity>>
}

/** The keys a server keeps of one password. RFC 5802 §3. */
export interface ScramKeys {
  /** H(ClientKey), 32 bytes. */
  readonly storedKey: Uint8Array
  /** HMAC(SaltedPassword, "Server Key"), 32 bytes. */
  readonly serverKey: Uint8Array
}

/**
 * What SCRAM needs to know of a user. RFC 5802 §2.2. Several passwords (app passwords) may be proved by one name when they share
 * salt and iterations. For an unknown user the authority makes up lasting, alike values.
 */
export interface ScramSecrets {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly candidates: readonly (ScramKeys & { readonly credential: string })[]
}

/** What became of asking for keys. */
export type ScramAnswer =
  | { readonly kind: 'secrets'; readonly secrets: ScramSecrets }
  | { readonly kind: 'fail'; readonly reason: SaslFailure }

/**
 * The house, as a mechanism sees it; bound to one client (address, protocol), so that it can throttle. Names and
 * passwords arrive as the client typed them, decoded from UTF-8: the authority applies `prepare` (SASLprep) itself, so
 * that USER/PASS and LOGIN commands may call `checkPassword` directly. Nothing may tell an unknown user from a known
 * one, in answer or time. Throws `Unavailable` never: that is `temporary` here.
 */
export interface SaslAuthority<Identity> {
  checkPassword(user: string, password: string): Promise<AuthAnswer<Identity>>
  /** What to prove. Unknown users get what nobody can prove. */
  scramSecrets(user: string): Promise<ScramAnswer>
  /**
   * Ends a SCRAM exchange that reached the proof. `credential` is the candidate it held for, or null for none: that counts
   * against the client.
   */
  scramDone(user: string, credential: string | null): Promise<AuthAnswer<Identity>>
}

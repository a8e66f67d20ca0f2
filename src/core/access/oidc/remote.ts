import type { Configuration } from 'openid-client'
import type { Clock } from '../../../base/clock.ts'
import { MAX_SUBJECT_CHARS, METADATA_MS, REQUEST_SECONDS } from './limits.ts'
import type { Claims, Departure, OidcProvider } from './provider.ts'

/** Asks one provider, by the authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, OpenID Connect Core §3.1). One for each worker. */
export class OidcClient {
  readonly #provider: OidcProvider
  readonly #redirect: string
  readonly #clock: Clock
  #known: { readonly config: Promise<Configuration>; readonly untilMs: number } | null = null

  /** `redirect` is where the provider sends people back: an address of the configuration. */
  constructor(provider: OidcProvider, redirect: string, clock: Clock) {
    this.#provider = provider
    this.#redirect = redirect
    this.#clock = clock
  }

  /** Where a browser is sent. @throws what the provider's description lacks, or that it is silent. */
  async urlFor({ nonce, verifier }: Pick<Departure, 'nonce' | 'verifier'>, state: string): Promise<string> {
    const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client')
    const challenge = await calculatePKCECodeChallenge(verifier)
    const asked = { redirect_uri: this.#redirect, scope: 'openid email', state, nonce, code_challenge: challenge, code_challenge_method: 'S256' }
    return buildAuthorizationUrl(await this.#config(), asked).href
  }

  /** Who came back: turns the code into tokens and checks them, signature, issuer, audience, time, nonce and all. @throws what is wrong with it. */
  async claims(query: URLSearchParams, { nonce, verifier }: Departure, state: string): Promise<Claims> {
    const { authorizationCodeGrant } = await import('openid-client')
    const url = new URL(this.#redirect)
    url.search = query.toString()
    const tokens = await authorizationCodeGrant(await this.#config(), url, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true })
    const claims = tokens.claims()
    if (claims === undefined || claims.sub === '' || claims.sub.length > MAX_SUBJECT_CHARS) throw new Error('the token names nobody')
    const { email, email_verified: isVerified } = claims
    return { issuer: claims.iss, subject: claims.sub, verifiedEmail: typeof email === 'string' && isVerified === true ? email : null }
  }

  async #config(): Promise<Configuration> {
    if (this.#known === null || this.#known.untilMs <= this.#clock.nowMs()) this.#known = { config: this.#discover(), untilMs: this.#clock.nowMs() + METADATA_MS }
    const { config } = this.#known
    try {
      return await config
    } catch (error) {
      this.#known = null // The next one asks again.
      throw error
    }
  }

  async #discover(): Promise<Configuration> {
    const { allowInsecureRequests, ClientSecretPost, discovery, enableNonRepudiationChecks, None } = await import('openid-client')
    const { issuer, clientId, clientSecret, plain } = this.#provider
    const authentication = clientSecret === null ? None() : ClientSecretPost(clientSecret)
    // Tokens are checked by their signatures, too, although they come over TLS from the issuer itself.
    const execute = [enableNonRepudiationChecks, ...(plain === 'allowed' ? [allowInsecureRequests] : [])]
    return await discovery(new URL(issuer), clientId, undefined, authentication, { execute, timeout: REQUEST_SECONDS })
  }
}

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Who is at a provider, and what it says wrongly: claims go over those that are right. */
export interface Person {
  readonly sub: string
  readonly email?: string
  readonly email_verified?: boolean
}

/** A small OpenID provider on loopback: it asks nobody anything and lets `person` in. It checks PKCE and the client as it should. */
export class OidcProvider implements AsyncDisposable {
  readonly clientId = 'merpati-tests'
  readonly clientSecret = 'geheim'
  person: Person = { sub: 'nobody' }
  lies: Readonly<Record<string, unknown>> = {}
  /** Signs with a key that it does not publish. */
  forges = false
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #keys = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ec', { namedCurve: 'P-256' })] as const
  readonly #codes = new Map<string, URLSearchParams>()
  issuer = ''

  /** Starts it on a free port. */
  static async start(): Promise<OidcProvider> {
    const provider = new OidcProvider()
    provider.#server.listen(0, '127.0.0.1')
    await once(provider.#server, 'listening')
    provider.issuer = `http://127.0.0.1:${(provider.#server.address() as AddressInfo).port}`
    return provider
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer)
    const say = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return say(200, {
          ...{ issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`, token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/jwks` },
          ...{ response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'], authorization_response_iss_parameter_supported: true },
        })
      case '/jwks':
        return say(200, { keys: [{ ...this.#keys[0].publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'k1' }] })
      case '/authorize': {
        const code = randomBytes(16).toString('hex')
        this.#codes.set(code, url.searchParams)
        const back = new URL(url.searchParams.get('redirect_uri') ?? '')
        back.search = new URLSearchParams({ code, state: url.searchParams.get('state') ?? '', iss: this.issuer }).toString()
        return void response.writeHead(302, { location: back.href }).end()
      }
      case '/token': {
        const form = new URLSearchParams(Buffer.concat(await request.toArray() as Buffer[]).toString())
        const asked = this.#codes.get(form.get('code') ?? '')
        this.#codes.delete(form.get('code') ?? '')
        const isRight = asked !== undefined && form.get('client_secret') === this.clientSecret && form.get('redirect_uri') === asked.get('redirect_uri') &&
          createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url') === asked.get('code_challenge')
        return isRight ? say(200, { access_token: 'x', token_type: 'Bearer', id_token: this.#token(asked) }) : say(400, { error: 'invalid_grant' })
      }
      default:
        return say(404, {})
    }
  }

  #token(asked: URLSearchParams): string {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: this.issuer, aud: this.clientId, iat: now, exp: now + 60, nonce: asked.get('nonce'), ...this.person, ...this.lies }
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = `${part({ alg: 'ES256', kid: 'k1', typ: 'JWT' })}.${part(claims)}`
    const { privateKey } = this.#keys[this.forges ? 1 : 0]
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
  }
}

import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { CEREMONY_MS } from './limits.ts'
import type { Passkey } from './passkey.ts'

/** Who asks for passkeys: a name of the configuration, and where its pages come from. Neither is ever taken from a request. */
export interface RelyingParty {
  readonly host: string
  readonly origins: readonly string[]
}

/** What a call of the browser takes, in JSON. */
export type CeremonyOptions = { [name: string]: Json }

type Json = string | number | boolean | null | Json[] | { [name: string]: Json }

// The library is loaded when somebody uses a passkey: it takes half a second, and some megabytes.

/** What a browser needs to make a passkey. WebAuthn §5.4. It must be one that knows its owner: by a finger, a face or a PIN. */
export async function registrationOptions(
  { host }: RelyingParty,
  who: { readonly account: string; readonly login: string; readonly passkeys: readonly Passkey[] },
  challenge: string,
): Promise<CeremonyOptions> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  return plain(await generateRegistrationOptions({
    rpName: host,
    rpID: host,
    userName: who.login,
    userID: new Uint8Array(Buffer.from(who.account)),
    challenge: bytesOf(challenge),
    timeout: CEREMONY_MS,
    attestationType: 'none',
    excludeCredentials: who.passkeys.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  }))
}

/** What a browser needs to show one. WebAuthn §5.5. It offers those that it has: nobody says first who he is. */
export async function loginOptions({ host }: RelyingParty, challenge: string): Promise<CeremonyOptions> {
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  return plain(await generateAuthenticationOptions({ rpID: host, challenge: bytesOf(challenge), timeout: CEREMONY_MS, userVerification: 'required' }))
}

/** The passkey that a browser has made, or why there is none. WebAuthn §7.1. */
export async function checkRegistration(party: RelyingParty, response: RegistrationResponseJSON, challenge: string): Promise<Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'transports'> | Error> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { host, origins } = party
  try {
    const { registrationInfo } = await verifyRegistrationResponse({ response, expectedChallenge: challenge, expectedOrigin: [...origins], expectedRPID: host, requireUserVerification: true })
    if (registrationInfo === undefined) return new Error('not verified')
    const { id, publicKey, counter } = registrationInfo.credential
    return { id, publicKey, counter, transports: response.response.transports ?? [] }
  } catch (error) {
    return faultOf(error)
  }
}

/** What the authenticator has counted, when a browser has shown that passkey, or why it has not. WebAuthn §7.2. */
export async function checkLogin(party: RelyingParty, passkey: Passkey, response: AuthenticationResponseJSON, challenge: string): Promise<number | Error> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { host, origins } = party
  const { id, publicKey, counter } = passkey
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      ...{ response, expectedChallenge: challenge, expectedOrigin: [...origins], expectedRPID: host, requireUserVerification: true },
      credential: { id, publicKey, counter },
    })
    return verified ? authenticationInfo.newCounter : new Error('the signature is wrong')
  } catch (error) {
    return faultOf(error)
  }
}

/** What the library says, as it is sent: without what it leaves out. */
function plain(options: object): CeremonyOptions {
  return JSON.parse(JSON.stringify(options)) as CeremonyOptions
}

/** The library throws for whatever a browser sends wrongly: nothing else can go wrong in it, because it asks nobody. */
function faultOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function bytesOf(challenge: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(challenge, 'base64url'))
}

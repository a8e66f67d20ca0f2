import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What a test may say wrongly. */
export interface Lies {
  readonly origin?: string
  readonly host?: string
  /** Bit 0: somebody was there; bit 2: the owner was. WebAuthn §6.1. */
  readonly flags?: number
  readonly counter?: number
}

/** An authenticator in software with one passkey: ES256, without attestation. It does what WebAuthn §6.3 wants, or lies where it is told to. */
export class Authenticator {
  readonly #key: KeyObject
  readonly #publicKey: Uint8Array
  readonly id = randomBytes(32)
  readonly origin: string
  userHandle = ''
  counter = 0

  constructor(origin: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
    this.#key = privateKey
    // RFC 9052 §7, RFC 9053 §7.1.1: EC2, ES256, P-256.
    this.#publicKey = cbor(new Map<number, number | Uint8Array>([[1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')]]))
    this.origin = origin
  }

  /** Makes the passkey: RegistrationResponseJSON. */
  create(options: Readonly<Record<string, unknown>>, lies: Lies = {}): object {
    const { rp, user, challenge } = options as { readonly rp: { readonly id: string }; readonly user: { readonly id: string }; readonly challenge: string }
    this.userHandle = user.id
    const length = Buffer.from([0, this.id.length])
    const authData = Buffer.concat([this.#data(rp.id, 0x45, lies), Buffer.alloc(16), length, this.id, this.#publicKey]) // 0x45: there, verified, with the key.
    const attestationObject = cbor(new Map<string, unknown>([['fmt', 'none'], ['attStmt', new Map()], ['authData', authData]]))
    return this.#answer({ clientDataJSON: this.#said('webauthn.create', challenge, lies), attestationObject: base64(attestationObject), transports: ['internal'] })
  }

  /** Shows the passkey: AuthenticationResponseJSON. */
  get(options: Readonly<Record<string, unknown>>, lies: Lies = {}): object {
    const { rpId, challenge } = options as { readonly rpId: string; readonly challenge: string }
    this.counter += 1
    const authData = this.#data(rpId, 0x05, lies)
    const clientDataJSON = this.#said('webauthn.get', challenge, lies)
    const signed = Buffer.concat([authData, createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()])
    return this.#answer({ clientDataJSON, authenticatorData: base64(authData), signature: base64(sign('sha256', signed, this.#key)), userHandle: this.userHandle })
  }

  #data(host: string, flags: number, lies: Lies): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(lies.counter ?? this.counter)
    return Buffer.concat([createHash('sha256').update(lies.host ?? host).digest(), Buffer.from([lies.flags ?? flags]), count])
  }

  #said(type: string, challenge: string, lies: Lies): string {
    return base64(Buffer.from(JSON.stringify({ type, challenge, origin: lies.origin ?? this.origin, crossOrigin: false })))
  }

  #answer(response: object): object {
    return { id: base64(this.id), rawId: base64(this.id), type: 'public-key', response, clientExtensionResults: {} }
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** As much of RFC 8949 as the above needs. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, each]) => [cbor(name), cbor(each)])])
  throw new Error(`no CBOR for ${typeof value}`)
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  return length < 256 ? Buffer.from([(major << 5) | 24, length]) : Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}

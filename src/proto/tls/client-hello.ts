/** What a client says before anything is secret, as far as it is asked for here. RFC 8446 §4.1.2. */
export interface ClientHello {
  /** The name it wants, lower case (RFC 6066 §3); null when it says none. */
  readonly serverName: string | null
  /** The protocols it speaks, best first (RFC 7301 §3.1). */
  readonly protocols: readonly string[]
}

/** What the bytes so far are: the beginning of a hello, a whole one, or none at all. */
export type HelloStep = { readonly kind: 'more' } | { readonly kind: 'hello'; readonly hello: ClientHello } | { readonly kind: 'none' }

/** A hello of one name, one protocol and post-quantum key shares has under 2 KiB; RFC 8446 §5.1 lets a record have 16. */
export const MAX_HELLO_BYTES = 16_384 + 5

const MORE: HelloStep = { kind: 'more' }
const NONE: HelloStep = { kind: 'none' }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
const ALPN = 16

/** Thrown inside only: the bytes end before what they announce. */
class Short extends Error {}

/**
 * Reads a ClientHello from the first bytes of a connection, given all of them each time. One that is spread over several records is `none`:
 * nobody does so with a hello that fits into one. Never throws; linear in the bytes.
 */
export function readClientHello(bytes: Uint8Array): HelloStep {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return NONE
  if (bytes.length < 5) return MORE
  const record = new Reader(bytes.subarray(3))
  const length = record.number(2)
  if (length > MAX_HELLO_BYTES - 5) return NONE
  if (bytes.length < 5 + length) return MORE
  try {
    return { kind: 'hello', hello: helloIn(new Reader(bytes.subarray(5, 5 + length))) }
  } catch (error) {
    if (error instanceof Short) return NONE
    throw error
  }
}

function helloIn(handshake: Reader): ClientHello {
  if (handshake.number(1) !== CLIENT_HELLO) throw new Short()
  const hello = new Reader(handshake.vector(3))
  hello.take(2 + 32) // The version and random.
  hello.vector(1) // The session.
  hello.vector(2) // Ciphers.
  hello.vector(1) // Compression.
  let serverName: string | null = null
  let protocols: readonly string[] = []
  const extensions = new Reader(hello.left === 0 ? new Uint8Array(0) : hello.vector(2))
  while (extensions.left > 0) {
    const type = extensions.number(2)
    const value = new Reader(extensions.vector(2))
    if (type === SERVER_NAME) serverName = nameIn(value)
    if (type === ALPN) protocols = protocolsIn(value)
  }
  return { serverName, protocols }
}

/** RFC 6066 §3: a list with one host name. */
function nameIn(value: Reader): string | null {
  const list = new Reader(value.vector(2))
  while (list.left > 0) {
    const kind = list.number(1)
    const name = list.vector(2)
    if (kind === 0) return Buffer.from(name).toString('latin1').toLowerCase()
  }
  return null
}

function protocolsIn(value: Reader): readonly string[] {
  const list = new Reader(value.vector(2))
  const protocols: string[] = []
  while (list.left > 0) protocols.push(Buffer.from(list.vector(1)).toString('latin1'))
  return protocols
}

/** Numbers and vectors with a length in front, as TLS writes them (RFC 8446 §3.4). Throws `Short` at the end. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new Short()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  number(octets: number): number {
    return this.take(octets).reduce((value, octet) => value * 256 + octet, 0)
  }

  vector(octets: number): Uint8Array {
    return this.take(this.number(octets))
  }
}

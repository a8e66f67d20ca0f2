import { Buffer } from 'node:buffer'
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { prepare } from '../../sasl/prepare.ts'
import { MAX_SCRAM_ROUNDS, MIN_SCRAM_ROUNDS } from './limits.ts'

/** Who we are to a smart host. */
export interface Credentials {
  readonly user: string
  readonly password: string
  /** Fresh for each login: printable ASCII without comma, at least 18 random bytes' worth. RFC 5802 §5.1 (r). */
  readonly clientNonce: string
}

/** Our side of one login. */
export interface SaslClient {
  readonly mechanism: string
  /** Sent with AUTH; null when the server speaks first. */
  readonly initial: Uint8Array | null
  /** The answer to a challenge; null when it cannot be answered, and the login is to be broken off. */
  answer(challenge: Uint8Array): Promise<Uint8Array | null>
  /** Whether the server has proven what it must prove: only SCRAM asks for that. */
  proven(): boolean
}

const derive = promisify(pbkdf2)
const EMPTY = new Uint8Array(0)

/**
 * The strongest mechanism of those offered that we speak, or null. `exporter` is the TLS channel's (RFC 9266), null when
 * there is none. CRAM-MD5 and DIGEST-MD5 are not spoken: their hashes are broken, and all callers have TLS.
 */
export function chooseMechanism(offered: readonly string[], credentials: Credentials, exporter: Uint8Array | null): SaslClient | null {
  if (offered.includes('SCRAM-SHA-256-PLUS') && exporter !== null) return scram(credentials, { header: 'p=tls-exporter,,', binding: exporter })
  // RFC 5802 §6: `y` says that we could bind and saw no offer, so that a server which made one knows that it was struck out.
  if (offered.includes('SCRAM-SHA-256')) return scram(credentials, { header: exporter === null ? 'n,,' : 'y,,', binding: EMPTY })
  if (offered.includes('PLAIN')) return plain(credentials)
  return offered.includes('LOGIN') ? login(credentials) : null
}

/** RFC 4616 §2. */
function plain({ user, password }: Credentials): SaslClient {
  return { mechanism: 'PLAIN', initial: Buffer.from(`\0${user}\0${password}`), answer: async () => null, proven: () => true }
}

/** Name, then password, whatever the challenges say: their texts differ from server to server. */
function login({ user, password }: Credentials): SaslClient {
  const answers = [Buffer.from(user), Buffer.from(password)]
  return { mechanism: 'LOGIN', initial: null, answer: async () => answers.shift() ?? null, proven: () => true }
}

interface Channel {
  readonly header: string
  readonly binding: Uint8Array
}

/** RFC 5802 §3, §5; RFC 7677. */
function scram({ user, password, clientNonce }: Credentials, channel: Channel): SaslClient {
  const name = (prepare(user) ?? user).replaceAll('=', '=3D').replaceAll(',', '=2C')
  const bare = `n=${name},r=${clientNonce}`
  let serverSignature: Buffer | null = null
  let proven = false
  const prove = async (serverFirst: string): Promise<Buffer | null> => {
    const found = /^r=([!-+\--~]{1,512}),s=([A-Za-z0-9+/]{1,512}={0,2}),i=([1-9][0-9]{0,8})(?:,[^,]+)*$/.exec(serverFirst)
    const [, nonce = '', salt = '', rounds = ''] = found ?? []
    // §5.1 (r): a server that does not repeat our nonce and add to it may be replaying.
    if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length) return null
    if (Number(rounds) < MIN_SCRAM_ROUNDS || Number(rounds) > MAX_SCRAM_ROUNDS) return null
    const salted = await derive(prepare(password) ?? password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256')
    const bound = Buffer.concat([Buffer.from(channel.header), channel.binding]).toString('base64')
    const withoutProof = `c=${bound},r=${nonce}`
    const message = `${bare},${serverFirst},${withoutProof}`
    const clientKey = hmac(salted, 'Client Key')
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
    serverSignature = hmac(hmac(salted, 'Server Key'), message)
    return Buffer.from(`${withoutProof},p=${Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] ?? 0))).toString('base64')}`)
  }
  return {
    mechanism: channel.header.startsWith('p') ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256',
    initial: Buffer.from(`${channel.header}${bare}`),
    answer: async (challenge) => {
      const text = Buffer.from(challenge).toString('utf8')
      if (serverSignature === null) return await prove(text)
      const said = Buffer.from(/^v=([A-Za-z0-9+/=]{1,128})$/.exec(text)?.[1] ?? '', 'base64')
      proven = said.length === serverSignature.length && timingSafeEqual(said, serverSignature)
      return proven ? EMPTY : null
    },
    proven: () => proven,
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

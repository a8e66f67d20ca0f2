import { fail, ok, type Result } from '../../base/result.ts'
import { decodeBase64 } from './base64.ts'
import { MAX_MESSAGE_BYTES, MAX_NAME_BYTES, MAX_NONCE_CHARS } from './limits.ts'
import { decodeText } from './text.ts'

/** What the client says of channel binding. RFC 5802 §7 (gs2-cbind-flag). */
export type BindingFlag =
  /** It cannot. */
  | { readonly kind: 'none' }
  /** It can, and believes that we cannot. */
  | { readonly kind: 'unoffered' }
  /** It binds to the channel by this type of binding. */
  | { readonly kind: 'bound'; readonly type: string }

/** The client's first message. RFC 5802 §7 (client-first-message). */
export interface ClientFirst {
  readonly binding: BindingFlag
  /** The authorization identity, '' when there is none. */
  readonly as: string
  readonly user: string
  readonly nonce: string
  /** The part before `n=`, which comes back in `c=`. */
  readonly header: string
  /** The part from `n=`, which is signed. */
  readonly bare: string
}

/** The client's last message. RFC 5802 §7 (client-final-message). */
export interface ClientFinal {
  readonly binding: Uint8Array
  readonly nonce: string
  readonly proof: Uint8Array
  /** Everything before `,p=`, which is signed. */
  readonly withoutProof: string
}

const PROOF_BYTES = 32
const NONCE = /^[\x21-\x2b\x2d-\x7e]+$/ // printable, without the comma

/**
 * Parses the client's first message; `malformed` for every breach of the grammar, and for a mandatory extension (`m=`), of
 * which we know none.
 */
export function parseClientFirst(bytes: Uint8Array): Result<ClientFirst, 'malformed'> {
  const text = decodeText(bytes, MAX_MESSAGE_BYTES)
  const fields = text === null ? [] : text.split(',')
  const [flag, who, name, nonce] = fields
  if (text === null || flag === undefined || who === undefined || name === undefined || nonce === undefined) return fail('malformed')
  const binding = bindingFlag(flag)
  const as = who === '' ? '' : saslName(who, 'a=')
  const user = saslName(name, 'n=')
  if (binding === null || as === null || user === null || user === '' || !nonce.startsWith('r=')) return fail('malformed')
  const clientNonce = nonce.slice(2)
  if (!NONCE.test(clientNonce) || clientNonce.length > MAX_NONCE_CHARS || !fields.slice(4).every(isExtension)) return fail('malformed')
  const header = `${flag},${who},`
  return ok({ binding, as, user, nonce: clientNonce, header, bare: text.slice(header.length) })
}

/** Parses the client's last message. The proof is the last field; unknown optional fields before it are skipped (§5.1). */
export function parseClientFinal(bytes: Uint8Array): Result<ClientFinal, 'malformed'> {
  const text = decodeText(bytes, MAX_MESSAGE_BYTES)
  const end = text === null ? -1 : text.lastIndexOf(',p=')
  if (text === null || end === -1) return fail('malformed')
  const withoutProof = text.slice(0, end)
  const [channel, nonce, ...extensions] = withoutProof.split(',')
  if (channel === undefined || nonce === undefined || !channel.startsWith('c=') || !nonce.startsWith('r=')) return fail('malformed')
  const binding = decodeBase64(channel.slice(2))
  const proof = decodeBase64(text.slice(end + 3))
  if (binding === null || proof === null || proof.length !== PROOF_BYTES || !extensions.every(isExtension)) return fail('malformed')
  return ok({ binding, nonce: nonce.slice(2), proof, withoutProof })
}

function bindingFlag(flag: string): BindingFlag | null {
  if (flag === 'n') return { kind: 'none' }
  if (flag === 'y') return { kind: 'unoffered' }
  return /^p=[A-Za-z0-9.-]{1,64}$/.test(flag) ? { kind: 'bound', type: flag.slice(2) } : null
}

/** A name in which `=2C` and `=3D` stand for comma and equals sign; any other `=` is an error. RFC 5802 §5.1 (n). */
function saslName(field: string, key: 'a=' | 'n='): string | null {
  if (!field.startsWith(key)) return null
  const escaped = field.slice(key.length)
  if (Buffer.byteLength(escaped) > MAX_NAME_BYTES || /=(?!2C|3D)/.test(escaped)) return null
  return escaped.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

/** `x=value` of an optional extension. */
function isExtension(field: string): boolean {
  return /^[A-Za-z]=./su.test(field) && !field.startsWith('m=')
}

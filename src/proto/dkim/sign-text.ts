import { Buffer } from 'node:buffer'
import { createHash, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Algorithm } from './signature.ts'

const signAsync = promisify(sign)

/** The algorithm that a private key signs with. Throws for keys that are neither RSA nor Ed25519. */
export function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === 'rsa') return 'rsa-sha256'
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519-sha256'
  throw new Error('mail is signed with RSA and Ed25519 keys')
}

/** Signs canonical text (Latin-1: a character is a byte) and gives the value of `b=`, folded. RSA is computed away from this thread. */
export async function signText(key: KeyObject, text: string): Promise<string> {
  const data = Buffer.from(text, 'latin1')
  const isRsa = algorithmOf(key) === 'rsa-sha256'
  const bytes = isRsa ? await signAsync('sha256', data, key) : sign(null, createHash('sha256').update(data).digest(), key) // RFC 8463 §3.
  return bytes.toString('base64').replace(/(.{72})(?=.)/g, '$1\r\n\t')
}

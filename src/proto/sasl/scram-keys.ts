import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { ScramKeys } from './exchange.ts'

const derive = promisify(pbkdf2)
const BYTES = 32

/**
 * The keys a server keeps of a (prepared) password, made when it is set. They do not let their holder log in. RFC 5802 §3,
 * RFC 7677 §3.
 */
export async function deriveScramKeys(password: string, salt: Uint8Array, iterations: number): Promise<ScramKeys> {
  const salted = await derive(password, salt, iterations, BYTES, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const storedKey = createHash('sha256').update(clientKey).digest()
  const serverKey = createHmac('sha256', salted).update('Server Key').digest()
  return { storedKey, serverKey }
}

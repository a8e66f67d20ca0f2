import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { ARGON2, ARGON2_MAX } from './limits.ts'

const run = promisify(argon2)

/** A stored Argon2id hash, taken apart. */
interface Phc {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
  readonly salt: Buffer
  readonly tag: Buffer
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

/**
 * A hash that no password has, at today's cost: what a login without an account or without a password is checked against, so
 * that it takes as long as any other.
 */
export const NOBODY: string = format({
  memoryKib: ARGON2.memoryKib,
  passes: ARGON2.passes,
  lanes: ARGON2.lanes,
  salt: Buffer.alloc(ARGON2.saltBytes),
  tag: Buffer.alloc(ARGON2.tagBytes),
})

/** Hashes a prepared password for keeping, as a PHC string with Argon2id (RFC 9106). Takes tens of milliseconds in another thread. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(ARGON2.saltBytes)
  const tag = await derive(password, { ...ARGON2, salt, tag: Buffer.alloc(ARGON2.tagBytes) })
  return format({ ...ARGON2, salt, tag })
}

/**
 * Whether a prepared password is the one that was hashed. Compares in constant time; false also for what is no hash of ours, as after a
 * damaged import.
 */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const phc = parse(stored)
  return phc !== null && timingSafeEqual(await derive(password, phc), phc.tag)
}

/** Whether a stored hash is weaker than we hash today, so that the next right login should renew it. */
export function needsUpgrade(stored: string): boolean {
  const phc = parse(stored)
  if (phc === null) return true
  return phc.memoryKib < ARGON2.memoryKib || phc.passes < ARGON2.passes || phc.tag.length < ARGON2.tagBytes
}

async function derive(password: string, phc: Phc): Promise<Buffer> {
  const { memoryKib, passes, lanes, salt, tag } = phc
  return await run('argon2id', { message: password, nonce: salt, memory: memoryKib, passes, parallelism: lanes, tagLength: tag.length })
}

function parse(stored: string): Phc | null {
  const [, memory, passes, lanes, salt, tag] = PHC.exec(stored) ?? []
  if (salt === undefined || tag === undefined) return null
  const cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  const phc = { ...cost, salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') }
  const sane = phc.passes >= 1 && phc.lanes >= 1 && phc.memoryKib >= 8 * phc.lanes // RFC 9106 §3.1.
  const bearable = phc.memoryKib <= ARGON2_MAX.memoryKib && phc.passes <= ARGON2_MAX.passes && phc.lanes <= ARGON2_MAX.lanes
  return sane && bearable ? phc : null
}

function format({ memoryKib, passes, lanes, salt, tag }: Phc): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${base64(salt)}$${base64(tag)}`
}

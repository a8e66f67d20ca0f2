import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bucketMemory } from '../infra/http/api/shared-buckets.ts'
import type { Config } from './config/config.ts'
import type { WorkerBirth } from './thread/messages.ts'

/** What TLS wants: a name, a key for the MAC and one for the cipher. Each of 16 bytes. */
const TICKET_KEY_BYTES = 48

/** Keys for TLS session tickets, good until the next start. */
export function freshTicketKeys(): Uint8Array {
  return randomBytes(TICKET_KEY_BYTES)
}

/** What each protocol thread is born with. */
export function birthsOf(config: Config, node: string): readonly WorkerBirth[] {
  const ticketKeys = freshTicketKeys()
  const secret = lastingSecret(config)
  const requestBuckets = bucketMemory()
  return Array.from({ length: config.workers }, (_, number) => ({ config, node, number, ticketKeys, requestBuckets, secret, certificates: [] }))
}

const SECRET_BYTES = 32

/**
 * A secret of this installation, made once: what depends on it must look the same after a restart. A file that a power
 * cut left short was used by nobody yet.
 */
export function lastingSecret({ dataDir }: Config): Uint8Array {
  const path = join(dataDir, 'secret')
  const kept = existsSync(path) ? Buffer.from(readFileSync(path, 'utf8'), 'hex') : Buffer.alloc(0)
  if (kept.length === SECRET_BYTES) return kept
  const fresh = randomBytes(SECRET_BYTES)
  writeFileSync(path, fresh.toString('hex'), { mode: 0o600, flush: true })
  return fresh
}

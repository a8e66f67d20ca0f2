import { hash, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync, statSync } from 'node:fs'

/**
 * What this node is called among those that share a database, so that it knows what its former life held. The same only for a process that the lock of the same
 * data directory keeps from running beside another: it is made of the directory itself (not of its path or content, so that a copy of it has another), the
 * boot of this machine and the process names that the lock looks at. Where the system does not tell them, or the machine was started anew, it is a new
 * one, and what the former life held runs out by itself.
 */
export function nodeOf(dataDir: string): string {
  try {
    const { dev, ino } = statSync(dataDir, { bigint: true })
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return hash('sha256', `${boot} ${readlinkSync('/proc/self/ns/pid')} ${dev} ${ino}`, 'hex').slice(0, NAME_CHARS)
  } catch {
    return randomBytes(NAME_CHARS / 2).toString('hex')
  }
}

/** PostgreSQL shows 63 letters of the name of a connection, and "merpati " stands before this. */
const NAME_CHARS = 32

/** A name for something on a node that holds leases, new at each start. */
export function holderOn(node: string): string {
  return `${node}/${randomUUID()}`
}

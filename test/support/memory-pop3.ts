import type { Pop3Backend, Pop3Mailbox, Pop3Message, Pop3Opened } from '../../src/proto/pop3/backend.ts'
import { Unavailable } from '../../src/base/unavailable.ts'
import { deriveScramKeys } from '../../src/proto/sasl/scram-keys.ts'

/** A message of the pretended house. */
export interface MemoryMessage extends Pop3Message {
  readonly bytes: Buffer
}

/**
 * A house in memory with maildrops by login. Connections share it. Every password is `merpati`; by SCRAM all is as in RFC 7677 §3.
 */
export class MemoryPop3 {
  readonly #drops = new Map<string, MemoryMessage[]>()
  readonly #locked = new Set<string>()
  /** While true the storage does not answer. */
  silent = false
  #uid = 0

  /** Puts a message into a login's maildrop, and makes the login when it is new. */
  add(login: string, ...texts: readonly (string | Buffer)[]): void {
    const drop = this.#drops.get(login) ?? []
    for (const text of texts) {
      const bytes = Buffer.from(text)
      drop.push({ uid: `m${++this.#uid}`, size: bytes.length, bytes })
    }
    this.#drops.set(login, drop)
  }

  /** What is in a maildrop now. */
  uids(login: string): readonly string[] {
    return (this.#drops.get(login) ?? []).map(({ uid }) => uid)
  }

  /** True while a session holds the login's maildrop. */
  isLocked(login: string): boolean {
    return this.#locked.has(login)
  }

  /** The backend of one connection. Login `suspended` is disabled, `hammered` throttled, `noscan` has no mail, `hasty` came too soon. */
  backend(): Pop3Backend<string, MemoryMessage> {
    return {
      authority: {
        checkPassword: async (user, password) => {
          if (user === 'suspended') return { kind: 'fail', reason: 'disabled' }
          if (user === 'hammered') return { kind: 'fail', reason: 'throttled' }
          if (user === 'waiting') return { kind: 'fail', reason: 'temporary' }
          return this.#drops.has(user) && password === 'merpati' ? { kind: 'ok', identity: user } : { kind: 'fail', reason: 'credentials' }
        },
        scramSecrets: async () => {
          const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
          const keys = await deriveScramKeys('pencil', salt, 4096)
          return { kind: 'secrets', secrets: { salt, iterations: 4096, candidates: [{ ...keys, credential: 'c1' }] } }
        },
        scramDone: async (user, credential) =>
          credential === null || !this.#drops.has(user) ? { kind: 'fail', reason: 'credentials' } : { kind: 'ok', identity: user },
      },
      serverNonce: () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
      open: async (login) => this.#open(login),
    }
  }

  #open(login: string): Pop3Opened<MemoryMessage> {
    this.#answer()
    if (login === 'noscan') return { kind: 'refused' }
    if (login === 'hasty') return { kind: 'too-soon' }
    if (this.#locked.has(login)) return { kind: 'in-use' }
    this.#locked.add(login)
    const mailbox: Pop3Mailbox<MemoryMessage> = {
      messages: [...(this.#drops.get(login) ?? [])],
      retrieve: async ({ bytes }) => {
        this.#answer()
        return inPieces(bytes, 7)
      },
      commit: async (deleted) => {
        this.#answer()
        this.#drops.set(login, (this.#drops.get(login) ?? []).filter((message) => !deleted.includes(message)))
        return 'removed'
      },
      release: async () => {
        this.#locked.delete(login)
      },
    }
    return { kind: 'opened', mailbox }
  }

  #answer(): void {
    if (this.silent) throw new Unavailable('database')
  }
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

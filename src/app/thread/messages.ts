import type { MessagePort } from 'node:worker_threads'
import type { Certificate } from '../../infra/net/tls.ts'
import type { Config } from '../config/config.ts'

/** What a protocol thread is born with. */
export interface WorkerBirth {
  readonly config: Config
  /** This node's name among those that share the database. */
  readonly node: string
  /** Its number: 0, 1, ... */
  readonly number: number
  /** 48 bytes, the same in every worker: a TLS session resumes with any of them. */
  readonly ticketKeys: Uint8Array
  /** Where all workers count requests: `bucketMemory`. */
  readonly requestBuckets: SharedArrayBuffer
  /** A lasting secret of this installation. */
  readonly secret: Uint8Array
  /** What TLS serves with, as of now; none when there is no TLS. */
  readonly certificates: readonly Certificate[]
}

/** What main tells a protocol thread. */
export type ToWorker =
  /** A writer to send writes to: the first one, or its successor. */
  | { readonly kind: 'writer'; readonly port: MessagePort }
  /** Where main asks for this thread's numbers. */
  | { readonly kind: 'metrics'; readonly port: MessagePort }
  /** Other certificates than before, for new connections. */
  | { readonly kind: 'certificates'; readonly certificates: readonly Certificate[] }
  /** Stop accepting, let messages under way finish, and end. */
  | { readonly kind: 'drain' }
  /** For tests: throw what nobody catches. */
  | { readonly kind: 'crash' }

/** What a protocol thread tells main. */
export type FromWorker = { readonly kind: 'ready' }

/** What the writer is born with. */
export interface WriterBirth {
  readonly path: string
}

/** What main tells the writer. */
export type ToWriter =
  | { readonly kind: 'client'; readonly port: MessagePort }
  /** The log of writes is nearly copied: copy the rest between two batches. */
  | { readonly kind: 'settle' }

/** Where a message's bytes are. `offset` is the record's first byte; `length` counts the message only. Plain data: it goes into rows. */
export interface BlobRef {
  readonly segment: string
  readonly offset: number
  readonly length: number
}

/** A message to keep. Ids are ASCII, at most 36 characters. `digest` is the SHA-256 of `bytes`, when the caller has it already. */
export interface BlobRecord {
  readonly organization: string
  readonly message: string
  readonly bytes: Uint8Array
  readonly digest?: Uint8Array
}

/** What a committed spool became. */
export interface Spooled {
  readonly ref: BlobRef
  readonly digest: Uint8Array
}

/** A large message on its way to the store. Disposing of one that was not committed aborts it. */
export interface Spool extends AsyncDisposable {
  /** Bytes written so far. */
  readonly size: number
  /**
   * Adds bytes, which are copied before it returns. Await each call: that is the back-pressure.
   * @throws {Unavailable} the disk failed or is full; the spool is gone then.
   */
  write(chunk: Uint8Array): Promise<void>
  /**
   * Makes the message durable.
   * @throws {Unavailable} it is not kept.
   */
  commit(): Promise<Spooled>
  /** Leaves nothing behind. Harmless when over. */
  abort(): Promise<void>
}

/**
 * The bytes of large messages. The local implementation is `files.ts`; a store of objects (a batch a PUT, range reads)
 * fits the same shape.
 *
 * A ref stays good until compaction moves the record; then reading says `gone`, and the caller reads its row again.
 */
export interface BlobStore extends AsyncDisposable {
  /**
   * Keeps messages; their refs come in the same order. When it resolves they are safe from power loss: calls that
   * arrive together share one sync. Once given to the disk a batch is not stopped by `signal`.
   * @throws {Unavailable} none of them is kept (`full` when there is no room).
   */
  append(records: readonly BlobRecord[], signal: AbortSignal): Promise<readonly BlobRef[]>
  /** Begins a message that is too large to hold in memory. Nothing touches the disk before the first bytes do. */
  spool(organization: string, message: string): Spool
  /**
   * Bytes `start` to `end` (exclusive; both within the message) in pieces of at most 64 KiB, read as they are taken.
   * @throws {Unavailable} the disk does not answer, here or while taking.
   */
  read(ref: BlobRef, start: number, end: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | 'gone'>
  /**
   * The whole message, at most 64 MiB.
   * @throws {Unavailable} the disk does not answer.
   */
  readAll(ref: BlobRef, signal: AbortSignal): Promise<Uint8Array | 'gone'>
}

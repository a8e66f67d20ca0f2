import { createHash } from 'node:crypto'
import type { MessageId } from '../../base/brand.ts'
import { makeId } from '../../base/ids.ts'
import { type HeaderScan, scanHeader } from '../../proto/mail/header-scan.ts'
import { MAX_HEADER_BYTES } from '../../proto/mail/limits.ts'
import { MimeIndexer } from '../../proto/mail/mime-index.ts'
import type { Location } from '../mailbox/mailbox.ts'
import type { Spool } from './bytes.ts'
import { type Inspected, type MessageInspection, type ReadMessage, UNCHECKED } from './inspect/inspected.ts'
import { addedFields, firstKept, junkMailboxes, keep, leave, type Received, type ReceiveOptions, refusalFor, rulesFor, wishesFor } from './receive.ts'
import type { Transaction } from './session.ts'

const BLANK_LINE = '\r\n\r\n'

/**
 * A message that comes in pieces and is not held: each goes to the disk, the digest and the index at once. `finish` or `abort`
 * is called once, as the last call.
 */
export class StreamedMessage {
  readonly #options: ReceiveOptions
  readonly #transaction: Transaction
  readonly #inspection: MessageInspection | null
  readonly #spool: Spool
  readonly #id: MessageId
  readonly #nowMs: number
  readonly #digest = createHash('sha256')
  readonly #head = Buffer.alloc(MAX_HEADER_BYTES + 1)
  #headBytes = 0
  #reading: Reading | null = null
  #size = 0

  private constructor(options: ReceiveOptions, transaction: Transaction, inspection: MessageInspection | null, spool: Spool, id: MessageId, nowMs: number) {
    this.#options = options
    this.#transaction = transaction
    this.#inspection = inspection
    this.#spool = spool
    this.#id = id
    this.#nowMs = nowMs
  }

  /** Opens a place for the message. */
  static async open(options: ReceiveOptions, transaction: Transaction, inspection: MessageInspection | null = null): Promise<StreamedMessage> {
    const nowMs = options.clock.nowMs()
    const id = makeId('m', nowMs) as MessageId
    const [first] = transaction.recipients
    if (first === undefined) throw new Error('a message without recipients')
    const spool = await options.bytes.spool({ organization: first.organization, message: id })
    return new StreamedMessage(options, transaction, inspection, spool, id, nowMs)
  }

  /** Takes the next bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#size += bytes.length
    this.#digest.update(bytes)
    this.#inspection?.push(bytes)
    this.#read(bytes)
    await this.#spool.write(bytes)
  }

  /** All bytes have come: delivers the message. */
  async finish(): Promise<Received> {
    const { added, header, indexer } = this.#reading ?? this.#begin()
    const head = this.#head.subarray(0, this.#headBytes)
    const refusal = await refusalFor(this.#options, this.#transaction, header, head)
    if (refusal !== null) {
      await this.#spool.abort()
      return this.#transaction.recipients.map(() => refusal)
    }
    const location = await this.#spool.commit()
    const seen = { id: this.#id, size: this.#size, header, index: indexer.finish().index }
    const inspected = await this.#inspect({ ...seen, head, open: () => this.#stored(location, 0, this.#size), range: (start, end) => this.#stored(location, start, end) })
    // What lies in the segment and in no row is given back when it is compacted.
    if (inspected.kind === 'not-taken') return await leave(this.#options, this.#transaction, seen, inspected, this.#nowMs)
    const wishes = wishesFor(this.#transaction, header, head)
    const content = { ...seen, digest: this.#digest.digest(), location, added, wishes, shape: null, inspected, junkOf: await junkMailboxes(this.#options, inspected) }
    return await keep(this.#options, this.#transaction, content, this.#nowMs)
  }

  async #inspect(message: ReadMessage): Promise<Inspected> {
    return this.#inspection === null ? UNCHECKED : await this.#inspection.finish(message)
  }

  async *#stored(location: Location, start: number, end: number): AsyncGenerator<Uint8Array> {
    if (location.kind === 'inline') yield location.bytes.subarray(start, end)
    else yield* this.#options.segments.read(location, start, Math.min(end, this.#size))
  }

  /** The message will not come whole: nothing of it stays. */
  async abort(): Promise<void> {
    await this.#spool.abort()
  }

  /** What a submission lacks stands in front of the index, so the header is held until it is known; it is bounded. */
  #read(bytes: Uint8Array): void {
    if (this.#reading !== null) return this.#reading.indexer.push(bytes)
    const from = Math.max(0, this.#headBytes - BLANK_LINE.length)
    const taken = Math.min(bytes.length, this.#head.length - this.#headBytes)
    this.#head.set(bytes.subarray(0, taken), this.#headBytes)
    this.#headBytes += taken
    if (this.#headBytes < this.#head.length && this.#head.subarray(0, this.#headBytes).indexOf(BLANK_LINE, from) === -1) return
    this.#begin().indexer.push(bytes.subarray(taken))
  }

  #begin(): Reading {
    const head = this.#head.subarray(0, this.#headBytes)
    const rules = rulesFor(this.#options, this.#transaction)
    // One byte more than a header may have: where that many came without an empty line, the scan says `header-too-long`.
    const header = scanHeader(head, rules)
    const added = addedFields(this.#options, this.#transaction, header, this.#id, this.#nowMs)
    const indexer = new MimeIndexer(rules)
    if (added !== '') indexer.push(Buffer.from(added))
    indexer.push(added === '' ? head : head.subarray(firstKept(header)))
    this.#reading = { header, added, indexer }
    return this.#reading
  }
}

interface Reading {
  readonly header: HeaderScan
  readonly added: string
  readonly indexer: MimeIndexer
}

import type { AccountId, MessageId } from '../../../base/brand.ts'
import type { HeaderScan } from '../../../proto/mail/header-scan.ts'
import type { MessageIndex } from '../../../proto/mail/part.ts'
import type { Reply } from '../../../proto/smtp/reply.ts'
import type { InspectionTold } from '../../filter/told.ts'

/** What the checks made of a message: it is not taken, or it is, with what is to be said of it and where its copies go. */
export type Inspected = NotTaken | Taken

/** A message that the peer keeps, for good (5yz) or for now (4yz). */
export interface NotTaken {
  readonly kind: 'not-taken'
  readonly reply: Reply
  readonly told: InspectionTold
}

/** Which copies wait, and why. `elsewhere`: those for other servers. `all`: those for mailboxes here too. */
export interface HeldCopies {
  readonly which: 'elsewhere' | 'all'
  readonly why: string
}

/** A message that is kept here. */
export interface Taken {
  readonly kind: 'taken'
  /** Header fields to stand in front of our Received, each with its CRLF: what is the same for everybody. */
  readonly fields: string
  /** What stands behind them in the copy of an account. Nobody sees what was decided for others. */
  readonly own: ReadonlyMap<AccountId, string>
  /** The same for copies that go elsewhere, and for those that are made later. */
  readonly elsewhere: string
  /** Accounts whose copy goes into their Junk mailbox. */
  readonly junk: ReadonlySet<AccountId>
  /** Accounts that get no copy: what an administrator's entry throws away. It is told in the trace. */
  readonly discard: ReadonlySet<AccountId>
  /** Copies that wait until an operator has looked; null for none. */
  readonly held: HeldCopies | null
  readonly told: InspectionTold
}

/** The whole message, as far as it has been read when its checks end. */
export interface ReadMessage {
  readonly id: MessageId
  readonly header: HeaderScan
  /** Of the received bytes. */
  readonly index: MessageIndex
  /** The received bytes, or their beginning: the header at least. */
  readonly head: Uint8Array
  /** Octets received. */
  readonly size: number
  /** All received bytes, from the beginning; may be opened more than once. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Uint8Array>
  /** Received bytes from `start` to `end` (exclusive), for what is looked at in the middle of a large message. */
  readonly range: (start: number, end: number) => AsyncIterable<Uint8Array>
}

/** A message of which all bytes are at hand. */
export function readWhole(read: Pick<ReadMessage, 'id' | 'header' | 'index'>, bytes: Uint8Array): ReadMessage {
  return { ...read, head: bytes, size: bytes.length, open: () => slice(bytes, 0, bytes.length), range: (start, end) => slice(bytes, start, end) }
}

async function* slice(bytes: Uint8Array, start: number, end: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(start, end)
}

/** The checks of one message, made when its content begins to come. */
export interface MessageInspection {
  /** The next piece, as it was received; not for a message that `finish` is given whole. It may be overwritten when this returns. */
  push(bytes: Uint8Array): void
  /** The message is complete: decides. Never rejects for what a network or a scanner does. */
  finish(message: ReadMessage): Promise<Inspected>
}

/** Checked by nobody: mail over LMTP, notices of our own. */
export const UNCHECKED: Taken = {
  kind: 'taken',
  fields: '',
  own: new Map(),
  elsewhere: '',
  junk: new Set(),
  discard: new Set(),
  held: null,
  told: { verdict: 'accept', by: 'nothing', score: 0, checks: [], findings: [] },
}

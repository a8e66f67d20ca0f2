import { AUTHENTIC_DATA, CHECKING_DISABLED, DNSSEC_OK, encode, RECURSION_DESIRED } from 'dns-packet'
import type { RecordType } from 'dns-packet'
import { EDNS_BYTES, MAX_RECORDS } from './limits.ts'
import { readName } from './name.ts'

/*
 * The messages. dns-packet writes ours. What strangers write we read ourselves, because its reader joins a label that holds a dot
 * with its neighbours, does not look at the length of record data, follows chains of pointers for as long as they are, and
 * gives a whole message up for one odd record of a type that nobody asked for.
 */

/** What goes into a question. */
export interface Question {
  readonly id: number
  /** Goes out as it stands: see `mixCase`. */
  readonly name: string
  readonly type: RecordType
  /** Asks for DNSSEC: the DO bit (RFC 3225), and AD, which says that we understand AD (RFC 6840 §5.7). */
  readonly dnssec: boolean
  /** Wants the records even when their signatures are wrong: CD. RFC 4035 §3.2.2. */
  readonly unchecked?: true
  /** False for servers that do not know EDNS. RFC 6891 §6.2.2. */
  readonly edns: boolean
}

/** A question as it goes over the wire. RFC 1035 §4.1, RFC 6891 §6.1. */
export function writeQuestion({ id, name, type, dnssec, unchecked, edns }: Question): Buffer {
  const opt = {
    type: 'OPT', name: '.', udpPayloadSize: EDNS_BYTES, extendedRcode: 0, ednsVersion: 0,
    flags: dnssec ? DNSSEC_OK : 0, flag_do: dnssec, options: [],
  } as const
  const flags = dnssec ? RECURSION_DESIRED | AUTHENTIC_DATA : RECURSION_DESIRED
  const all = unchecked === true ? flags | CHECKING_DISABLED : flags
  return encode({ type: 'query', id, flags: all, questions: [{ name, type }], additionals: edns ? [{ ...opt, options: [] }] : [] })
}

/** Response codes that we act on. RFC 1035 §4.1.1, RFC 6891 §9. */
export const RCODE = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5, badVersion: 16 } as const

/** A record where it stands in its message. */
export interface RawRecord {
  /** As `readName` gives it. */
  readonly owner: string
  readonly type: number
  readonly class: number
  readonly ttlMs: number
  /** Its data: `bytes[from]` up to `bytes[to]`. */
  readonly from: number
  readonly to: number
}

/** An answer whose frame is sound. Nothing is known of the record data yet. */
export interface Reply {
  readonly bytes: Buffer
  /** With EDNS's upper bits. */
  readonly rcode: number
  /** AD. RFC 4035 §3.2.3. */
  readonly authentic: boolean
  /** AA or RA: it answers for the zone, or finds out for us. */
  readonly isInCharge: boolean
  readonly answers: readonly RawRecord[]
  readonly authorities: readonly RawRecord[]
  /** RFC 8914: the server's own explanation, as its number; null when it gave none. */
  readonly extendedError: number | null
}

const HEADER_BYTES = 12
const OPT = 41
const EXTENDED_ERROR = 15

/** Whose message it is. RFC 5452 §9.1: id and question must be those that we sent. */
export type Ownership = 'ours' | 'wrong-case' | 'foreign'

/**
 * Says whether `bytes` answer `question`, before anything else of them is read. `wrong-case`: all fits but the case of
 * letters; either the server does not keep it, or somebody guesses.
 */
export function ownershipOf(bytes: Buffer, question: Buffer): Ownership {
  const asked = questionOf(question)
  if (asked === null || bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== question.readUInt16BE(0)) return 'foreign'
  const isResponse = (bytes.readUInt8(2) & 0xf8) === 0x80 // QR, and the opcode of a query.
  if (!isResponse) return 'foreign'
  // A server that cannot read the question may leave it out. RFC 1035 §4.1.1: that is FORMERR or NOTIMP, which can only make us ask again.
  const rcode = bytes.readUInt8(3) & 0x0f
  if (bytes.readUInt16BE(4) === 0) return rcode === RCODE.formErr || rcode === RCODE.notImp ? 'ours' : 'foreign'
  if (bytes.readUInt16BE(4) !== 1) return 'foreign'
  const echoed = bytes.subarray(HEADER_BYTES, HEADER_BYTES + asked.length)
  if (echoed.equals(asked)) return 'ours'
  return echoed.toString('latin1').toLowerCase() === asked.toString('latin1').toLowerCase() ? 'wrong-case' : 'foreign'
}

/** TC: there is more than fits into this packet. RFC 2181 §9: nothing else of it is to be used. */
export function isTruncated(bytes: Buffer): boolean {
  return (bytes.readUInt8(2) & 0x02) !== 0
}

/** The question section of a message that we wrote. */
function questionOf(question: Buffer): Buffer | null {
  const read = readName(question, HEADER_BYTES)
  return read === null ? null : question.subarray(HEADER_BYTES, read.end + 4)
}

/** Reads a message that is ours. Null when its frame is broken: a name or a length leads out of it, or there are too many records. */
export function readReply(bytes: Buffer): Reply | null {
  const start = skipQuestions(bytes)
  if (start === null) return null
  const answers = readSection(bytes, start, bytes.readUInt16BE(6))
  const authorities = answers && readSection(bytes, answers.end, bytes.readUInt16BE(8))
  const additionals = authorities && readSection(bytes, authorities.end, bytes.readUInt16BE(10))
  if (!additionals) return null
  if (answers.records.length + authorities.records.length + additionals.records.length > MAX_RECORDS) return null
  const opt = additionals.records.find(({ type }) => type === OPT)
  return {
    bytes,
    // RFC 6891 §6.1.3: where other records have their TTL, OPT begins with the upper bits of the code.
    rcode: (bytes.readUInt8(3) & 0x0f) | (opt === undefined ? 0 : bytes.readUInt8(opt.from - 6) << 4),
    authentic: (bytes.readUInt8(3) & 0x20) !== 0,
    isInCharge: (bytes.readUInt8(2) & 0x04) !== 0 || (bytes.readUInt8(3) & 0x80) !== 0,
    answers: answers.records,
    authorities: authorities.records,
    extendedError: opt === undefined ? null : extendedErrorOf(bytes, opt),
  }
}

/** Where the records begin. */
function skipQuestions(bytes: Buffer): number | null {
  if (bytes.length < HEADER_BYTES) return null
  if (bytes.readUInt16BE(4) === 0) return HEADER_BYTES
  const read = readName(bytes, HEADER_BYTES)
  return read === null ? null : read.end + 4
}

interface Section {
  readonly records: readonly RawRecord[]
  readonly end: number
}

function readSection(bytes: Buffer, start: number, count: number): Section | null {
  if (count > MAX_RECORDS) return null
  const records: RawRecord[] = []
  let at = start
  for (let left = count; left > 0; left--) {
    const read = readName(bytes, at)
    if (read === null || read.end + 10 > bytes.length) return null
    const from = read.end + 10
    const to = from + bytes.readUInt16BE(read.end + 8)
    if (to > bytes.length) return null
    const ttl = bytes.readUInt32BE(read.end + 4)
    records.push({
      owner: read.name,
      type: bytes.readUInt16BE(read.end),
      class: bytes.readUInt16BE(read.end + 2),
      ttlMs: ttl > 0x7fff_ffff ? 0 : ttl * 1000, // RFC 2181 §8.
      from,
      to,
    })
    at = to
  }
  return { records, end: at }
}

function extendedErrorOf(bytes: Buffer, { from, to }: RawRecord): number | null {
  for (let at = from; at + 4 <= to; at += 4 + bytes.readUInt16BE(at + 2)) {
    const fits = at + 6 <= to && bytes.readUInt16BE(at + 2) >= 2
    if (bytes.readUInt16BE(at) === EXTENDED_ERROR) return fits ? bytes.readUInt16BE(at + 4) : null
  }
  return null
}

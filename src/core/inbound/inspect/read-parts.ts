import { Buffer } from 'node:buffer'
import { type BodyDecoder, bodyDecoder } from '../../../proto/mail/decode-body.ts'
import { MAX_ARCHIVES, MAX_HEAD_BYTES } from '../../filter/limits.ts'
import { DECODE_BYTES } from '../limits.ts'

/** A part to be looked at, by its place among the received bytes. */
export interface WantedPart {
  readonly path: string
  readonly encoding: string
  readonly start: number
  readonly end: number
}

/** What is done with parts as they come. */
export interface PartTaker {
  /** Its first decoded bytes, at most `MAX_HEAD_BYTES`, which may be kept. True when it is an archive, of which all is wanted. */
  head(path: string, bytes: Uint8Array): boolean
  /** All decoded bytes of an archive; of one that is larger than all the room there is, one byte more than the room. They are gone when this returns. */
  archive(path: string, bytes: Uint8Array): void
  /** An archive that is not looked into: too many came before it, or too large ones. */
  left(path: string): void
}

/**
 * Decodes the parts of a message that passes by once, and hands out the whole of those that are archives. `room` bounds the decoded bytes of
 * all archives of the message together, and with them the memory, which is given back as soon as each has been seen. Reads no further than the last part.
 */
export async function readParts(pieces: AsyncIterable<Uint8Array>, wanted: readonly WantedPart[], room: number, taker: PartTaker, signal: AbortSignal): Promise<void> {
  const waiting = wanted.toSorted((a, b) => a.start - b.start)
  const house: House = { all: room, left: room, archives: 0, taker }
  let open: OpenPart[] = []
  let next = 0
  let at = 0
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted()
      const end = at + piece.length
      for (let part = waiting[next]; part !== undefined && part.start < end; part = waiting[++next]) open.push(new OpenPart(part, house))
      // Each is ended before the next one is begun, however large the pieces are: so it is always the same ones that find room.
      open = open.filter((part) => {
        part.push(piece, at)
        return !part.closeAt(end)
      })
      at = end
      if (open.length === 0 && next >= waiting.length) return
    }
    // Parts without a byte, at the very end.
    for (const part of [...open, ...waiting.slice(next).map((each) => new OpenPart(each, house))]) part.closeAt(Number.POSITIVE_INFINITY)
  } finally {
    for (const part of open) part.giveBack()
  }
}

/** What the parts of one message share. */
interface House {
  readonly all: number
  left: number
  archives: number
  readonly taker: PartTaker
}

/** A part while its bytes come. */
class OpenPart {
  readonly #part: WantedPart
  readonly #house: House
  readonly #decoder: BodyDecoder
  #head: Buffer | null
  #length = 0
  /** Its bytes, once it is known to be an archive. */
  #whole: Buffer | null = null

  constructor(part: WantedPart, house: House) {
    this.#part = part
    this.#house = house
    this.#decoder = bodyDecoder(part.encoding)
    this.#head = Buffer.allocUnsafeSlow(Math.min(MAX_HEAD_BYTES, mostDecoded(part)))
  }

  /** Takes what is its own of a piece that begins at `at`. */
  push(piece: Uint8Array, at: number): void {
    const to = Math.min(piece.length, this.#part.end - at)
    for (let from = Math.max(0, this.#part.start - at); from < to && this.#isWanted(); from += DECODE_BYTES) {
      this.#take(this.#decoder.push(piece.subarray(from, Math.min(to, from + DECODE_BYTES))))
    }
  }

  /** Ends the part when it ends at `at` or before. True when it did, or when nothing more of it matters. */
  closeAt(at: number): boolean {
    if (this.#part.end > at && this.#isWanted()) return false
    if (this.#isWanted()) this.#take(this.#decoder.finish())
    if (this.#head !== null) this.#decide(this.#head)
    if (this.#whole !== null) this.#house.taker.archive(this.#part.path, this.#whole.subarray(0, this.#length))
    this.giveBack()
    return true
  }

  /** Frees its memory now: whoever collects garbage does not know how much hangs on it. */
  giveBack(): void {
    if (this.#whole === null) return
    this.#house.left += this.#whole.length - Math.min(this.#length, this.#whole.length)
    free(this.#whole)
    this.#whole = null
  }

  /** Does what follows still matter? */
  #isWanted(): boolean {
    return this.#head !== null || this.#whole !== null
  }

  #take(decoded: Uint8Array): void {
    let rest = decoded
    if (this.#head !== null) {
      const most = Math.min(rest.length, this.#head.length - this.#length)
      this.#head.set(rest.subarray(0, most), this.#length)
      this.#length += most
      if (this.#length < this.#head.length) return
      rest = rest.subarray(most)
      this.#decide(this.#head)
    }
    if (this.#whole !== null) this.#fill(this.#whole, rest)
  }

  #fill(whole: Buffer, bytes: Uint8Array): void {
    const most = Math.min(bytes.length, whole.length - this.#length)
    whole.set(bytes.subarray(0, most), this.#length)
    this.#length += most
    if (most === bytes.length) return
    // More than there is room for. When it had all the room, that is what there is to say of it.
    if (whole.length === this.#house.all + 1) this.#house.taker.archive(this.#part.path, whole)
    else this.#house.taker.left(this.#part.path)
    this.giveBack()
  }

  /** Its first bytes are here: is it an archive, and is there room for it? */
  #decide(head: Buffer): void {
    this.#head = null
    const { taker } = this.#house
    const bytes = head.subarray(0, this.#length)
    if (!taker.head(this.#part.path, bytes)) return
    this.#house.archives += 1
    const size = Math.min(mostDecoded(this.#part), this.#house.left + 1)
    if (this.#house.archives > MAX_ARCHIVES || size < bytes.length) return taker.left(this.#part.path)
    this.#whole = Buffer.allocUnsafeSlow(size)
    this.#whole.set(bytes)
    this.#house.left -= size
  }
}

/** RFC 2045 §6.8: three octets of four characters, and whatever is left over at the end. No other encoding makes less of more. */
function mostDecoded({ encoding, start, end }: WantedPart): number {
  return encoding === 'base64' ? Math.ceil(((end - start) * 3) / 4) + 2 : end - start
}

/** What is detached belongs to nobody: its memory is free before anybody looks for garbage. `allocUnsafeSlow` shares it with nobody. */
function free({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}

import { crc32 } from 'node:zlib'
import { MAX_ID_BYTES } from './limits.ts'

/** Size of every record header; the message follows at once, and then the next header. */
export const HEADER_BYTES = 128

/** The first bytes of every record. */
export const MAGIC = Buffer.from('MPTI')

const VERSION = 1
const CODEC_NONE = 0
/** Says that the bytes are not encrypted. */
const NO_KEY = 0

/*
 * Layout, little-endian:
 *   0 magic (4) · 4 version (1) · 5 codec (1) · 6 length of organization (1) · 7 length of message id (1)
 *   8 key id (4) · 12 CRC-32 of the header with this field zero (4)
 *   16 stored length (8) · 24 SHA-256 of the stored bytes (32) · 56 organization (36) · 92 message id (36)
 */
const AT_KEY = 8
const AT_CRC = 12
const AT_LENGTH = 16
const AT_DIGEST = 24
const DIGEST_BYTES = 32
const AT_ORGANIZATION = 56
const AT_MESSAGE = AT_ORGANIZATION + MAX_ID_BYTES

/** Codecs a header may name. Only `none` is written today. */
export type Codec = 'none' | 'zstd'

/** What a record says about its message, readable without the database. */
export interface RecordHeader {
  readonly organization: string
  readonly message: string
  readonly length: number
  readonly digest: Uint8Array
  readonly codec: Codec
  /** 0 when the bytes are not encrypted. */
  readonly keyId: number
}

/**
 * Makes a header.
 * @throws when an id is not 1 to 36 ASCII characters.
 */
export function encodeHeader(header: Pick<RecordHeader, 'organization' | 'message' | 'length' | 'digest'>): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  MAGIC.copy(bytes)
  bytes[4] = VERSION
  bytes[5] = CODEC_NONE
  bytes[6] = putId(bytes, AT_ORGANIZATION, header.organization)
  bytes[7] = putId(bytes, AT_MESSAGE, header.message)
  bytes.writeUInt32LE(NO_KEY, AT_KEY)
  bytes.writeBigUInt64LE(BigInt(header.length), AT_LENGTH)
  bytes.set(header.digest, AT_DIGEST)
  bytes.writeUInt32LE(crc32(bytes), AT_CRC)
  return bytes
}

/** Reads a header at the start of `bytes`; null when there is none, or not a whole and sound one. */
export function decodeHeader(bytes: Buffer): RecordHeader | null {
  if (bytes.length < HEADER_BYTES || bytes.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return null
  const copy = Buffer.from(bytes.subarray(0, HEADER_BYTES))
  const crc = copy.readUInt32LE(AT_CRC)
  copy.writeUInt32LE(0, AT_CRC)
  if (crc32(copy) !== crc || copy[4] !== VERSION) return null
  const length = copy.readBigUInt64LE(AT_LENGTH)
  const [codec, organizationBytes = 0, messageBytes = 0] = copy.subarray(5, 8)
  if (length > BigInt(Number.MAX_SAFE_INTEGER) || organizationBytes > MAX_ID_BYTES || messageBytes > MAX_ID_BYTES) return null
  return {
    organization: copy.toString('latin1', AT_ORGANIZATION, AT_ORGANIZATION + organizationBytes),
    message: copy.toString('latin1', AT_MESSAGE, AT_MESSAGE + messageBytes),
    length: Number(length),
    digest: copy.subarray(AT_DIGEST, AT_DIGEST + DIGEST_BYTES),
    codec: codec === CODEC_NONE ? 'none' : 'zstd',
    keyId: copy.readUInt32LE(AT_KEY),
  }
}

function putId(bytes: Buffer, at: number, id: string): number {
  if (!/^[\x21-\x7e]{1,36}$/.test(id)) throw new Error(`not an id for a record: ${JSON.stringify(id)}`)
  return bytes.write(id, at, 'latin1')
}

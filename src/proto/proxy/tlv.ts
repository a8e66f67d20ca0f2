import type { Buffer } from 'node:buffer'
import { MAX_TLVS } from './limits.ts'

/** A type, and a value that views the header. */
export interface Tlv {
  readonly type: number
  readonly value: Buffer
}

/** The TLVs that fill `bytes`, or null when they do not fit. PROXY protocol §2.2. */
export function readTlvs(bytes: Buffer): readonly Tlv[] | null {
  const tlvs: Tlv[] = []
  let at = 0
  while (at < bytes.length) {
    if (at + 3 > bytes.length || tlvs.length >= MAX_TLVS) return null
    const end = at + 3 + bytes.readUInt16BE(at + 1)
    if (end > bytes.length) return null
    tlvs.push({ type: bytes.readUInt8(at), value: bytes.subarray(at + 3, end) })
    at = end
  }
  return tlvs
}

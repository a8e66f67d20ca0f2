import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MessageId } from '../../base/brand.ts'
import { BASE32, charsOf, repack, valuesIn, valuesOf } from '../../base/letters.ts'
import type { Token } from './token.ts'

/** Whose wish it is to be written to no more: as a token says it. */
export type Stopped = Pick<Token, 'message' | 'recipient'>

const NAME = 'unsubscribe'
const ID_BYTES = 15 // 20 characters of 6 bits, as in `makeId`.
const BODY_BYTES = ID_BYTES + 2
const MAC_BYTES = 13
const BASE32_VALUES = valuesIn(BASE32)

/** What looks like such an address, whoever made it. */
const SHAPE = /^unsubscribe\+([a-z2-7]{48})$/i

/**
 * The local part of an address that stops mail when anything is sent to it: 60 characters whose case does not matter, since servers change it (RFC 5321 §2.4). For mail programs that
 * know RFC 2369 and no more. deliverability §4.8.
 */
export function stopLocalOf({ message, recipient }: Stopped, secret: Uint8Array): string {
  const body = Buffer.alloc(BODY_BYTES)
  body.set(Buffer.from(message.slice(1), 'base64url'))
  body.writeUInt16BE(recipient, ID_BYTES)
  return `${NAME}+${charsOf(repack(Buffer.concat([body, macOf(body, secret)]), 8, 5), BASE32)}`
}

/** Reads a local part. `forged`: it looks like one, and we did not make it; null: it does not look like one. */
export function readStopLocal(local: string, secret: Uint8Array): Stopped | 'forged' | null {
  const text = SHAPE.exec(local)?.[1]?.toLowerCase()
  if (text === undefined) return null
  const bytes = Buffer.from(repack(valuesOf(text, BASE32_VALUES), 5, 8))
  const body = bytes.subarray(0, BODY_BYTES)
  if (!timingSafeEqual(bytes.subarray(BODY_BYTES), macOf(body, secret))) return 'forged'
  return { message: `m${body.toString('base64url', 0, ID_BYTES)}` as MessageId, recipient: body.readUInt16BE(ID_BYTES) }
}

function macOf(body: Uint8Array, secret: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update('stop by mail 1').update(body).digest().subarray(0, MAC_BYTES)
}

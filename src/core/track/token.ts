import { createHmac, timingSafeEqual } from 'node:crypto'
import type { MessageId } from '../../base/brand.ts'

/** What somebody does who asks for an address of ours in a message. */
export type TokenKind = 'open' | 'click' | 'unsubscribe'

/** What such an address says: nothing about a person, only numbers that our own rows explain. */
export interface Token {
  readonly kind: TokenKind
  readonly message: MessageId
  /** The number of the delivery among those of the message; `ANYBODY` when its bytes are the same for several. */
  readonly recipient: number
  /** The number of the link; `HONEYPOT` for the one that nobody sees; 0 where there is none. */
  readonly link: number
}

/** One of the recipients, nobody knows which. */
export const ANYBODY = 0xffff

/** The link that only programs find. */
export const HONEYPOT = 0xffff

/** What stands for no message: its time is before there were any. An address made of it does nothing, and shows whether such addresses work. */
export const CHECK_MESSAGE = `m${'-'.repeat(20)}` as MessageId

const KINDS: readonly TokenKind[] = ['open', 'click', 'unsubscribe']
const ID_BYTES = 15 // 20 characters of 6 bits, as in `makeId`.
const BODY_BYTES = 1 + ID_BYTES + 4
const MAC_BYTES = 13 // 104 bits; and 33 octets in all make 44 characters without a rest, so that each token is written in one way only.
const ID_SHAPE = /^m[A-Za-z0-9_-]{20}$/
const SHAPE = /^[A-Za-z0-9_-]{44}$/

/** Writes a token: 44 characters that go into any URL as they are. It is valid for as long as the secret of the installation. */
export function tokenOf({ kind, message, recipient, link }: Token, secret: Uint8Array): string {
  if (!ID_SHAPE.test(message)) throw new Error(`${message} is no id of a message`)
  const body = Buffer.alloc(BODY_BYTES)
  body[0] = KINDS.indexOf(kind)
  // The characters of an id are those of base64url: their order does not matter here.
  body.set(Buffer.from(message.slice(1), 'base64url'), 1)
  body.writeUInt16BE(recipient, 1 + ID_BYTES)
  body.writeUInt16BE(link, 3 + ID_BYTES)
  return Buffer.concat([body, macOf(body, secret)]).toString('base64url')
}

/** Reads a token; null for whatever we did not make. Takes the same time wherever it is wrong. */
export function readToken(text: string, secret: Uint8Array): Token | null {
  if (!SHAPE.test(text)) return null
  const bytes = Buffer.from(text, 'base64url')
  const body = bytes.subarray(0, BODY_BYTES)
  if (!timingSafeEqual(bytes.subarray(BODY_BYTES), macOf(body, secret))) return null
  const kind = KINDS[body.readUInt8(0)]
  if (kind === undefined) return null
  const message = `m${body.toString('base64url', 1, 1 + ID_BYTES)}` as MessageId
  return { kind, message, recipient: body.readUInt16BE(1 + ID_BYTES), link: body.readUInt16BE(3 + ID_BYTES) }
}

function macOf(body: Uint8Array, secret: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update('track 1').update(body).digest().subarray(0, MAC_BYTES)
}

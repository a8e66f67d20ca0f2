import { Buffer } from 'node:buffer'
import { decodeBody, encodeBase64, indexMessage, type MessageIndex, type Part } from '../../proto/mail/index.ts'
import { readToken } from './token.ts'

/** An octet of quoted-printable, and the soft break that may follow it. RFC 2045 §6.7. */
const SOFT = String.raw`(?:=\r\n)?`
const OCTET = String.raw`(?:=[0-9A-F]{2}|[\w-])${SOFT}`

/** An address that stops mail, as `url.ts` writes it, in text that is encoded or not. */
const STOP = new RegExp(String.raw`(\/${SOFT}t${SOFT}\/${SOFT}u${SOFT}\/${SOFT})((?:${OCTET}){44})`, 'g')

/**
 * A message of ours as it may be shown to those who sent it: addresses of ours that stop mail, and take that back, are made unusable in it, letter by letter, so that all its lengths stay.
 * They are their reader's: who shows what he agreed to must not be able to press for him. Linear in the message, whatever is in it.
 */
export function withoutStops(message: Uint8Array, secret: Uint8Array, { root }: MessageIndex = indexMessage(message)): Uint8Array {
  const shown = Buffer.from(message)
  for (const { encoding, bodyStart, bodyEnd } of textsIn(root)) hideIn(shown.subarray(bodyStart, bodyEnd), encoding, secret)
  return shown
}

function* textsIn(part: Part): Generator<Part> {
  if (part.type === 'text') yield part
  for (const child of part.children) yield* textsIn(child)
}

function hideIn(body: Buffer, encoding: string, secret: Uint8Array): void {
  if (encoding !== 'base64') {
    body.write(hidden(body.toString('latin1'), secret), 'latin1')
    return
  }
  const text = Buffer.from(decodeBody(body, encoding)).toString('latin1')
  const without = hidden(text, secret)
  if (without !== text) body.set(encodeBase64(Buffer.from(without, 'latin1')).subarray(0, body.length))
}

function hidden(text: string, secret: Uint8Array): string {
  return text.replace(STOP, (whole, path: string, written: string) => {
    const token = readToken(Buffer.from(decodeBody(Buffer.from(written, 'latin1'), 'quoted-printable')).toString('latin1'), secret)
    return token?.kind === 'unsubscribe' ? path + written.replace(/=[0-9A-F]{2}|[\w-]/g, (octet) => (octet.length === 1 ? 'x' : '=78')) : whole
  })
}

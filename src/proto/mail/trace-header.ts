import { formatDate } from './date.ts'
import { FOLD_CHARS } from './limits.ts'

/** How a message came in: what the `with` and TLS of a Received field say. RFC 3848, RFC 6531 §4.3. */
export interface Transport {
  /** `smtp` when the client said HELO, `esmtp` after EHLO, `lmtp` after LHLO. */
  readonly protocol: 'smtp' | 'esmtp' | 'lmtp'
  /** Null in the clear. */
  readonly tls: { readonly version: string; readonly cipher: string } | null
  readonly authenticated: boolean
  /** Did MAIL carry SMTPUTF8? */
  readonly utf8: boolean
}

/** What a Received field tells. RFC 5321 §4.4. */
export interface Received {
  /**
   * The peer: what it called itself, its address, and its name in the DNS when that was looked up and confirmed. Null on
   * submission, where the client stays hidden and `account` stands for it.
   */
  readonly client: { readonly helo: string; readonly address: string; readonly name: string | null } | null
  /** Id of the account that submitted; null otherwise. */
  readonly account: string | null
  /** Our name. */
  readonly by: string
  readonly transport: Transport
  /** Our id of the message, as the trace knows it. */
  readonly id: string
  /** The recipient when there is exactly one; null otherwise, so that no recipient learns of another (§7.6). */
  readonly recipient: string | null
  readonly atMs: number
  readonly offsetMinutes: number
}

/**
 * Writes a Received field, CRLF included, in lines below 78 characters where the words allow it.
 *
 * Names and addresses come from strangers: whatever is no part of a name becomes `?`, and every piece is cut to 255 characters, so
 * that the field stays one field and no line passes 998.
 */
export function received(stamp: Received): string {
  const pieces: string[] = []
  // RFC 5321 §4.4 wants a `from` clause always; a submission has none, because it would tell where its author sits.
  if (stamp.client !== null) {
    const literal = addressLiteral(stamp.client.address)
    const info = stamp.client.name === null ? literal : `${name(stamp.client.name)} ${literal}`
    pieces.push(`from ${name(stamp.client.helo)}`, `(${info})`)
  }
  pieces.push(`by ${name(stamp.by)}`)
  if (stamp.account !== null) pieces.push(`(account ${name(stamp.account)})`)
  pieces.push(`with ${withKeyword(stamp.transport)}`)
  const { tls } = stamp.transport
  if (tls !== null) pieces.push(`(${name(tls.version)} ${name(tls.cipher)})`)
  pieces.push(`id ${name(stamp.id)}`)
  if (stamp.recipient !== null) pieces.push(`for <${clean(stamp.recipient)}>`)
  pieces[pieces.length - 1] += ';'
  pieces.push(formatDate(stamp.atMs, stamp.offsetMinutes))
  return `${fold('Received:', pieces)}\r\n`
}

/** The keyword after `with`: `ESMTPSA`, `UTF8LMTPS`, ... RFC 3848, RFC 6531 §4.3. Plain `SMTP` has no variants. */
export function withKeyword(transport: Transport): string {
  if (transport.protocol === 'smtp') return 'SMTP'
  const tail = `${transport.tls === null ? '' : 'S'}${transport.authenticated ? 'A' : ''}`
  if (transport.utf8) return `UTF8${transport.protocol === 'lmtp' ? 'LMTP' : 'SMTP'}${tail}`
  return `${transport.protocol === 'lmtp' ? 'LMTP' : 'ESMTP'}${tail}`
}

/** Writes the Return-Path of a final delivery, CRLF included; null is the null path. RFC 5321 §4.4. */
export function returnPath(address: string | null): string {
  return `Return-Path: <${address === null ? '' : clean(address)}>\r\n`
}

/** Writes the Delivered-To of a final delivery, CRLF included. RFC 9228. */
export function deliveredTo(address: string): string {
  return `Delivered-To: ${clean(address)}\r\n`
}

/** RFC 5321 §4.1.3. A peer on a unix socket has no address. */
function addressLiteral(address: string): string {
  if (address === '') return '[local]'
  return address.includes(':') ? `[IPv6:${name(address)}]` : `[${name(address)}]`
}

const MAX_PIECE = 255

/** A host name, literal, id or keyword that cannot leave its place. */
function name(text: string): string {
  const safe = text.slice(0, MAX_PIECE).replace(/[^A-Za-z0-9._:[\]+=/-]/g, '?')
  return safe === '' ? 'unknown' : safe
}

/** An address that was parsed; only in case it was not, what could break the line is taken out. */
function clean(address: string): string {
  return address.replace(/[\0-\x1f\x7f<>]/g, '?')
}

function fold(head: string, pieces: readonly string[]): string {
  let out = head
  let length = head.length
  for (const piece of pieces) {
    const breaks = length + 1 + piece.length > FOLD_CHARS
    out += `${breaks ? '\r\n\t' : ' '}${piece}`
    length = (breaks ? 8 : length + 1) + piece.length // A tab counts as eight where lines are looked at.
  }
  return out
}

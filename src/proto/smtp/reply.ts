import { MAX_REPLY_LINE_BYTES } from './limits.ts'

/** An answer of an SMTP or LMTP server, as a value: what the peer is told, and nothing of why. RFC 5321 §4.2. */
export interface Reply {
  /** 200 to 599; its first digit decides. */
  readonly code: number
  /** Enhanced status code (RFC 3463) such as `5.1.1`; null where RFC 2034 §4 has none: banner, EHLO, 334 and 354. */
  readonly status: string | null
  /** One or more lines, with LF between them. What is not printable ASCII is sent as `?`. */
  readonly text: string
}

/** Makes a reply. */
export function reply(code: number, status: string | null, text: string): Reply {
  return { code, status, text }
}

/** A reply in one line, as events and people are told of it. */
export function toldReply({ code, status, text }: Reply): string {
  return `${code} ${status ?? ''} ${text}`
}

/** Whether the request succeeded: 2yz. RFC 5321 §4.2.1. */
export function isPositive({ code }: Reply): boolean {
  return code >= 200 && code < 300
}

/**
 * A reply as it goes over the wire, CRLF included.
 *
 * Each line has the code and the enhanced status (RFC 2034 §4), and at most 512 octets (RFC 5321 §4.5.3.1.5): longer text
 * is broken, at a space when there is one. Replies stay ASCII: only a client that used SMTPUTF8 could read more (RFC 6531 §3.7.4.1).
 */
export function formatReply({ code, status, text }: Reply): string {
  const lead = status === null ? '' : `${status} `
  const room = MAX_REPLY_LINE_BYTES - 6 - lead.length
  const clean = text.replace(/[^ -~\n]/gu, '?')
  if (clean.length <= room && !clean.includes('\n')) return `${code} ${lead}${clean}\r\n`
  const lines = clean.split('\n').flatMap((line) => broken(line, room))
  return lines.map((line, index) => `${code}${index === lines.length - 1 ? ' ' : '-'}${lead}${line}\r\n`).join('')
}

function broken(text: string, room: number): readonly string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room)
    const cut = space > 0 ? space : room
    lines.push(rest.slice(0, cut))
    rest = rest.slice(space > 0 ? cut + 1 : cut)
  }
  lines.push(rest)
  return lines
}

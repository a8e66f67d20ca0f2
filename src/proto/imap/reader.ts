import type { Ended, Wire } from '../../base/wire.ts'
import { LITERAL_WITHIN_MS, MAX_DISCARD, MAX_LITERAL_COUNT } from './limits.ts'
import { Scanner } from './scanner.ts'

/** What may come in one command. */
export interface ReadLimits {
  readonly line: number
  readonly literals: number
  readonly withinMs: number
}

/**
 * One command as it came: `text` is its bytes in Latin-1, literals in place, without the last CRLF. The message of an APPEND
 * is not in it: the text then ends with the literal's header and CRLF, and the bytes are still on the wire.
 *
 * `refused`: it was too much; `bye` when the connection is out of step and must end.
 */
export type ReadCommand =
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'refused'; readonly tag: string | null; readonly why: string; readonly bye: 'bye' | 'stay' }
  | Ended

/** A literal as it was announced at the end of a line. RFC 7888: with `+` the client does not wait. */
export interface LiteralHeader {
  readonly sizeBytes: number
  readonly waits: 'waits' | 'sends'
  readonly binary: 'literal8' | 'literal'
}

/** The literal that the text ends with, or null. */
export function literalAtEnd(text: string): LiteralHeader | null {
  if (!text.endsWith('}')) return null
  const found = /(~?)\{(\d{1,15})(\+?)\}$/.exec(text.slice(-20))
  if (found === null) return null
  return { sizeBytes: Number(found[2]), waits: found[3] === '' ? 'waits' : 'sends', binary: found[1] === '' ? 'literal' : 'literal8' }
}

/** Reads one command with its literals, asking for those that wait. */
export async function readCommand(wire: Wire, limits: ReadLimits, signal: AbortSignal): Promise<ReadCommand> {
  let text = ''
  let room = limits.literals
  for (let count = 0; ; count++) {
    const line = await wire.line(limits.line, limits.withinMs, signal)
    if (line.kind === 'too-long') return { kind: 'refused', tag: tagOf(text), why: 'The line is too long', bye: 'stay' }
    if (line.kind !== 'line') return line
    text += latin1(line.bytes)
    const literal = literalAtEnd(text)
    if (literal === null) return { kind: 'command', text }
    if (isMessage(text)) return { kind: 'command', text: `${text}\r\n` }
    if (literal.sizeBytes > room || count === MAX_LITERAL_COUNT) return await refuse(wire, text, literal, limits, signal)
    room -= literal.sizeBytes
    if (literal.waits === 'waits') wire.write('+ OK\r\n')
    const bytes = await gather(wire, literal.sizeBytes, signal)
    if (typeof bytes !== 'string') return bytes
    text += `\r\n${bytes}`
  }
}

/** Takes exactly `size` bytes and drops them; null, or why no more came. */
export async function discard(wire: Wire, size: number, signal: AbortSignal): Promise<Ended | null> {
  for (let left = size; left > 0; ) {
    const taken = await wire.take(Math.min(left, 65_536), LITERAL_WITHIN_MS, signal)
    if (taken.kind !== 'bytes') return taken
    left -= taken.bytes.length
  }
  return null
}

/** The tag of a command that was not read to its end, or null. */
function tagOf(text: string): string | null {
  const s = new Scanner(text, { utf8: false })
  const tag = s.tag()
  return s.fault === null && s.sees(' ') ? tag : null
}

/** True when the literal that ends the text is the message of an APPEND, and not a mailbox name. RFC 9051 §6.3.12. */
function isMessage(text: string): boolean {
  const s = new Scanner(text, { utf8: false })
  s.tag()
  s.need(' ')
  if (!s.skip('APPEND')) return false
  s.need(' ')
  s.mailbox()
  return s.fault === null && s.sees(' ')
}

/** Refuses a literal. One that does not wait is on its way: it is dropped when it is small enough, with the rest of its command. */
async function refuse(wire: Wire, text: string, literal: LiteralHeader, limits: ReadLimits, signal: AbortSignal): Promise<ReadCommand> {
  const refused = { kind: 'refused', tag: tagOf(text), why: 'The literal is too large' } as const
  let room = MAX_DISCARD
  for (let next: LiteralHeader | null = literal; next !== null && next.waits === 'sends'; ) {
    room -= next.sizeBytes
    if (room < 0) return { ...refused, bye: 'bye' }
    const ended = await discard(wire, next.sizeBytes, signal)
    if (ended !== null) return ended
    const line = await wire.line(limits.line, limits.withinMs, signal)
    if (line.kind === 'too-long') break
    if (line.kind !== 'line') return line
    next = literalAtEnd(latin1(line.bytes))
  }
  return { ...refused, bye: 'stay' }
}

async function gather(wire: Wire, size: number, signal: AbortSignal): Promise<string | Ended> {
  let text = ''
  while (text.length < size) {
    const taken = await wire.take(size - text.length, LITERAL_WITHIN_MS, signal)
    if (taken.kind !== 'bytes') return taken
    text += latin1(taken.bytes)
  }
  return text
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

import { Buffer } from 'node:buffer'
import { MAX_LINE, MAX_LINES } from './limits.ts'

/** A report for people: its own lines, and the message that it returns below them. */
export interface Letter {
  readonly lines: readonly string[]
  /** The returned message, or null when none follows. */
  readonly copy: Uint8Array | null
}

/** Lines that stand before a copy of the message. */
const MARKS: readonly RegExp[] = [
  /^[\s|]*-{2,}.*\b(?:copy|original|returned|unsent|undelivered|enclosed)\b.*\b(?:message|mail|headers?)\b/i,
  /^[\s|]*-{2,}.*\bmessage (?:text|headers?|body) (?:follows?|below)\b/i,
  /^\s*(?:the )?(?:original|unsent|returned|undelivered)? ?(?:message|mail)(?: headers?| text)? (?:follows?|is below|below)\b/i,
  /\b(?:below|included|attached|following|enclosed) is (?:a|the) copy of (?:the|your)\b/i,
]
/** A copy that nothing announces begins with what the last server wrote. */
const TOP_FIELD = /^(?:received|return-path|x-received|delivered-to|dkim-signature|arc-seal|x-originating-ip):/i

/** Parts a report for people from the message it returns. Quoted lines are left out: somebody else said them. */
export function readLetter(text: string): Letter {
  const lines = text.split(/\r\n?|\n/, MAX_LINES)
  const end = lines.findIndex((line, at) => at > 0 && (TOP_FIELD.test(line) || MARKS.some((mark) => mark.test(line.slice(0, MAX_LINE)))))
  const own = (end === -1 ? lines : lines.slice(0, end)).map((line) => line.slice(0, MAX_LINE))
  return { lines: own.filter((line) => !/^\s*>(?!>>)/.test(line)), copy: end === -1 ? null : copyFrom(lines.slice(end)) }
}

function copyFrom(lines: readonly string[]): Uint8Array | null {
  const start = lines.findIndex((line) => /^[\w-]{2,60}:/.test(line) && !MARKS.some((mark) => mark.test(line)))
  return start === -1 ? null : Buffer.from(lines.slice(start).join('\r\n'), 'utf8')
}

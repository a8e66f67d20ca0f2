import type { Addressee } from './addressees.ts'
import { isSaid, oneLine } from './said.ts'

/** Lines looked at below a recipient. */
const BLOCK_LINES = 40

/** `554 <joe@example.org>... Remote protocol error` */
const TRANSCRIPT = /^\s*[45]\d\d[ -].*@\S+\.{3} /

/**
 * What a report for people says of one recipient: the line where a server speaks, with what belongs to it; else the words nearest to the
 * address. `''` when there are none. `until` is the line of the next recipient.
 */
export function diagnosisOf(lines: readonly string[], { address, line, rest }: Addressee, until: number): string {
  // A line of a transcript is complete, and the next one is about somebody else.
  if (TRANSCRIPT.test(lines[line] ?? '')) return oneLine(lines[line] ?? '')
  const block = [/[\p{L}\d]/u.test(rest) ? rest : '', ...lines.slice(line + 1, Math.min(until, line + BLOCK_LINES))]
  const own = paragraphs(block)
  const isNear = block[0] !== '' || (block[1] ?? '').trim() !== ''
  const near = isNear && own[0] !== undefined ? saidIn(own[0]) : null
  return oneLine(
    near ?? saidOf(lines, address) ?? saidInAny(own) ?? saidInAny(paragraphs(lines.slice(0, line))) ?? wordsIn(own) ?? wordsAround(lines, line, address),
  )
}

/** Runs of lines that are not empty. Labels such as `because:` end with a colon and say nothing themselves. */
function paragraphs(lines: readonly string[]): readonly (readonly string[])[] {
  const all: string[][] = []
  let isOpen = false
  for (const text of lines) {
    const bare = text.replace(/^[\s|*=-]+(?=\S)/, '').trim()
    const isText = /[^\s=*_-]/.test(bare)
    if (isText && isOpen) all.at(-1)?.push(bare)
    else if (isText) all.push([bare])
    isOpen = isText
  }
  return all
}

/** From the first line where a server speaks to the end of the paragraph. */
function saidIn(paragraph: readonly string[]): string | null {
  const at = paragraph.findIndex(isSaid)
  // `The error that the other server returned was: 550 ...`: what stands before is not its word.
  return at === -1 ? null : paragraph.slice(at).join(' ').replace(/^.{0,600}\b(?:returned was|said|responded with|reason|response):? *(?=[45]\d\d[ -])/i, '')
}

function saidInAny(all: readonly (readonly string[])[]): string | null {
  for (const paragraph of all) {
    const said = saidIn(paragraph)
    if (said !== null) return said
  }
  return null
}

/** A server's line that names the recipient, or answers to its RCPT. */
function saidOf(lines: readonly string[], address: string): string | null {
  const named = lines.findIndex((text) => text.includes(address) && isSaid(text) && !/^\s*>>>/.test(text))
  if (named !== -1) return wholeReply(lines, named)
  const asked = lines.findIndex((text) => /^\s*>>> RCPT/i.test(text) && text.includes(address))
  const answer = asked === -1 ? undefined : lines.slice(asked + 1, asked + 4).find((text) => /^\s*<<</.test(text))
  return answer === undefined ? null : answer.replace(/^\s*<<<\s*/, '')
}

/** The reply that a line belongs to: `550-` goes on in the next line. RFC 5321 §4.2.1. */
function wholeReply(lines: readonly string[], at: number): string {
  let start = at
  while (start > 0 && /^\s*\d{3}-/.test(lines[start - 1] ?? '')) start--
  let end = at + 1
  while (end < lines.length && /^\s*\d{3}-/.test(lines[end - 1] ?? '')) end++
  return lines.slice(start, end).join(' ')
}

/** The first words that are no label, and what stands below them: a program's own message comes last. */
function wordsIn(all: readonly (readonly string[])[]): string | null {
  const words = all.map((paragraph) => paragraph.filter(isNoLabel).join(' ')).filter((text) => text !== '')
  return words.length === 0 ? null : words.slice(0, 3).join(' ')
}

function isNoLabel(text: string): boolean {
  return !text.endsWith(':')
}

/** The lines above in the same paragraph, or the line itself. */
function wordsAround(lines: readonly string[], line: number, address: string): string {
  const above: string[] = []
  for (let at = line - 1; at >= 0 && lines[at]?.trim() !== ''; at--) above.unshift(lines[at]?.trim() ?? '')
  const words = above.filter(isNoLabel).join(' ')
  const own = lines[line] ?? ''
  return own.replace(address, '').replace(/[^\p{L}]/gu, '') === '' ? words : own
}

import { Buffer } from 'node:buffer'
import { decodeBody, decodeCharset, decodeWords, firstText, indexMessage, type Part, readHeader, textOfPart } from '../mail/index.ts'
import { MAX_REPORT_BYTES } from './limits.ts'
import { textOfHtml } from './html.ts'

/** A message that may be a report, cut into what readers of reports look at. */
export interface ReportParts {
  /** The first field of that name (lower case), encoded words decoded; null when it has none. */
  readonly field: (name: string) => string | null
  readonly subject: string
  /** The machine part, by the subtype of `message/`: `delivery-status`, `feedback-report`, `disposition-notification`. */
  readonly machine: ReadonlyMap<string, string>
  /** What is written for people, all text parts before the returned message. */
  readonly human: string
  /** The returned message or its header; null when no part holds one. */
  readonly returned: Uint8Array | null
}

/** RFC 3464 §2, RFC 6533 §6, RFC 5965 §3, RFC 8098 §3. The `global-` ones hold UTF-8 and are read alike. */
const MACHINE = new Set(['delivery-status', 'feedback-report', 'disposition-notification'])
const RETURNED = new Set(['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/rfc822-headers', 'message/global-headers', 'text/rfc822-header'])

/** Cuts a message. Never throws; reads `MAX_REPORT_BYTES` of it. */
export function partsOf(message: Uint8Array): ReportParts {
  const bytes = message.subarray(0, MAX_REPORT_BYTES)
  const index = indexMessage(bytes)
  const header = readHeader(bytes)
  const field = (name: string): string | null => {
    const text = firstText(bytes, header, name)
    return text === null ? null : decodeWords(text).trim()
  }
  const found = gather(bytes, index.root)
  // A multipart whose boundary is nowhere holds its parts all the same: as text.
  if (found.human.join('').trim() === '' && found.machine.size === 0 && found.returned === null) found.human.push(textOf(bytes.subarray(index.root.bodyStart)))
  return { field, subject: field('subject') ?? '', machine: found.machine, human: found.human.join('\n\n'), returned: found.returned }
}

interface Found {
  readonly machine: Map<string, string>
  readonly human: string[]
  returned: Uint8Array | null
}

function gather(bytes: Uint8Array, root: Part): Found {
  const found: Found = { machine: new Map(), human: [], returned: null }
  for (const part of leavesOf(root)) take(found, part, bytes.subarray(part.bodyStart, part.bodyEnd))
  return found
}

/** The parts that are not multiparts, the best one of alternatives only. What is inside a returned message is its own. */
function* leavesOf(part: Part): Generator<Part> {
  if (part.type !== 'multipart') yield part
  else if (part.subtype === 'alternative') yield* leavesOf(part.children.find(isPlain) ?? part.children[0] ?? EMPTY)
  else for (const child of part.children) yield* leavesOf(child)
}

const EMPTY: Part = {
  ...{ type: 'text', subtype: 'plain', params: [], encoding: '7bit', id: null, description: null, md5: null, disposition: null, language: null, location: null },
  ...{ headerStart: 0, bodyStart: 0, bodyEnd: 0, lines: 0, children: [], envelope: null },
}

function isPlain(part: Part): boolean {
  return part.type === 'text' && part.subtype === 'plain'
}

function take(found: Found, part: Part, body: Uint8Array): void {
  const kind = part.subtype.replace(/^global-/, '')
  if (part.type === 'message' && MACHINE.has(kind)) {
    if (!found.machine.has(kind)) found.machine.set(kind, textOf(decodeBody(body, part.encoding)))
  } else if (RETURNED.has(`${part.type}/${part.subtype}`)) {
    found.returned ??= decodeBody(body, part.encoding)
  } else if (part.type === 'text' && found.returned === null) {
    const text = textOfPart(part, body) ?? ''
    found.human.push(part.subtype === 'html' || /^\s*<(?:!doctype|html)\b/i.test(text) ? textOfHtml(text) : text)
  }
}

/** Servers in Japan write ISO-2022-JP where RFC 3464 wants ASCII; its escapes tell. */
function textOf(bytes: Uint8Array): string {
  if (bytes.includes(27)) return decodeCharset(bytes, 'iso-2022-jp')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

import { ADDRESS } from './fields.ts'
import { MAX_REPORTED } from './limits.ts'

/** Where a report for people names somebody it could not reach. */
export interface Addressee {
  readonly address: string
  /** The line it stands in. */
  readonly line: number
  /** What follows the address in its line. */
  readonly rest: string
}

const A = ADDRESS.source

/**
 * How reports name the recipients they failed at, the surest first. Group 1 is the address. Only the first way that finds somebody counts:
 * a report that lists its recipients names others (the sender, a help desk) in passing.
 */
const WAYS: readonly RegExp[] = [
  // `<joe@example.org>:`, `  joe@example.org [User unknown]`, `"joe@example.org":`, `-- joe@example.org`, `1. joe@example.org`
  new RegExp(String.raw`^[\s*#|•·-]{0,40}(?:\d{1,3}[.)]\s*)?["'<(]{0,2}(${A})(?!\S*\s+wrote)`, 'u'),
  // A transcript: `550 5.1.1 <joe@example.org>... User unknown`
  new RegExp(String.raw`^\s*[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?["'<]?(${A})>?\.{3}`, 'u'),
  // `Recipient: <joe@example.org>`, `RCPT TO: joe@example.org`
  new RegExp(String.raw`\b(?:recipients?|rcpt to|failed address(?:es)?|penerima|alamat(?: tujuan)?|empfänger|destinataire|destinatario|получатель|宛先|收件人)\s*[:：]\s*["'<]?(${A})`, 'iu'),
  // `could not be delivered to <joe@example.org>`, `delivering your mail to ...`, `returned permanent errors: ...`
  new RegExp(String.raw`(?:deliver|undeliver|send|reach|error|fail|gagal|kirim|zugestellt|remis|entreg|достав)[^@<]{0,80}?(?:\b(?:to|for|by|ke|kepada|an|à|a)\b|:)[\s:]*["'<]?(${A})`, 'iu'),
  // `User mailbox exceeds allowed size: joe@example.org`
  new RegExp(String.raw`[:：]\s*["'<]?(${A})[>"']?\.?\s*$`, 'u'),
  new RegExp(`(${A})`, 'u'),
]

/** Ways that name a recipient whoever it is: people write to themselves too. */
const SURE = WAYS.slice(0, 3)

/** Whom a report could not reach, each once, in its order; `ours` are addresses that it is likely to name for another reason. */
export function addresseesIn(lines: readonly string[], ours: ReadonlySet<string>): readonly Addressee[] {
  const isOther = ({ address }: Addressee): boolean => !ours.has(address.toLowerCase()) && !/^(?:postmaster|mailer-daemon|support|abuse|helpdesk)@/i.test(address)
  return firstFound(WAYS, lines, isOther) ?? firstFound(SURE, lines, () => true) ?? []
}

function firstFound(ways: readonly RegExp[], lines: readonly string[], counts: (each: Addressee) => boolean): readonly Addressee[] | null {
  for (const way of ways) {
    const all = lines.flatMap((text, line) => addresseeOf(way, text, line)).filter(counts)
    if (all.length > 0) return once(all)
  }
  return null
}

/** Where an address that is known stands; line -1 when it does not. */
export function locate(lines: readonly string[], address: string): Addressee {
  const line = lines.findIndex((text) => text.includes(address))
  const text = lines[line] ?? ''
  return { address, line, rest: line === -1 ? '' : restOf(text, text.indexOf(address) + address.length) }
}

function restOf(text: string, end: number): string {
  return text.slice(end).replace(/^[\s>"')\]:;,.]+/, '')
}

function addresseeOf(way: RegExp, text: string, line: number): Addressee[] {
  const match = way.exec(text)
  const address = match?.[1]
  if (match === null || address === undefined) return []
  return [{ address, line, rest: restOf(text, match.index + match[0].length) }]
}

function once(all: readonly Addressee[]): readonly Addressee[] {
  const seen = new Map<string, Addressee>()
  for (const each of all) if (!seen.has(each.address.toLowerCase())) seen.set(each.address.toLowerCase(), each)
  return [...seen.values()].slice(0, MAX_REPORTED)
}

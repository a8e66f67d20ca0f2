import { MAX_TEXT } from './limits.ts'

/** What a server said, taken apart. */
export interface Said {
  readonly code: number | null
  readonly status: string | null
}

/** `550`, where a reply begins: at the start, after a colon, a semicolon or a bracket, or after words such as "said". */
const CODE = /(?:^|[:;([<"']|\b(?:said|reply|response|error|code|reason|failure|was|with)\b:?)\s*["'#]?([245]\d\d)(?![\d.])(?=[\s:;,)\]>"'-]|$)/i
/** Anywhere, when a status follows: `550 5.1.1`, `550-5.1.1`, `550 #5.1.1`. */
const CODE_AND_STATUS = /(?<![\d.])([245]\d\d)[ :-]{1,3}(?:[245]\d\d[ -])?#?([245]\.\d{1,3}\.\d{1,3})(?![\d.])/
/** RFC 3463 §2, not a part of an address or of a version. */
const STATUS = /(?<![\d.\w-])([245]\.[0-7]\.\d{1,3})(?![\d.]*\d)/

/** The reply code and the enhanced status in a text: both where they stand together, else each on its own. RFC 5321 §4.2, RFC 3463. */
export function saidIn(text: string): Said {
  const both = CODE_AND_STATUS.exec(text)
  if (both !== null) return { code: Number(both[1]), status: both[2] ?? null }
  const code = CODE.exec(text)?.[1]
  return { code: code === undefined ? null : Number(code), status: STATUS.exec(text)?.[1] ?? null }
}

/** Does a server refuse in it? */
export function isSaid(text: string): boolean {
  const { code, status } = saidIn(text)
  return (code ?? 0) >= 400 || (status !== null && !status.startsWith('2'))
}

/** Lines as one line of bounded length, controls taken out. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- what strangers send is written to terminals
  return text.slice(0, 8 * MAX_TEXT).replace(/[\0-\x1f\x7f\u0085\u2028\u2029]+\s*/g, ' ').replace(/ {2,}/g, ' ').trim().slice(0, MAX_TEXT)
}

/** A status that says no more than that it failed. RFC 3463 §3.1: `x.0.0` is "other undefined". */
export function isWeak(status: string | null): boolean {
  return status === null || /^[245]\.0\.0$/.test(status)
}

import type { Reply } from '../reply.ts'
import { MAX_MECHANISMS } from './limits.ts'

/** What a server offers, from its reply to EHLO or LHLO. */
export interface Capabilities {
  /** False when it only knows HELO: then nothing is offered. */
  readonly extended: boolean
  /** What the server calls itself; '' when it did not say. */
  readonly name: string
  readonly pipelining: boolean
  readonly chunking: boolean
  readonly binaryMime: boolean
  readonly eightBitMime: boolean
  readonly smtpUtf8: boolean
  readonly dsn: boolean
  readonly startTls: boolean
  readonly requireTls: boolean
  readonly size: SizeOffer
  /** Mechanisms in upper case, as offered. */
  readonly auth: readonly string[]
  /** RFC 9422; null when it did not say. */
  readonly mailMax: number | null
  readonly rcptMax: number | null
}

/** RFC 1870 §4: whether SIZE may be declared, and the largest message, octets; null when there is no fixed limit. */
export type SizeOffer = { readonly kind: 'none' } | { readonly kind: 'offered'; readonly maxBytes: number | null }

/** A server of which nothing is known, or that was greeted with HELO. */
export const NO_CAPABILITIES: Capabilities = {
  extended: false,
  name: '',
  pipelining: false,
  chunking: false,
  binaryMime: false,
  eightBitMime: false,
  smtpUtf8: false,
  dsn: false,
  startTls: false,
  requireTls: false,
  size: { kind: 'none' },
  auth: [],
  mailMax: null,
  rcptMax: null,
}

/**
 * Reads a positive reply to EHLO. RFC 5321 §4.1.1.1.
 *
 * Tolerant, because a misread line costs only speed: case does not matter, unknown keywords are passed over, a SIZE that is
 * no number is one without limit, `AUTH=LOGIN` of old servers is an AUTH, and mechanisms of several AUTH lines add up. The first
 * line is the greeting and never a keyword (§4.1.1.1), even when it looks like one.
 */
export function parseCapabilities(reply: Reply): Capabilities {
  const [greeting = '', ...lines] = reply.text.split('\n')
  const offered = new Map<string, string[]>()
  for (const line of lines) {
    const [word = '', ...args] = line.trim().toUpperCase().split(/[ \t]+/)
    const equals = word.startsWith('AUTH=') ? 4 : word.length
    const keyword = word.slice(0, equals)
    const own = equals < word.length ? [word.slice(equals + 1), ...args] : args
    offered.set(keyword, [...(keyword === 'AUTH' ? (offered.get(keyword) ?? []) : []), ...own])
  }
  const has = (keyword: string): boolean => offered.has(keyword)
  return {
    extended: true,
    name: greeting.trim().split(/[ \t]/, 1)[0] ?? '',
    pipelining: has('PIPELINING'),
    chunking: has('CHUNKING'),
    binaryMime: has('BINARYMIME'),
    eightBitMime: has('8BITMIME'),
    smtpUtf8: has('SMTPUTF8'),
    dsn: has('DSN'),
    startTls: has('STARTTLS'),
    requireTls: has('REQUIRETLS'),
    size: sizeOf(offered.get('SIZE')),
    auth: [...new Set(offered.get('AUTH') ?? [])].filter((name) => /^[A-Z0-9_-]{1,20}$/.test(name)).slice(0, MAX_MECHANISMS),
    mailMax: limitOf(offered.get('LIMITS'), 'MAILMAX='),
    rcptMax: limitOf(offered.get('LIMITS'), 'RCPTMAX='),
  }
}

/** RFC 1870 §3 (5): no number, or 0, means that there is no fixed limit. */
function sizeOf(args: readonly string[] | undefined): SizeOffer {
  if (args === undefined) return { kind: 'none' }
  const bytes = /^[0-9]{1,15}$/.test(args[0] ?? '') ? Number(args[0]) : 0
  return { kind: 'offered', maxBytes: bytes === 0 ? null : bytes }
}

/** RFC 9422 §3: one to six digits, not beginning with 0. */
function limitOf(args: readonly string[] | undefined, key: string): number | null {
  const value = args?.find((arg) => arg.startsWith(key))?.slice(key.length) ?? ''
  return /^[1-9][0-9]{0,5}$/.test(value) ? Number(value) : null
}

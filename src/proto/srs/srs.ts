import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Sender rewriting: a forwarder sends under an address of its own, from which it can find the sender again when the message comes back.
 * Else SPF of the sender's domain would refuse what is forwarded. There is no RFC; the form is that of the original proposal (Wong, 2003):
 * `SRS0=hash=day=domain=local`, and `SRS1=hash=forwarder=rest` for what another forwarder has rewritten already.
 */
export interface SrsOptions {
  /** Known to nobody else: who knows it can make us send to anybody. */
  readonly secret: Uint8Array
  readonly nowMs: number
}

/** Characters of the hash: 40 bits, and a guess costs a connection. */
const HASH_CHARS = 8

/** How long an answer is taken back: bounces come within days. */
const VALID_DAYS = 21

const DAY_MS = 24 * 3_600_000
const DAYS_MODULO = 1024 // Two characters of base 32.
const MAX_LOCAL_CHARS = 64 // RFC 5321 §4.5.3.1.1.
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The local part to send under, for a sender; null when it would be too long, or the sender has no domain. */
export function srsForward(sender: string, { secret, nowMs }: SrsOptions): string | null {
  const at = sender.lastIndexOf('@')
  const [local, domain] = [sender.slice(0, at), sender.slice(at + 1)]
  if (at < 1 || domain.startsWith('[') || local.startsWith('"')) return null
  const again = /^SRS([01])([=+-])(.*)$/i.exec(local)
  const first = again?.[1] === '1' ? /^[^=]*=([^=]+)=(.*)$/.exec(again[3] ?? '') : null
  if (again !== null && again[1] === '1' && first === null) return null
  const body = bodyOf(again, first, { local, domain }, nowMs)
  const rewritten = `${again === null ? 'SRS0' : 'SRS1'}=${hashOf(body, secret)}=${body}`
  return rewritten.length > MAX_LOCAL_CHARS ? null : rewritten
}

function bodyOf(again: RegExpExecArray | null, first: RegExpExecArray | null, { local, domain }: { readonly local: string; readonly domain: string }, nowMs: number): string {
  if (again === null) return `${dayText(nowMs)}=${domain}=${local}`
  // What a third forwarder sends goes back to the first one: each keeps its own hash.
  return first === null ? `${domain}=${again[2]}${again[3]}` : `${first[1]}=${first[2]}`
}

/** Whether a local part claims to be one of these. */
export function isSrs(local: string): boolean {
  return /^SRS[01]=/i.test(local)
}

/** Who is meant by an address that we once sent under; null when it is forged, or too old. Mail servers may have changed its case. */
export function srsReverse(local: string, { secret, nowMs }: SrsOptions): string | null {
  const [, kind, hash = '', body = ''] = /^SRS([01])=([^=]+)=(.+)$/i.exec(local) ?? []
  if (kind === undefined || !isSame(hash, hashOf(body, secret))) return null
  if (kind === '1') {
    const [, domain, rest] = /^([^=]+)=(.+)$/.exec(body) ?? []
    return domain === undefined || rest === undefined ? null : `SRS0${rest}@${domain}`
  }
  const [, day = '', domain, name] = /^([A-Z2-7]{2})=([^=]+)=(.+)$/i.exec(body) ?? []
  return domain === undefined || name === undefined || !isFresh(day, nowMs) ? null : `${name}@${domain}`
}

/** Of what the body says, without case. */
function hashOf(body: string, secret: Uint8Array): string {
  const digest = createHmac('sha256', secret).update(`srs\0${body.toLowerCase()}`).digest()
  return Array.from({ length: HASH_CHARS }, (_, index) => BASE32.charAt((digest[index] ?? 0) & 31)).join('')
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given.toUpperCase()), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function dayText(nowMs: number): string {
  const day = Math.floor(nowMs / DAY_MS) % DAYS_MODULO
  return BASE32.charAt(day >> 5) + BASE32.charAt(day & 31)
}

function isFresh(text: string, nowMs: number): boolean {
  const [high, low] = [...text.toUpperCase()].map((char) => BASE32.indexOf(char))
  if (high === undefined || low === undefined || high < 0 || low < 0) return false
  const age = (Math.floor(nowMs / DAY_MS) - (high * 32 + low) + DAYS_MODULO * 40) % DAYS_MODULO
  // A day ahead is a clock that is a little off.
  return age <= VALID_DAYS || age === DAYS_MODULO - 1
}

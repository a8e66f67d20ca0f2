import { Buffer } from 'node:buffer'
import ipaddr from 'ipaddr.js'
import type { Domain } from '../../base/brand.ts'
import { fail, ok } from '../../base/result.ts'
import type { Result } from '../../base/result.ts'
import { parseDomain } from './domain.ts'
import { MAX_LOCAL_BYTES, MAX_PATH_BYTES } from './limits.ts'

/** An envelope address that keeps RFC 5321 §4.1.2 and RFC 6531 §3.3. Made by the functions of this file only. */
export interface Address {
  /** Unquoted, in NFC, its case as written: `a b` for `"a b"@example.org`. */
  readonly local: string
  /** Null when the address has a literal instead. */
  readonly domain: Domain | null
  /** With its brackets, in shortest form: `[192.0.2.1]` or `[IPv6:2001:db8::1]`. Null when the address has a domain. */
  readonly literal: string | null
  /** The one way we write it: quoted only when it must be, the domain as A-labels. */
  readonly text: string
}

/** What stands between the brackets of MAIL or RCPT. RFC 5321 §4.1.1.2, §4.1.1.3. */
export type Path =
  | { readonly kind: 'address'; readonly address: Address }
  /** `<>`: nobody to send a bounce to. Only MAIL may have it. */
  | { readonly kind: 'null' }
  /** `<postmaster>` without a domain, in any case. Only RCPT may have it. */
  | { readonly kind: 'postmaster' }

/** Why a path or an address is none. */
export type AddressFault = 'syntax' | 'local-too-long' | 'bad-domain' | 'bad-literal' | 'too-long'

/** A path, what follows it in the line, and whether it was written with anything beyond ASCII (then SMTPUTF8 is needed). */
export interface ReadPath {
  readonly path: Path
  readonly rest: string
  readonly utf8: boolean
}

// atext of RFC 5321 §4.1.2, with UTF8-non-ascii of RFC 6531 §3.3 less C1 controls, surrogates and the mark of broken UTF-8.
const ATEXT = String.raw`[\w!#$%&'*+/=?^\x60{|}~\-\u00a0-\ufffc\u{10000}-\u{10ffff}]`
const DOT_ATOM = new RegExp(`${ATEXT}+(?:\\.${ATEXT}+)*`, 'uy')
const QUOTED = /"(?:[ !#-[\]-~\u00a0-\ufffc\u{10000}-\u{10ffff}]|\\[ -~])*"/uy
const PLAIN_LOCAL = new RegExp(`^${ATEXT}+(?:\\.${ATEXT}+)*$`, 'u')
const ANY_LOCAL = /^[ -~\u00a0-\ufffc\u{10000}-\u{10ffff}]*$/u
const IPV4 = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/
const SURROGATE = /[\ud800-\udfff]/u
const NON_ASCII = /[^\0-\x7f]/

/** Reads a whole `<...>` at the start of `text`. Source routes are dropped (RFC 5321 §3.6.1, appendix C). */
export function parsePath(text: string): Result<ReadPath, AddressFault> {
  if (text.startsWith('<>')) return ok({ path: { kind: 'null' }, rest: text.slice(2), utf8: false })
  if (!text.startsWith('<')) return fail('syntax')
  const start = skipRoute(text, 1)
  if (start === -1) return fail('syntax')
  const localEnd = endOfLocal(text, start)
  if (localEnd === -1) return fail('syntax')
  if (text.charCodeAt(localEnd) === 0x3e && start === 1 && text.slice(1, localEnd).toLowerCase() === 'postmaster') {
    return ok({ path: { kind: 'postmaster' }, rest: text.slice(localEnd + 1), utf8: false })
  }
  const close = text.indexOf('>', localEnd)
  if (close === -1) return fail('syntax')
  const written = text.slice(0, close + 1)
  const utf8 = NON_ASCII.test(written)
  if (byteLength(written, utf8) > MAX_PATH_BYTES) return fail('too-long')
  const address = assemble(text.slice(start, localEnd), text.slice(localEnd, close))
  return address.ok ? ok({ path: { kind: 'address', address: address.value }, rest: text.slice(close + 1), utf8 }) : address
}

/** Reads an address that is the whole of `text`, without brackets. */
export function parseAddress(text: string): Result<Address, AddressFault> {
  const localEnd = endOfLocal(text, 0)
  if (localEnd === -1) return fail('syntax')
  return assemble(text.slice(0, localEnd), text.slice(localEnd))
}

/** The address of `local`, unquoted, at a domain. Null when no address can have that local part. */
export function makeAddress(local: string, domain: Domain): Address | null {
  const clean = local.normalize('NFC')
  if (!ANY_LOCAL.test(clean) || SURROGATE.test(clean) || Buffer.byteLength(clean) > MAX_LOCAL_BYTES) return null
  const text = `${quoteLocal(clean)}@${domain}`
  return Buffer.byteLength(text) + 2 > MAX_PATH_BYTES ? null : { local: clean, domain, literal: null, text }
}

/** Writes an address: the local part quoted only when it must be. */
export function formatAddress(address: Pick<Address, 'local' | 'domain' | 'literal'>): string {
  return `${quoteLocal(address.local)}@${address.domain ?? address.literal ?? ''}`
}

/** A local part as we compare it for mailboxes we host, and only there: without case, in NFC. RFC 5321 §2.4 leaves that to us. */
export function foldLocal(local: string): string {
  return local.normalize('NFC').toLowerCase().normalize('NFC')
}

/** What stands behind the last `@` of an address, lower-case; all of a text without one. Of what was an address when it was taken. */
export function domainPart(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** Must this address be sent with SMTPUTF8? RFC 6531 §3.2: only when its local part is not ASCII; domains are A-labels. */
export function needsUtf8(address: Address): boolean {
  return NON_ASCII.test(address.local)
}

function assemble(writtenLocal: string, atHost: string): Result<Address, AddressFault> {
  if (!atHost.startsWith('@')) return fail('syntax')
  const local = (writtenLocal.startsWith('"') ? writtenLocal.slice(1, -1).replace(/\\(.)/gu, '$1') : writtenLocal).normalize('NFC')
  // The limit is on what was written, quotes and all; NFC may have made it longer, so both are looked at.
  if (Buffer.byteLength(writtenLocal) > MAX_LOCAL_BYTES || Buffer.byteLength(local) > MAX_LOCAL_BYTES) return fail('local-too-long')
  const host = atHost.slice(1)
  const literal = host.startsWith('[') ? parseLiteral(host) : null
  if (host.startsWith('[') && literal === null) return fail('bad-literal')
  const domain = literal === null ? parseDomain(host) : null
  if (literal === null && domain === null) return fail('bad-domain')
  const text = formatAddress({ local, domain, literal })
  if (Buffer.byteLength(text) + 2 > MAX_PATH_BYTES) return fail('too-long')
  return ok({ local, domain, literal, text })
}

/** Where the local part that starts at `at` ends; -1 when none starts there. */
function endOfLocal(text: string, at: number): number {
  const grammar = text.charCodeAt(at) === 0x22 ? QUOTED : DOT_ATOM
  grammar.lastIndex = at
  return grammar.test(text) && !SURROGATE.test(text.slice(at, grammar.lastIndex)) ? grammar.lastIndex : -1
}

/** Just past `@a,@b:`; `at` when there is no route; -1 when it is broken. */
function skipRoute(text: string, at: number): number {
  if (text.charAt(at) !== '@') return at
  const colon = text.indexOf(':', at)
  if (colon === -1 || colon > MAX_PATH_BYTES) return -1
  const hops = text.slice(at, colon).split(',')
  return hops.every((hop) => hop.startsWith('@') && parseDomain(hop.slice(1)) !== null) ? colon + 1 : -1
}

/** `[192.0.2.1]` or `[IPv6:...]` in shortest form, or null. RFC 5321 §4.1.3; other kinds of literal were never registered. */
function parseLiteral(text: string): string | null {
  if (!text.endsWith(']')) return null
  const inside = text.slice(1, -1)
  if (IPV4.test(inside)) return `[${inside}]`
  if (!/^IPv6:[0-9a-f:.]{2,45}$/i.test(inside) || !ipaddr.IPv6.isValid(inside.slice(5))) return null
  return `[IPv6:${ipaddr.IPv6.parse(inside.slice(5)).toRFC5952String()}]`
}

function quoteLocal(local: string): string {
  return PLAIN_LOCAL.test(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`
}

function byteLength(text: string, utf8: boolean): number {
  return utf8 ? Buffer.byteLength(text) : text.length
}

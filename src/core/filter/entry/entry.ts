import ipaddr from 'ipaddr.js'
import type { OrganizationId } from '../../../base/brand.ts'
import { fail, ok, type Result } from '../../../base/result.ts'
import { foldLocal, makeAddress, parseAddress } from '../../../proto/mail/address.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { MAX_VALUE_CHARS } from './limits.ts'

/**
 * What an entry looks at: the client's address or net, what it called itself, the author (address or domain), the domain of the envelope sender, the domain
 * that signed (d=), the recipient, the domain that a link leads to with all below it.
 */
export type EntryKind = 'net' | 'ehlo' | 'from' | 'envelope' | 'signer' | 'recipient' | 'link'

/** The kinds, as the command line names them. */
export const ENTRY_KINDS: readonly EntryKind[] = ['net', 'ehlo', 'from', 'envelope', 'signer', 'recipient', 'link']

/**
 * What happens by an entry. `discard` takes the mail and throws it away. `forward` lets nobody in: it says that this source hands on what others wrote, so that a
 * signature that the way has broken is no reason to refuse it. `trap`: nobody uses the address, and who writes to it has guessed or collected it.
 */
export type EntryAction = DenyAction | 'allow' | 'forward' | 'trap'

/** What becomes of mail that an entry keeps out. */
export type DenyAction = 'reject' | 'junk' | 'discard'

/** The lists: who is let in, who is kept out, who forwards, and addresses that are traps. */
export type EntryList = 'allow' | 'deny' | 'forwarder' | 'trap'

/** What entries of a list can look at. A forwarder keeps neither the author nor the signatures that it brings. A link lets nobody in: anybody can write one. */
export const KINDS_ON: Readonly<Record<EntryList, readonly EntryKind[]>> = { allow: ENTRY_KINDS.filter((kind) => kind !== 'link'), deny: ENTRY_KINDS, forwarder: ['net', 'envelope'], trap: ['recipient'] }

/** Whose mail an entry is for: everybody's, that of a domain, or that of one account. */
export type EntryOwner = { readonly kind: 'platform' } | { readonly kind: 'domain'; readonly domain: string } | { readonly kind: 'account'; readonly account: string }

/** An entry of the allow and deny lists. */
export interface FilterEntry {
  readonly id: string
  /** '' for the platform's. */
  readonly organization: OrganizationId | ''
  readonly owner: EntryOwner
  readonly kind: EntryKind
  /** In the form that `readEntryValue` gives it. */
  readonly value: string
  readonly action: EntryAction
  readonly comment: string
  /** Who made it, for those who wonder. */
  readonly author: string
  readonly createdMs: number
  /** Null: until it is removed. */
  readonly expiresMs: number | null
  /** How often it decided, and when last; null for never. */
  readonly hits: number
  readonly hitMs: number | null
}

/**
 * The one form of an entry's value: a net with its length and nothing beyond it, a domain in lower-case A-labels, `*.domain` for all below it, an address
 * with its local part as it is compared. The error is a sentence that says what is wanted.
 */
export function readEntryValue(kind: EntryKind, text: string): Result<string, string> {
  if (text.length > MAX_VALUE_CHARS) return fail(`want at most ${MAX_VALUE_CHARS} characters`)
  switch (kind) {
    case 'net':
      return readNet(text)
    case 'from':
    case 'recipient':
      return text.includes('@') ? readAddress(text) : readDomain(text)
    case 'ehlo':
    case 'envelope':
    case 'signer':
      return readDomain(text)
    case 'link':
      return readDomain(text.replace(/^\*\./, ''))
  }
}

/** An address in the form in which addresses are compared here: without case. Null when it is none, or has no domain. */
export function foldEntryAddress(text: string): string | null {
  const parsed = parseAddress(text)
  if (!parsed.ok || parsed.value.domain === null) return null
  return makeAddress(foldLocal(parsed.value.local), parsed.value.domain)?.text ?? null
}

/** The net of `bits` that an address lies in, such as `192.0.2.0/24`. */
export function netText(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const bytes = address.toByteArray().map((byte, at) => byte & (0xff << Math.max(0, Math.min(8, 8 * (at + 1) - bits))))
  return `${ipaddr.fromByteArray(bytes.map((byte) => byte & 0xff)).toString()}/${bits}`
}

function readNet(text: string): Result<string, string> {
  const [, address = '', length] = /^([0-9a-f:.]{2,45})(?:\/([0-9]{1,3}))?$/i.exec(text) ?? []
  const isAddress = address.includes(':') ? ipaddr.IPv6.isValid(address) : ipaddr.IPv4.isValidFourPartDecimal(address)
  if (!isAddress) return fail('want an address or a net, such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32')
  const parsed = ipaddr.process(address)
  const isMapped = parsed.kind() === 'ipv4' && address.includes(':')
  const most = parsed.kind() === 'ipv4' ? 32 : 128
  const bits = length === undefined ? most : Number(length) - (isMapped ? 96 : 0)
  if (bits > most || bits < NET_BITS[parsed.kind()].least) return fail(`want a length from ${NET_BITS[parsed.kind()].least} to ${most}`)
  return ok(netText(parsed, bits))
}

/** The lengths of nets that are looked up: shorter ones would hold half of the world. */
export const NET_BITS = { ipv4: { least: 8, most: 32 }, ipv6: { least: 16, most: 128 } } as const

function readDomain(text: string): Result<string, string> {
  const isBelow = text.startsWith('*.')
  const domain = parseDomain(isBelow ? text.slice(2) : text)
  return domain === null ? fail('want a domain, such as example.org, or *.example.org for all below it') : ok(`${isBelow ? '*.' : ''}${domain}`)
}

function readAddress(text: string): Result<string, string> {
  const folded = foldEntryAddress(text)
  return folded === null ? fail('want an address such as ani@example.org') : ok(folded)
}

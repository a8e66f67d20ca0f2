import ipaddr from 'ipaddr.js'
import { domainPart } from '../../../proto/mail/address.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { type EntryKind, foldEntryAddress, NET_BITS, netText } from './entry.ts'
import { MAX_FACTS_EACH, MAX_LINK_HOSTS } from './limits.ts'

/** What is known of a message, or of a session so far, that entries can look at. What came from strangers is as they wrote it. */
export interface EntryFacts {
  /** The address of the client. */
  readonly client: string
  /** What it called itself; null before it did. */
  readonly ehlo: string | null
  /** Authors (From). Empty before there is a message. */
  readonly from: readonly string[]
  /** The domain of the envelope sender; null for the null sender, or before MAIL. */
  readonly envelope: string | null
  /** Domains whose DKIM signatures are good. */
  readonly signers: readonly string[]
  /** Hosts that links lead to. Empty before there is a message. */
  readonly links: readonly string[]
  /** The recipient; null before RCPT. */
  readonly recipient: string | null
}

/** What has been proven of them. */
export interface EntryProof {
  /** The author's domain for which DMARC passes; null for none. Of several authors it proves only those of that domain. */
  readonly aligned: string | null
  /** The domain for which SPF passes; null for none. */
  readonly spf: string | null
  /** What the client called itself leads to it. */
  readonly isEhloVerified: boolean
}

/** An entry's place in the store: its kind and value. */
export function entryKey(kind: EntryKind, value: string): string {
  return `${kind} ${value}`
}

/** The keys of every entry that these facts could match. Bounded, and without anything that a store could stumble over. */
export function entryKeys(facts: EntryFacts): readonly string[] {
  const { client, ehlo, from, envelope, signers, links, recipient } = facts
  const keys = netsOf(client).map((net) => entryKey('net', net))
  if (ehlo !== null) keys.push(...domainKeys('ehlo', ehlo))
  for (const author of from.slice(0, MAX_FACTS_EACH)) keys.push(...addressKeys('from', author))
  if (envelope !== null) keys.push(...domainKeys('envelope', envelope))
  for (const signer of signers.slice(0, MAX_FACTS_EACH)) keys.push(...domainKeys('signer', signer))
  for (const host of links.slice(0, MAX_LINK_HOSTS)) keys.push(...linkKeys(host))
  if (recipient !== null) keys.push(...addressKeys('recipient', recipient))
  return [...new Set(keys)]
}

function netsOf(text: string): readonly string[] {
  if (text.includes('%') || !ipaddr.isValid(text)) return []
  const address = ipaddr.process(text)
  const { least, most } = NET_BITS[address.kind()]
  return Array.from({ length: most - least + 1 }, (_, at) => netText(address, most - at))
}

/** The domain, and each that it lies below. */
function domainKeys(kind: EntryKind, text: string): readonly string[] {
  const domain = parseDomain(text.endsWith('.') ? text.slice(0, -1) : text)
  if (domain === null) return []
  const labels = domain.split('.')
  return [entryKey(kind, domain), ...labels.slice(1).map((_, at) => entryKey(kind, `*.${labels.slice(at + 1).join('.')}`))]
}

/** The host, and each domain that it lies below: who keeps a domain out means all of its pages. */
function linkKeys(host: string): readonly string[] {
  const domain = parseDomain(host)
  if (domain === null) return []
  const labels = domain.split('.')
  return labels.map((_, at) => entryKey('link', labels.slice(at).join('.')))
}

/** The keys of entries for authors of one domain. */
export function authorKeys(from: readonly string[], domain: string): readonly string[] {
  const wanted = domain.toLowerCase()
  const authors = from.slice(0, MAX_FACTS_EACH).filter((author) => domainPart(author) === wanted)
  return authors.flatMap((author) => addressKeys('from', author))
}

/** The address, and its domain: which counts also when the rest is no address, so that nobody hides behind a strange local part. */
function addressKeys(kind: EntryKind, text: string): readonly string[] {
  const address = foldEntryAddress(text)
  const domains = domainKeys(kind, text.slice(text.lastIndexOf('@') + 1))
  return address === null ? domains : [entryKey(kind, address), ...domains]
}

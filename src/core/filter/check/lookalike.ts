import { remembered } from '../../../base/remembered.ts'
import { MAX_KNOWN_DOMAINS, MAX_PROTECTED_DOMAINS } from '../limits.ts'
import { registeredDomain } from '../registered-domain.ts'
import { skeletonOf } from './skeleton.ts'

/** Domains that others may try to look like, ready to be asked. */
export interface KnownDomains {
  readonly domains: ReadonlySet<string>
  readonly bySkeleton: ReadonlyMap<string, readonly string[]>
  /** Labels with one letter left out, to find what is one letter beside. */
  readonly byDeletion: ReadonlyMap<string, readonly string[]>
}

/** What a domain looks like, and how: the same to the eye, one letter beside, or the same with another ending. */
export interface Lookalike {
  readonly of: string
  readonly how: 'skeleton' | 'letter' | 'ending'
}

/** Makes domains ready: once for each change of the list, not for each message. Those after `MAX_PROTECTED_DOMAINS` are left out. */
export function knownDomains(list: Iterable<string>): KnownDomains {
  const domains = new Set<string>()
  const bySkeleton = new Map<string, string[]>()
  const byDeletion = new Map<string, string[]>()
  for (const name of list) {
    const domain = registeredDomain(name) ?? name
    if (domains.has(domain)) continue
    if (domains.size >= MAX_PROTECTED_DOMAINS) break
    domains.add(domain)
    const label = labelOf(domain)
    push(bySkeleton, skeletonOf(label), domain)
    if (label.length >= LETTER_FROM) for (const key of deletions(label)) push(byDeletion, key, domain)
  }
  return { domains, bySkeleton, byDeletion }
}

/** Which of the known domains this registered domain looks like; null when it is one of them, or like none. */
export function lookalikeOf(domain: string, known: KnownDomains): Lookalike | null {
  let ask = asked.get(known)
  if (ask === undefined) {
    ask = remembered(MAX_KNOWN_DOMAINS, (each) => search(each, known))
    asked.set(known, ask)
  }
  return ask(domain)
}

/** A domain of a short list, ready to be compared. */
export interface ListedDomain {
  readonly domain: string
  readonly label: string
  readonly skeleton: string
}

/** Makes a short list ready: one of the kind of which each reader has another, so that an index for each would cost too much memory. */
export function listedDomains(names: Iterable<string>): readonly ListedDomain[] {
  return [...new Set([...names].map((name) => registeredDomain(name) ?? name))].map(listed)
}

/** The same as `lookalikeOf`, domain by domain. */
export function lookalikeIn(domain: string, list: readonly ListedDomain[]): Lookalike | null {
  if (list.length === 0 || list.some((each) => each.domain === domain)) return null
  const own = listed(domain)
  for (const other of list) {
    const how = likeness(own, other)
    if (how !== null) return { of: other.domain, how }
  }
  return null
}

function listed(domain: string): ListedDomain {
  const label = labelOf(domain)
  return { domain, label, skeleton: skeletonOf(label) }
}

function likeness(own: ListedDomain, other: ListedDomain): Lookalike['how'] | null {
  if (own.label === other.label) return own.label.length >= LETTER_FROM ? 'ending' : null
  const isSameEnding = own.domain.slice(own.label.length) === other.domain.slice(other.label.length)
  if (own.skeleton === other.skeleton && (own.skeleton.length >= SKELETON_FROM || isSameEnding)) return 'skeleton'
  return other.label.length >= LETTER_FROM && isOneBeside(own.label, other.label) ? 'letter' : null
}

/** What was found before, of each list as long as it lives. */
const asked = new WeakMap<KnownDomains, (domain: string) => Lookalike | null>()

function search(domain: string, known: KnownDomains): Lookalike | null {
  if (known.domains.has(domain)) return null
  const label = labelOf(domain)
  const ending = domain.slice(label.length)
  const skeleton = skeletonOf(label)
  for (const of of known.bySkeleton.get(skeleton) ?? []) {
    const sameLabel = labelOf(of) === label
    // Short names are one letter beside each other by chance; with the same ending they are not.
    if (!sameLabel && (skeleton.length >= SKELETON_FROM || of.endsWith(ending))) return { of, how: 'skeleton' }
    if (sameLabel && label.length >= LETTER_FROM) return { of, how: 'ending' }
  }
  if (label.length < LETTER_FROM - 1) return null
  for (const key of [label, ...deletions(label)]) {
    const of = known.byDeletion.get(key)?.find((candidate) => isOneBeside(label, labelOf(candidate)))
    if (of !== undefined) return { of, how: 'letter' }
  }
  return null
}

/** A known domain written out in front of another registered domain, as in `bank.example.evil.example`; null when there is none. */
export function knownPrefix(host: string, registered: string, known: KnownDomains): string | null {
  if (!host.endsWith(`.${registered}`)) return null
  const labels = host.slice(0, -registered.length - 1).split('.').slice(-MAX_PREFIX_LABELS)
  for (let from = 0; from < labels.length; from++) {
    for (let to = from + 2; to <= Math.min(labels.length, from + 4); to++) {
      const name = labels.slice(from, to).join('.')
      if (known.domains.has(name)) return name
    }
  }
  return null
}

/** Labels from this length on are compared letter by letter: shorter ones have honest neighbours. */
const LETTER_FROM = 6
const SKELETON_FROM = 5
const MAX_PREFIX_LABELS = 8

/** What stands before the public suffix of a registered domain. */
function labelOf(domain: string): string {
  const dot = domain.indexOf('.')
  return dot === -1 ? domain : domain.slice(0, dot)
}

/** The label, and all that is left when one letter is taken away. At most 64, as a label is. */
function deletions(label: string): readonly string[] {
  const keys = [label]
  for (let at = 0; at < label.length; at++) keys.push(label.slice(0, at) + label.slice(at + 1))
  return keys
}

/** One letter added, left out, changed, or two neighbours swapped. */
function isOneBeside(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let at = 0
  while (at < a.length && a.charAt(at) === b.charAt(at)) at++
  if (a.length > b.length) return a.slice(at + 1) === b.slice(at)
  if (a.length < b.length) return a.slice(at) === b.slice(at + 1)
  if (a.slice(at + 1) === b.slice(at + 1)) return true
  return a.charAt(at) === b.charAt(at + 1) && a.charAt(at + 1) === b.charAt(at) && a.slice(at + 2) === b.slice(at + 2)
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

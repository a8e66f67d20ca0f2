import { finding, type Finding } from '../finding.ts'
import type { DenyAction, FilterEntry } from './entry.ts'
import { authorKeys, entryKey, entryKeys, type EntryFacts, type EntryProof } from './facts.ts'

/** What the lists say of a message for one recipient, and which entry said it. */
export type EntryDecision =
  | { readonly kind: 'allow'; readonly entry: FilterEntry }
  | { readonly kind: 'deny'; readonly action: DenyAction; readonly entry: FilterEntry }
  | { readonly kind: 'none' }

/** A decision, and an entry that would have allowed it if there were a proof: that only lowers the score. */
export interface EntryVerdict {
  readonly decision: EntryDecision
  /** Null for none. */
  readonly unproven: FilterEntry | null
  /** Of whoever it is: the source forwards to the recipient. Null for none. */
  readonly forwarder: FilterEntry | null
  /** Of whoever it is: the recipient is a trap. Null for none. */
  readonly trap: FilterEntry | null
}

const NO_ENTRIES: EntryVerdict = { decision: { kind: 'none' }, unproven: null, forwarder: null, trap: null }

const OWNERS = ['account', 'domain', 'platform'] as const

/** Of several that deny, the gravest decides, so that no entry can be softened by adding another. */
const GRAVITY: readonly DenyAction[] = ['reject', 'discard', 'junk']

/**
 * Decides by the entries that hold for a recipient: the account's own, its domain's, the platform's, and within each of them allow before deny.
 * deliverability §5.10. Whatever must never pass (malware, smuggling, loops) is refused before anybody asks here, and an allowed message is logged,
 * counted and limited like others.
 *
 * An entry that allows counts in full only when what it names is proven: anybody can write a From, and it is the first thing that a forger
 * writes. Addresses of clients and recipients need no proof. §5.10 asks for it in an account's own entries; we ask the same of all owners.
 */
export function decideByEntries(entries: readonly FilterEntry[], facts: EntryFacts, proof: EntryProof, nowMs: number): EntryVerdict {
  if (entries.length === 0) return NO_ENTRIES
  const keys = new Set(entryKeys(facts))
  const matching = entries.filter((entry) => (entry.expiresMs === null || entry.expiresMs > nowMs) && keys.has(entryKey(entry.kind, entry.value)))
  const forwarder = matching.find((entry) => entry.action === 'forward' && isProven(entry, facts, proof)) ?? null
  const trap = matching.find(({ action }) => action === 'trap') ?? null
  let unproven: FilterEntry | null = null
  for (const owner of OWNERS) {
    const own = matching.filter((entry) => entry.owner.kind === owner)
    const allowing = own.filter(({ action }) => action === 'allow')
    const proven = allowing.find((entry) => isProven(entry, facts, proof))
    if (proven !== undefined) return { decision: { kind: 'allow', entry: proven }, unproven: null, forwarder, trap }
    unproven ??= allowing[0] ?? null
    for (const action of GRAVITY) {
      const entry = own.find((each) => each.action === action)
      if (entry !== undefined) return { decision: { kind: 'deny', action, entry }, unproven, forwarder, trap }
    }
  }
  return { decision: { kind: 'none' }, unproven, forwarder, trap }
}

/** What an entry without a proof is worth. */
export function entryFindings({ unproven }: EntryVerdict): readonly Finding[] {
  return unproven === null ? [] : [finding('LISTED_BY_NAME_ONLY', unproven.value)]
}

function isProven(entry: FilterEntry, { envelope, from }: EntryFacts, proof: EntryProof): boolean {
  switch (entry.kind) {
    case 'net':
    case 'recipient':
    case 'link': // It stands in the message; it only keeps out.
    case 'signer': // Only good signatures are among the facts.
      return true
    case 'from':
      return proof.aligned !== null && authorKeys(from, proof.aligned).includes(entryKey(entry.kind, entry.value))
    case 'envelope':
      return proof.spf !== null && envelope !== null && proof.spf.toLowerCase() === envelope.toLowerCase()
    case 'ehlo':
      return proof.isEhloVerified
  }
}

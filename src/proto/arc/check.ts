import type { AskKey, NoKey } from '../dkim/ask-key.ts'
import { findKey, isSignedBy } from '../dkim/ask-key.ts'
import type { BodyDigest, BodyNeed } from '../dkim/body-digest.ts'
import { canonicalField, relaxed } from '../dkim/canonical-header.ts'
import { keyMismatch, ownField, sameDigest, signedFields } from '../dkim/check.ts'
import type { KeyRecord } from '../dkim/key-record.ts'
import type { HeaderView } from '../dkim/message-pass.ts'
import { readChain } from './arc-set.ts'
import type { ArcSet, ChainState, Structure, StructureFault } from './arc-set.ts'

/** Why a chain failed. */
export type ArcReason =
  | StructureFault
  | NoKey
  /** The last hop had found it broken. */
  | 'closed'
  /** The body or the fields are not those that the last hop signed. */
  | 'body-changed' | 'message-changed'
  /** A seal does not fit the sets that it closes. */
  | 'seal-wrong'
  | 'key-mismatch' | 'hash-not-allowed' | 'expired' | 'body-too-short'
  /** `l=`: something stands behind what was signed. */
  | 'partial-body'
  | 'header-too-large'

/** One hop of a chain, for those who trust some sealers. */
export interface ArcHop {
  readonly instance: number
  /** Who sealed it. */
  readonly domain: string
  readonly selector: string
  /** What it had found, its authserv-id first; Latin-1. */
  readonly results: string
}

/** What a chain is worth. RFC 8617 §4.4, RFC 8601 §2.7. It says who vouches, never that they can be trusted. */
export interface ArcResult {
  readonly result: ChainState
  /** Null unless it failed. `dns` is for now only: asking again later may help. */
  readonly reason: ArcReason | null
  /** Where it failed; null when that is nowhere. */
  readonly instance: number | null
  /** The latest first; empty unless the chain passed. */
  readonly hops: readonly ArcHop[]
}

/** The chain of one header, on its way to a result. Who has it passes the body by and asks `judge` at the end. */
export class ArcCheck {
  readonly #header: HeaderView
  readonly #structure: Structure

  constructor(header: HeaderView) {
    this.#header = header
    this.#structure = readChain(header)
  }

  /** Is there nothing to judge? */
  get isAbsent(): boolean {
    return this.#structure.kind === 'none'
  }

  /** The digest that is wanted of the body: that of the last hop. RFC 8617 §5.2 (step 4): earlier ones may be broken by honest hops. */
  get needs(): readonly BodyNeed[] {
    const last = this.#structure.kind === 'chain' ? this.#structure.sets.at(-1) : undefined
    return last === undefined ? [] : [needOf(last)]
  }

  /** RFC 8617 §5.2 (steps 4 to 6). Keys are asked for when the body is as it was signed, each once. */
  async judge(digest: (need: BodyNeed) => BodyDigest, askKey: AskKey, nowMs: number, signal: AbortSignal): Promise<ArcResult> {
    const structure = this.#structure
    if (structure.kind === 'none') return ARC_NONE
    if (structure.kind === 'closed') return failed('closed', structure.instance)
    if (structure.kind === 'broken') return failed(structure.fault, structure.instance)
    const { sets } = structure
    const last = sets.at(-1)
    if (last === undefined) return ARC_NONE
    const keys = new Keys(askKey, signal)
    const fault = bodyFault(last, digest(needOf(last)), nowMs) ?? (await this.#messageFault(last, keys))
    if (fault !== null) return failed(fault, last.instance)
    await Promise.all(sets.map(({ seal }) => keys.of(seal))) // All at once; the seals are looked at one by one.
    const texts = this.#sealTexts(sets)
    for (const [index, each] of [...sets.entries()].reverse()) {
      const wrong = await sealFault(each, texts[index] ?? '', keys)
      if (wrong !== null) return failed(wrong, each.instance)
    }
    const hops = sets.map(({ instance, seal, resultsText }) => ({ instance, domain: seal.domain, selector: seal.selector, results: resultsText }))
    return { result: 'pass', reason: null, instance: null, hops: hops.toReversed() }
  }

  async #messageFault({ message, messageField }: ArcSet, keys: Keys): Promise<ArcReason | null> {
    const key = await keys.of(message)
    if (typeof key === 'string') return key
    const { bytes } = this.#header
    const lead = bytes.toString('latin1', messageField.start, messageField.valueStart)
    const text = signedFields(this.#header, message, messageField) + ownField(messageField.name, lead, message)
    return keyMismatch(message, key) ?? (isSignedBy(key, text, message.value) ? null : 'message-changed')
  }

  /** What each seal has signed: all sets up to its own, relaxed, its own field last. RFC 8617 §5.1.1. */
  #sealTexts(sets: readonly ArcSet[]): readonly string[] {
    const field = (each: ArcSet['results']): string => canonicalField(this.#header.bytes, each, 'relaxed')
    let before = ''
    return sets.map(({ results, messageField, sealField, seal }) => {
      const own = before + field(results) + field(messageField)
      before = own + field(sealField)
      return own + relaxed(sealField.name, seal.unsigned).slice(0, -2)
    })
  }
}

/** There is no chain. */
export const ARC_NONE: ArcResult = { result: 'none', reason: null, instance: null, hops: [] }

/** A chain that is none. */
export function failed(reason: ArcReason, instance: number | null): ArcResult {
  return { result: 'fail', reason, instance, hops: [] }
}

/** Keys of one message: hops that sign and seal with the same key ask for it once. */
class Keys {
  readonly #askKey: AskKey
  readonly #signal: AbortSignal
  readonly #known = new Map<string, Promise<KeyRecord | NoKey>>()

  constructor(askKey: AskKey, signal: AbortSignal) {
    this.#askKey = askKey
    this.#signal = signal
  }

  async of(signed: { readonly domain: string; readonly selector: string }): Promise<KeyRecord | NoKey> {
    const name = `${signed.selector} ${signed.domain}`
    const key = this.#known.get(name) ?? findKey(this.#askKey, signed, this.#signal)
    this.#known.set(name, key)
    return await key
  }
}

function needOf({ message }: ArcSet): BodyNeed {
  return { how: message.body, limit: message.bodyLimit }
}

function bodyFault({ message }: ArcSet, { hash, totalBytes }: BodyDigest, nowMs: number): ArcReason | null {
  if (message.bodyLimit !== null && message.bodyLimit > totalBytes) return 'body-too-short'
  if (message.bodyLimit !== null && message.bodyLimit < totalBytes) return 'partial-body'
  if (message.expiresAt !== null && message.expiresAt * 1000 < nowMs) return 'expired'
  return sameDigest(hash, message.bodyHash) ? null : 'body-changed'
}

async function sealFault({ seal }: ArcSet, text: string, keys: Keys): Promise<ArcReason | null> {
  const key = await keys.of(seal)
  if (typeof key === 'string') return key
  return keyMismatch(seal, key) ?? (isSignedBy(key, text, seal.value) ? null : 'seal-wrong')
}

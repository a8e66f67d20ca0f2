import { type Finding, finding } from '../finding.ts'
import { isSimilar, type Signature } from './signature.ts'

/** What is remembered of a message that its recipient judged. */
export interface Mark {
  readonly said: 'junk' | 'not-junk'
  readonly sender: SenderPrint
  readonly signature: Signature
  readonly atMs: number
}

/** Who a message says it is from, and whether that was true. */
export interface SenderPrint {
  /** The address of From, lower-case; '' when there is none, or several. */
  readonly address: string
  /** Its domain, when the message proved that it comes from there (DMARC pass). Null when it did not. */
  readonly domain: string | null
}

/** Marks of junk that are enough. One may be a slip of the hand. */
const ENOUGH = 2

/**
 * Whether the recipient has called such mail junk before: at least twice, and not the other way since. It works from the second message on, when Bayes has not learned enough.
 *
 * Such mail: from the same address, proven or not just as now, so that who forges an address does not bring its owner's mail into Junk; or from the same proven
 * domain with nearly the same text. Marks are the recipient's own.
 */
export function junkedBefore(marks: readonly Mark[], sender: SenderPrint, signature: () => Signature): Finding | null {
  let lazy: Signature | null = null
  const own = (): Signature => (lazy ??= signature())
  const alike = marks.filter((mark) => mark.sender.domain === sender.domain && (isSameAddress(mark.sender, sender) || (sender.domain !== null && isSimilar(mark.signature, own()))))
  const forgivenMs = Math.max(-Infinity, ...alike.filter(({ said }) => said === 'not-junk').map(({ atMs }) => atMs))
  const junked = alike.filter(({ said, atMs }) => said === 'junk' && atMs > forgivenMs).length
  if (junked === 0) return null
  return finding(junked >= ENOUGH ? 'JUNKED_BEFORE' : 'JUNKED_ONCE', sender.address === '' ? sender.domain : sender.address)
}

function isSameAddress(a: SenderPrint, b: SenderPrint): boolean {
  return a.address !== '' && a.address === b.address
}

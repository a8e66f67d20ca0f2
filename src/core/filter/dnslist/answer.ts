import ipaddr from 'ipaddr.js'
import type { Answer } from '../../../base/dns.ts'
import { MAX_LIST_ANSWERS } from './limits.ts'
import type { DnsList, ListAnswer } from './list.ts'

/** What a list says. */
export type ListReading =
  /** By these rules; none when the answer is one that we know nothing of. */
  | { readonly kind: 'listed'; readonly rules: readonly string[] }
  | { readonly kind: 'unlisted' }
  /** It does not serve us, or it is no list any more: its answers mean nothing. */
  | { readonly kind: 'error'; readonly answer: string }
  | { readonly kind: 'silent'; readonly detail: string }

/**
 * Reads an answer. RFC 5782 §2.3: entries are addresses in 127/8. Anything else comes from somebody who answers every question, such as the
 * owner of a domain that a dead list has left.
 */
export function readAnswer(list: DnsList, answer: Answer<string>): ListReading {
  if (answer.kind === 'failed') return { kind: 'silent', detail: answer.detail }
  if (answer.kind === 'none') return { kind: 'unlisted' }
  const addresses = answer.records.slice(0, MAX_LIST_ANSWERS)
  const wrong = addresses.find((address) => !address.startsWith('127.') || !ipaddr.IPv4.isValidFourPartDecimal(address) || list.errors.includes(address))
  if (wrong !== undefined) return { kind: 'error', answer: wrong }
  const rules = new Set(addresses.flatMap((address) => list.answers.filter(({ match }) => isMatch(match, address)).map(({ rule }) => rule)))
  return { kind: 'listed', rules: [...rules] }
}

function isMatch(match: ListAnswer['match'], address: string): boolean {
  if ('is' in match) return address === match.is
  const last = Number(address.slice(address.lastIndexOf('.') + 1))
  return 'bit' in match ? (last & match.bit) !== 0 : last === match.last
}

import { domainToASCII, domainToUnicode } from 'node:url'
import type { Domain } from '../../base/brand.ts'
import { MAX_DOMAIN_CHARS, MAX_LABEL_CHARS } from './limits.ts'

const DOT = 0x2e
const HYPHEN = 0x2d
const PLAIN = /^[a-z0-9.-]+$/
const NUMERIC = /^[0-9]+$/
const FAKE_A_LABEL = /(?:^|\.)xn--/
/** ASCII that no host name has. `domainToASCII` reads some of it as URL syntax, so it must not get there. */
const FOREIGN_ASCII = /[\0-,/:-@[-`{-\x7f]/

/**
 * Makes a `Domain` from what somebody wrote: lower-case A-labels. The only maker of that brand. Null when it is no host name.
 *
 * U-labels are mapped as UTS #46 says and must survive IDNA (RFC 5891); A-labels must decode. Which characters a label may have is as UTS #46 has
 * it, too: names with emoji, which RFC 5892 leaves out, are registered and get mail. LDH labels only (RFC 5321
 * §4.1.2, RFC 1035 §2.3.1), no trailing dot, and the last label is not all digits: that would be an IP address
 * (RFC 3696 §2). A single label such as `localhost` is a domain.
 */
export function parseDomain(text: string): Domain | null {
  if (text.length === 0 || text.length > MAX_DOMAIN_CHARS) return null
  const lower = text.toLowerCase()
  if (PLAIN.test(lower) && !lower.includes('xn--')) return isHostName(lower) ? (lower as Domain) : null
  if (FOREIGN_ASCII.test(text) || text.endsWith('.')) return null
  const ascii = domainToASCII(text.normalize('NFC'))
  if (ascii === '' || !PLAIN.test(ascii) || !isHostName(ascii)) return null
  // RFC 5891 §5.4: what looks like an A-label must be one.
  const shown = domainToUnicode(ascii)
  return FAKE_A_LABEL.test(shown) || hasBadHyphens(shown) || domainToASCII(shown) !== ascii ? null : (ascii as Domain)
}

/** RFC 5891 §4.2.3.1: a U-label neither begins nor ends with a hyphen, and has none at both 3 and 4. Labels in ASCII are looked at by `isHostName`. */
function hasBadHyphens(shown: string): boolean {
  return shown.split('.').some((label) => /[^\0-\x7f]/.test(label) && /^-|-$|^..--/u.test(label))
}

/** A domain as people read it: U-labels where they are safe to show. For screens and texts, never for comparing. */
export function displayDomain(domain: Domain): string {
  if (!domain.includes('xn--')) return domain
  const shown = domainToUnicode(domain)
  return shown === '' ? domain : shown
}

/** The name that one lies directly below; null for a single label. */
export function parentOf(name: Domain): Domain | null
export function parentOf(name: string): string | null
export function parentOf(name: string): string | null {
  const dot = name.indexOf('.')
  return dot === -1 ? null : name.slice(dot + 1)
}

/** Whether none of a name's labels is empty or too long to be asked for, whatever is in them. RFC 1035 §2.3.4. */
export function hasGoodLabels(name: string): boolean {
  for (let start = 0; start <= name.length; ) {
    const dot = name.indexOf('.', start)
    const end = dot === -1 ? name.length : dot
    if (end === start || end - start > MAX_LABEL_CHARS) return false
    start = end + 1
  }
  return true
}

/** Does `lower`, of LDH characters and dots only, keep every rule of a host name? */
function isHostName(lower: string): boolean {
  if (lower.length > MAX_DOMAIN_CHARS) return false
  let start = 0
  // By hand, because each message asks for some ten.
  for (let at = 0; at <= lower.length; at++) {
    if (at < lower.length && lower.charCodeAt(at) !== DOT) continue
    if (at === start || at - start > MAX_LABEL_CHARS || lower.charCodeAt(start) === HYPHEN || lower.charCodeAt(at - 1) === HYPHEN) return false
    start = at + 1
  }
  return !NUMERIC.test(lower.slice(lower.lastIndexOf('.') + 1))
}

import { fail, type Result } from '../../base/result.ts'
import { hasGoodLabels } from '../mail/domain.ts'
import { MAX_NAME_CHARS } from './limits.ts'
import { type MacroPart, parseMacros } from './macro.ts'

/** Letters, digits and hyphens, none at the ends. RFC 7208 §7.1, toplabel. */
const TOP_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i

/** Reads a domain-spec: it ends in a macro or in a label that could be a top-level domain. RFC 7208 §7.1. The error says what is wrong. */
export function parseDomainSpec(text: string): Result<readonly MacroPart[], string> {
  if (text === '') return fail('a domain is missing')
  const parts = parseMacros(text, { in: 'name' })
  if (!parts.ok) return parts
  const last = parts.value.at(-1)
  if (last?.kind !== 'text') return parts
  const end = last.text.endsWith('.') ? last.text.slice(0, -1) : last.text
  const dot = end.lastIndexOf('.')
  const label = end.slice(dot + 1)
  if (/^[0-9.]+$/.test(text)) return fail(`${text} is an address: it belongs to ip4:`)
  if (dot === -1) return fail(`${text} is no full domain`)
  return TOP_LABEL.test(label) && /[^0-9]/.test(label) ? parts : fail(`${text} does not end like a domain`)
}

/** True for a name that can be asked for; for others there can be no records. RFC 7208 §4.3, §4.8. */
export function isAskable(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME_CHARS && !/[^ -~]/.test(name) && hasGoodLabels(name)
}

/** A name in small letters, without its last dot. ASCII letters only: a Kelvin sign must not become a `k`. */
export function smallName(text: string): string {
  const small = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
  return small.endsWith('.') ? small.slice(0, -1) : small
}

/** True for a domain that can have a policy: more than one label, no address literal. RFC 7208 §4.3. */
export function isCheckable(domain: string): boolean {
  return isAskable(domain) && domain.includes('.') && !domain.includes('[') && !/^[0-9.]+$/.test(domain)
}

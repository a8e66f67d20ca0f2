import { type BlockList, isIP } from 'node:net'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Answer } from '../../base/dns.ts'
import { isAllowed } from '../outbound/targets.ts'
import { MAX_ADDRESSES, MAX_URL_CHARS } from './limits.ts'

/** Where endpoints may be. */
export interface TargetRules {
  /** Networks outside of the Internet that may be called: none, except inside of companies and in tests. */
  readonly allowed: BlockList
  /** Whether plain HTTP will do: in a demo. */
  readonly plain: 'allowed' | 'refused'
}

/** Ports below this belong to protocols that are not ours to speak to: SMTP would take a payload for commands. */
const FIRST_FREE_PORT = 1_024
const WEB_PORTS: ReadonlySet<string> = new Set(['', '80', '443'])

/** Reads the address of an endpoint; a refusal is a sentence for whoever wrote it. Whether its host leads somewhere is not asked here. */
export function parseTarget(text: string, rules: TargetRules): Result<URL, string> {
  const url = text.length > MAX_URL_CHARS ? null : URL.parse(text)
  if (url === null) return fail(`want an address such as "https://example.org/path" of at most ${MAX_URL_CHARS} letters`)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.plain === 'allowed')) return fail('want an address that begins with https://')
  if (url.username !== '' || url.password !== '') return fail('a name or password has no place in the address')
  if (url.hash !== '') return fail('what follows # is never sent: leave it out')
  if (!WEB_PORTS.has(url.port) && Number(url.port) < FIRST_FREE_PORT) return fail('want port 80, 443, or one from 1024 on')
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isAllowed(host, rules)) return fail(`${host} is no address of the Internet`)
  if (isLoopbackName(host) && !isAllowed('127.0.0.1', rules)) return fail(`${host} is this machine`)
  return ok(url)
}

/** The host of an address, IPv6 without brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

/** RFC 6761 §6.3. */
function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

/** The addresses of an endpoint, or why there are none. `lasting`: DNS has answered, so asking again soon changes nothing. */
export type Addresses =
  | { readonly kind: 'found'; readonly addresses: readonly string[] }
  | { readonly kind: 'none'; readonly lasting: boolean; readonly why: string }

/** Asks DNS for addresses of one family. */
export type AskAddresses = (host: string, family: 4 | 6, signal: AbortSignal) => Promise<Answer<string>>

/**
 * The addresses that may be connected to. Asked before each call, and exactly these are connected to: a name that led to a good address when it was
 * looked at first may lead into our house a moment later.
 */
export async function addressesOf(url: URL, rules: TargetRules, ask: AskAddresses, signal: AbortSignal): Promise<Addresses> {
  const host = hostOf(url)
  const known = withoutDns(host)
  const answers = known === null ? await Promise.all([ask(host, 4, signal), ask(host, 6, signal)]) : []
  const all = known ?? answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []))
  const usable = all.filter((address) => isAllowed(address, rules)).slice(0, MAX_ADDRESSES)
  if (usable.length > 0) return { kind: 'found', addresses: usable }
  if (all.length > 0) return { kind: 'none', lasting: true, why: `${host} leads to no address of the Internet` }
  const isUnknown = answers.some(({ kind }) => kind === 'failed')
  return { kind: 'none', lasting: !isUnknown, why: isUnknown ? `the address of ${host} could not be learned` : `${host} has no address` }
}

/** The addresses that DNS is not asked for; null when it has to be. */
function withoutDns(host: string): readonly string[] | null {
  if (isIP(host) !== 0) return [host]
  return isLoopbackName(host) ? ['127.0.0.1', '::1'] : null
}

/** Reads the address of a new endpoint, and refuses one that leads nowhere or into a house. A DNS that is silent is no reason to: each call asks again. */
export async function checkTarget(text: string, rules: TargetRules, ask: AskAddresses, signal: AbortSignal): Promise<Result<URL, string>> {
  const parsed = parseTarget(text, rules)
  if (!parsed.ok) return parsed
  const found = await addressesOf(parsed.value, rules, ask, signal)
  return found.kind === 'none' && found.lasting ? fail(found.why) : parsed
}
